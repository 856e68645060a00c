from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.dunning import STEPS, Sent, Step, last_mailed, next_step
from medbill_desktop.domain.envelopes import PROFILES, fit_address
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.statement_content import PracticeBlock, content_of, patient_label
from medbill_desktop.domain.statement_reasons import Hold, Reason
from medbill_desktop.domain.statement_rules import StatementRules, check_rules
from medbill_desktop.domain.statement_words import Language, words_in
from medbill_desktop.domain.statements import (
    Address,
    Flags,
    GuarantorFacts,
    Mailbox,
    OpenCharge,
    PatientFacts,
    decide,
    prints_well,
)

TODAY = date(2026, 11, 18)
RULES = StatementRules()
HOME = Address("214 Tidewater Lane", "", "Rockport", "ME", "04856")
ELSEWHERE = Address("9 Quiet Court", "", "Camden", "ME", "04843")
PRACTICE = PracticeBlock("Harbor Street Family Medicine", ("12 Harbor Street", "Rockport, ME 04856"), "")


def fit(name, address):
    city = f"{address.city}, {address.state} {address.zip}" if address.city else ""
    return fit_address(
        name, address.street, address.street2, city, PROFILES["10-thirds"], lambda text: 0.55 * len(text)
    )


def a_charge(number=1, owes=50_00, patient=10, **more):
    facts = {"charged": 200_00, "insurance_paid": 0, "adjusted": 0, "with_insurance": 0}
    facts |= {"patient_paid": 200_00 - owes, "owed_since": date(2026, 10, 6), "words": "Office visit"}
    return OpenCharge(Id(number), Id(patient), Id(900 + number), date(2026, 9, 2), owes=Cents(owes), **(facts | more))


def a_person(number=10, first="Glen", last="Abbott", *, is_guarantor=True, **more):
    return PatientFacts(Id(number), f"1-{number}", first, last, "", is_guarantor, **more)


def an_account(*charges, people=None, **more):
    facts = {"first": "Glen", "last": "Abbott", "mailing_name": "", "address": HOME, "flags": Flags()}
    return GuarantorFacts(
        Id(1), patients=tuple(people or (a_person(),)), charges=tuple(charges or (a_charge(),)), **(facts | more)
    )


def only(account, rules=RULES, today=TODAY):
    (decision,) = decide(account, today, rules, fit)
    return decision


def mailed(days_ago, step=Step.CURRENT, charges=(1,), patient=None):
    day = TODAY - timedelta(days=days_ago)
    return Sent(patient, step, day, day, frozenset(map(Id, charges)))


def test_who_owes_gets_one():
    decision = only(an_account())
    assert (decision.reason, decision.total_cents, decision.step) == (None, 50_00, Step.CURRENT)
    assert decision.addressee == ("Glen Abbott", "214 Tidewater Lane", "Rockport, ME 04856")
    assert decision.oldest_since == date(2026, 10, 6)


YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("account", "reason", "words"),
    [
        (an_account(a_charge(owes=4_99)), Reason.BELOW_MINIMUM, "Below the 5.00 minimum"),
        (an_account(credit_cents=Cents(50_00)), Reason.CREDIT, "The credit covers it: apply it"),
        (an_account(credit_cents=Cents(80_00)), Reason.CREDIT, "The credit covers it: apply it"),
        (an_account(a_charge(owes=0, with_insurance=64_00)), Reason.PENDING, "Insurance still has 1 charge"),
        (an_account(sent=(mailed(27),)), Reason.WITHIN_CYCLE, "Mailed 10/22/2026; next on 11/19/2026"),
        (an_account(sent=(Sent(None, Step.CURRENT, YESTERDAY, None, frozenset()),)), Reason.NOT_MAILED,
         "Made 11/17/2026, not marked as mailed"),
        (an_account(flags=Flags(bad_address_on=YESTERDAY)), Reason.BAD_ADDRESS,
         "Mail came back 11/17/2026: ask for the address"),
        (an_account(flags=Flags(no_mail_on=YESTERDAY)), Reason.NO_MAIL, "Asked for no mail"),
        (an_account(flags=Flags(deceased_on=YESTERDAY)), Reason.DECEASED, "Deceased: only to the estate"),
        (an_account(people=[a_person(deceased_on=YESTERDAY)]), Reason.DECEASED, "Deceased: only to the estate"),
        (an_account(flags=Flags(bankrupt_on=YESTERDAY)), Reason.BANKRUPT, "Bankrupt since 11/17/2026"),
        (an_account(flags=Flags(dispute_on=YESTERDAY)), Reason.DISPUTE, "Disputed since 11/17/2026"),
        (an_account(flags=Flags(collection_on=YESTERDAY)), Reason.IN_COLLECTION, "In collection since 11/17/2026"),
        (an_account(flags=Flags(plan_next_on=date(2026, 12, 1))), Reason.PLAN_CURRENT,
         "Plan is current; next 12/01/2026"),
        (an_account(a_charge(hold=Hold.PENDING)), Reason.PENDING, "Not decided by the insurance yet"),
        (an_account(a_charge(hold=Hold.CORRECTION_AWAITED)), Reason.CORRECTION_AWAITED, "correction awaited"),
        (an_account(a_charge(hold=Hold.RESTRICTED)), Reason.RESTRICTED, "privacy review"),
        (an_account(a_charge(hold=Hold.ABOVE_ESTIMATE)), Reason.ABOVE_ESTIMATE, "manager reviews"),
        (an_account(sent=(mailed(28, Step.FINAL),)), Reason.REVIEW, "The final notice has passed"),
        (an_account(address=replace(HOME, street="")), Reason.NO_ADDRESS, "no complete address"),
        (an_account(address=replace(HOME, street="1 " + "Long " * 20)), Reason.ADDRESS_TOO_LONG, "too long"),
        (an_account(first="محمد", last="حداد"), Reason.NO_MAILING_NAME, "Latin letters"),
        (an_account(first="민준", last="김"), Reason.NO_MAILING_NAME, "Latin letters"),
    ],
)  # fmt: skip
def test_who_gets_none_is_told_why(account, reason, words):
    decision = only(account)
    assert decision.reason is reason
    assert words in decision.why


