"""A credit is never billed, and a service of several days says so wherever it stands (BILLING S5, C1)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.documents.statement import marks_of, sheets_of, statements_pdf
from medbill_desktop.domain.charges import ServiceLine, Superbill
from medbill_desktop.domain.money import Cents, format_cents, format_dollars
from medbill_desktop.domain.statement_content import content_of
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.domain.statements import Mailbox, decide
from medbill_desktop.storage import statements as store
from medbill_desktop.usecases.accounts import ExplainBalance, OpenAccount, explain_balance, open_account
from medbill_desktop.usecases.charges import CorrectFee, EnterSuperbills, correct_fee, enter_superbills
from medbill_desktop.usecases.statement_life import SetMailWish, set_mail_wish
from medbill_desktop.usecases.statement_pages import PreviewPage, preview_page
from medbill_desktop.usecases.statement_why import WhyPage, why_page
from medbill_desktop.usecases.visits import PatientVisits, patient_visits
from tests.documents.contents import Steps, a_block, a_content, a_line
from tests.domain.test_statements import PRACTICE, RULES, TODAY, a_charge, a_person, an_account, child, fit
from tests.people import register
from tests.usecases.test_statements import Office, text_of

FIRST, LAST = date(2026, 11, 2), date(2026, 11, 5)


@pytest.fixture
def office(desk, clock):
    return Office(desk, clock)


def page_of(office, who):
    pdf = office.desk.ask(preview_page, PreviewPage(Mailbox(who.guarantor_id)))
    return " ".join(" ".join(text_of(pdf)).split())


def test_who_paid_before_the_visit_is_told_of_the_credit_and_asked_for_nothing(office):
    ana = register(office.desk)
    office.pay(ana, 40_00)
    (row,) = office.select().left_out
    assert row.reason is Reason.CREDIT
    assert "Refunds" in row.why
    assert office.run().run_id is None
    page = page_of(office, ana)
    assert "You have a credit of $40.00; no payment is due." in page
    assert "refund" in page
    for words in ("Amount enclosed", "Please pay by", "Please cut here", "-$40.00", "(40.00)"):
        assert words not in page


def test_what_is_left_of_a_credit_that_covers_everything_is_shown_in_the_language(office):
    ana = register(office.desk)
    office.desk.run(set_mail_wish, SetMailWish(office.desk.new_id(), ana.guarantor_id, Language.SPANISH, True))
    office.pay(ana, 200_00)
    office.bill(ana)
    (row,) = office.select().left_out
    assert row.reason is Reason.CREDIT
    page = page_of(office, ana)
    assert "$55.00" in page
    assert "Cantidad que envía" not in page


def test_a_charge_paid_too_much_after_a_correction_says_how_it_goes_back(office):
    ana = register(office.desk)
    (charge,) = office.bill(ana)
    office.pay(ana, 145_00)
    office.desk.run(correct_fee, CorrectFee(office.desk.new_id(), charge, Cents(100_00), "wrong fee"))
    (row,) = office.select().left_out
    assert row.reason is Reason.CREDIT
    assert "$45.00" in page_of(office, ana)


@given(
    st.lists(st.integers(-60_00, 60_00).filter(bool), max_size=4),
    st.integers(0, 90_00),
    st.booleans(),
)
def test_whatever_is_owed_and_held_a_page_never_asks_for_less_than_nothing(owed, credit, apart):
    charges = [a_charge(at + 1, owes=cents, patient=10 + at % 2) for at, cents in enumerate(owed)]
    people = [a_person(), child(no_mail=apart)]
    account = replace(an_account(people=people, credit_cents=Cents(credit)), charges=tuple(charges))
    decisions = decide(account, TODAY, RULES, fit)
    for each in decisions:
        page = content_of(each, account, PRACTICE, RULES, "1-1", TODAY)
        assert page.due_cents == max(page.total_cents, 0)
        assert (page.your_credit_cents > 0) <= (page.total_cents <= 0)
        if page.your_credit_cents:
            assert each.reason is not None
            assert format_dollars(page.your_credit_cents) in page.message
            assert page.your_credit_cents >= -page.total_cents
    # Nothing of the guarantor's money is told to a patient apart, and no cent of it is told twice.
    free = sum(each.unused_cents for each in decisions)
    assert free + sum(each.credit_cents for each in decisions) == (credit if decisions else free)
    assert all(each.unused_cents == 0 for each in decisions if each.mailbox.patient_id is not None) or not apart


@pytest.mark.parametrize("large", [False, True])
def test_a_page_with_a_credit_has_its_figures_and_no_coupon(large):
    content = replace(
        a_content(a_block(lines=2), credit=20_01, large_print=large), your_credit_cents=Cents(9_00), message="Credit."
    )
    assert content.total_cents == 0
    text = " ".join(" ".join(text_of(statements_pdf([content], Steps()))).split())
    assert "$9.00" in text
    assert "No payment is due" in text
    assert "enclosed" not in text


def test_the_last_day_of_a_service_stands_on_both_kinds_of_page_and_survives_being_kept(office):
    block = replace(a_block(lines=1), lines=(a_line(owe=50_00, last_day=date(2026, 9, 4)),))
    for large in (False, True):
        content = a_content(block, large_print=large)
        text = " ".join(" ".join(text_of(statements_pdf([content], Steps()))).split())
        assert "through 09/04/2026" in text
        assert sheets_of(marks_of(content)) >= 1
    kept = store.content_text(content)
    assert "2026-09-04" in kept


def test_a_service_of_several_days_shows_its_last_day_wherever_it_stands(office):
    ana = register(office.desk)
    line = ServiceLine("99213", last_day=LAST)
    bill = Superbill(ana.patient_id, FIRST, office.provider, office.place, ("M1711",), (line,))
    (charge,) = office.desk.run(enter_superbills, EnterSuperbills(office.desk.new_id(), (bill,))).charge_ids
    (visit,) = office.desk.ask(patient_visits, PatientVisits(ana.patient_id))
    assert visit.last_day == LAST
    (row,) = office.desk.ask(open_account, OpenAccount(ana.patient_id)).lines
    assert (row.service_date, row.last_day) == (FIRST, LAST)
    made = office.run()
    page = " ".join(" ".join(text_of(office.pdf(made))).split())
    assert "through 11/05/2026" in page
    assert office.refresh(made) == type(office.refresh(made))(0, 0)  # kept and built again, it says the same
    told = office.desk.ask(explain_balance, ExplainBalance(charge_id=charge)).read_aloud
    assert "from November 2 to November 5" in told
    for query in (WhyPage(charge_id=charge), WhyPage(guarantor_id=ana.guarantor_id)):
        why = " ".join(" ".join(text_of(office.desk.ask(why_page, query))).split())
        assert "November 5" in why or "11/05/2026" in why
    assert format_cents(145_00) in page