def test_a_held_charge_stays_off_and_the_others_go():
    decision = only(an_account(a_charge(1), a_charge(2, owes=30_00, hold=Hold.RESTRICTED)))
    assert decision.reason is None
    assert decision.total_cents == 50_00
    assert [each.charge_id for each in decision.held] == [2]


def test_the_cycle_ends_on_its_day_and_the_step_follows():
    assert only(an_account(sent=(mailed(27),))).reason is Reason.WITHIN_CYCLE
    decision = only(an_account(sent=(mailed(28),)))
    assert (decision.reason, decision.step) == (None, Step.REMINDER)


@given(st.lists(st.integers(28, 60), max_size=6))
def test_steps_follow_each_other_and_end_in_review(gaps):
    sent, step = [], next_step(None, [Id(1)])
    for at, _ in enumerate(gaps):
        assert step is STEPS[min(at, 4)]
        sent.append(Sent(None, step, TODAY, TODAY + timedelta(days=at), frozenset({Id(1)})))
        step = next_step(last_mailed(sent), [Id(1)])


def test_a_statement_never_mailed_takes_no_step():
    made = Sent(None, Step.CURRENT, TODAY - timedelta(days=40), None, frozenset({Id(1)}))
    decision = only(an_account(sent=(made,)))
    assert (decision.reason, decision.step) == (None, Step.CURRENT)


def test_a_full_payment_begins_anew():
    decision = only(an_account(a_charge(2), sent=(mailed(40, Step.PAST_DUE, charges=(1,)),)))
    assert decision.step is Step.CURRENT
    assert only(an_account(a_charge(1), a_charge(2), sent=(mailed(40, Step.PAST_DUE),))).step is Step.FINAL


def child(**more):
    return a_person(11, "Mia", "Abbott", is_guarantor=False, **more)


def test_a_confidential_address_gets_its_own_envelope():
    account = an_account(
        a_charge(1), a_charge(2, owes=30_00, patient=11), people=[a_person(), child(confidential=ELSEWHERE)],
        flags=Flags(bad_address_on=YESTERDAY),
    )  # fmt: skip
    home, apart = decide(account, TODAY, RULES, fit)
    assert home.mailbox == Mailbox(Id(1))
    assert [each.patient_id for each in home.charges] == [10]
    assert home.reason is Reason.BAD_ADDRESS
    assert apart.mailbox == Mailbox(Id(1), Id(11))
    assert apart.addressee == ("Mia Abbott", "9 Quiet Court", "Camden, ME 04843")
    assert [each.patient_id for each in apart.charges] == [11]
    assert apart.reason is None
    page = content_of(apart, account, PRACTICE, RULES, "1-1", TODAY)
    assert (page.reference, [each.name for each in page.patients]) == ("1-11", ["Mia A."])
    page = content_of(home, account, PRACTICE, RULES, "1-1", TODAY)
    assert (page.reference, [each.name for each in page.patients]) == ("1-10", ["Glen A."])


def test_the_guarantors_own_confidential_address_takes_everything():
    account = an_account(
        a_charge(1), a_charge(2, patient=11),
        people=[a_person(confidential=ELSEWHERE, confidential_name="G. A."), child()],
    )  # fmt: skip
    decision = only(account)
    assert decision.addressee == ("G. A.", "9 Quiet Court", "Camden, ME 04843")
    assert decision.total_cents == 100_00


def test_a_patient_who_wants_no_mail_gets_none_and_is_on_nobodys_page():
    account = an_account(a_charge(1), a_charge(2, patient=11), people=[a_person(), child(no_mail=True)])
    home, apart = decide(account, TODAY, RULES, fit)
    assert home.reason is None
    assert home.total_cents == 50_00
    assert apart.reason is Reason.NO_MAIL
    assert apart.addressee == ()


def test_an_earmark_pays_its_visit_only():
    visit = a_charge(1).visit_id
    assert only(an_account(earmarks=((visit, Cents(20_00)),))).total_cents == 30_00
    assert only(an_account(earmarks=((Id(77), Cents(20_00)),))).total_cents == 50_00
    assert only(an_account(earmarks=((visit, Cents(70_00)),), credit_cents=Cents(9_00))).credit_cents == 50_00


def test_free_credit_is_taken_off_once():
    account = an_account(
        a_charge(1), a_charge(2, patient=11), people=[a_person(), child(confidential=ELSEWHERE)],
        credit_cents=Cents(70_00),
    )  # fmt: skip
    home, apart = decide(account, TODAY, RULES, fit)
    assert (home.credit_cents, apart.credit_cents) == (50_00, 20_00)


@pytest.mark.parametrize(
    "flags", [Flags(no_mail_on=date(2026, 1, 2)), Flags(bad_address_on=date(2026, 1, 2))], ids=["no-mail", "returned"]
)
def test_free_credit_goes_first_to_the_mailbox_that_is_read(flags):
    account = an_account(
        a_charge(1), a_charge(2, patient=11),
        people=(a_person(), child(confidential=ELSEWHERE)), credit_cents=Cents(70_00), flags=flags,
    )  # fmt: skip
    home, apart = decide(account, TODAY, RULES, fit)
    assert home.reason in (Reason.NO_MAIL, Reason.BAD_ADDRESS)
    assert (home.mailbox.patient_id, apart.mailbox.patient_id) == (None, 11)
    assert (home.credit_cents, apart.credit_cents) == (20_00, 50_00)


OWED = st.builds(
    a_charge,
    number=st.integers(1, 10**6),
    owes=st.integers(-20_00, 300_00),
    patient=st.sampled_from([10, 11, 12]),
    with_insurance=st.sampled_from([0, 0, 40_00]),
    hold=st.sampled_from([None, None, None, *Hold]),
    owed_since=st.dates(date(2025, 1, 1), TODAY),
)


@given(
    st.lists(OWED, min_size=1, max_size=12, unique_by=lambda each: each.charge_id),
    st.integers(0, 200_00),
    st.booleans(),
)
def test_what_the_page_says_adds_up(charges, credit, confidential):
    people = [a_person(), child(confidential=ELSEWHERE if confidential else None), a_person(12, is_guarantor=False)]
    account = an_account(*charges, people=people, credit_cents=Cents(credit))
    decisions = decide(account, TODAY, RULES, fit)
    seen = [each.charge_id for decision in decisions for each in decision.charges]
    assert sorted(seen) == sorted(each.charge_id for each in charges if each.owes and each.hold is None)
    assert sum(each.credit_cents for each in decisions) <= credit
    for decision in decisions:
        if decision.reason is not None:
            continue
        page = content_of(decision, account, PRACTICE, RULES, "1-1", TODAY)
        lines = [line for block in page.patients for line in block.lines]
        assert sum(line.you_owe for line in lines) - page.credit_cents == page.total_cents >= RULES.minimum_cents
        assert sum(page.aging) == page.total_cents
        assert all(cents >= 0 for cents in page.aging)
        assert {each.name for each in page.patients} <= (
            {"Mia A."} if decision.mailbox.patient_id else {"Glen A.", "Mia A."}
        )
        if confidential and decision.mailbox.patient_id is None:
            assert "Mia A." not in {each.name for each in page.patients}


@pytest.mark.parametrize(
    ("first", "last", "mailing", "label"),
    [
        ("Ana María", "Ortiz", "", "Ana O."), ("Łukasz", "Żółć", "", "Łukasz Ż."), ("明", "王", "", "明 王."),
        ("محمد", "حداد", "Mohammed Haddad", "Mohammed H."), ("محمد", "حداد", "", "Patient"),
        ("민준", "김", "Minjun Kim", "Minjun K."), ("Cher", "", "", "Cher"),
    ],
)  # fmt: skip
def test_a_patient_is_named_by_first_name_and_initial(first, last, mailing, label):
    assert patient_label(first, last, mailing) == label


def test_a_name_that_paper_cannot_carry_is_a_patient_in_the_language_of_the_statement():
    assert patient_label("محمد", "حداد", "", words_in(Language.SPANISH).patient) == "Paciente"


def test_which_scripts_paper_carries():
    assert all(map(prints_well, ("José", "Ξένια", "Елена", "王小明", "さくら", "Ánh")))
    assert not any(map(prints_well, ("שרה", "محمد", "राम", "ไทย", "김", "\U0001f600")))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"minimum_cents": -1}, "minimum_cents"), ({"cycle_days": 3}, "cycle_days"), ({"due_days": 61}, "due_days"),
        ({"envelope": "11"}, "envelope"), ({"final_message": "x" * 301}, "final_message"),
        ({"past_due_message": "Pay with 4111 1111 1111 1111"}, "past_due_message"),
        ({"reminder_message": "שלום"}, "reminder_message"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_are_named(change, field):
    assert check_rules(RULES) == ()
    (problem,) = check_rules(replace(RULES, **change))
    assert isinstance(problem, Problem)
    assert problem.field == field
