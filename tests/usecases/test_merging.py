from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from medbill_desktop.domain.patients import ContactDetails, Flag
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal, statement_facts
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import OpenAccount, open_account
from medbill_desktop.usecases.charges import VoidCharge, void_charge
from medbill_desktop.usecases.merging import (
    CompareRecords,
    FindAlike,
    ListMerges,
    MergePatients,
    UndoMerge,
    compare_records,
    find_alike,
    list_merges,
    merge_patients,
    undo_merge,
)
from medbill_desktop.usecases.patients import (
    FindPatients,
    OpenPatient,
    SaveContact,
    SetFlag,
    find_patients,
    open_patient,
    save_contact,
    set_flag,
)
from medbill_desktop.usecases.payments import (
    ApplyCredit,
    PatientPayment,
    PaymentForm,
    TakePayment,
    UndoLast,
    apply_credit,
    payment_form,
    take_payment,
    undo_last,
)
from medbill_desktop.usecases.statements import GuarantorStatements, guarantor_statements
from medbill_desktop.usecases.visits import DayVisits, PatientVisits, day_visits, patient_visits
from tests.ledger_rows import PLACE, PROVIDER, a_patient, charge, furnish, pay
from tests.people import a_visit, register

TODAY = date(2026, 11, 18)


@pytest.fixture
def office(vault):
    furnish(vault)
    return vault


def twice(vault, **more):
    """The same person registered twice, each her own guarantor."""
    return a_patient(vault, 1, insured=False, **more), a_patient(vault, 2, insured=False, first="Nora", last="Whitfeld")


def merge(desk, one, other, **more):
    return desk.run(merge_patients, MergePatients(desk.new_id(), one.patient_id, other.patient_id, **more))


def undo(desk, merge_id):
    desk.run(undo_merge, UndoMerge(desk.new_id(), merge_id))


def found(desk, text):
    return [line.id for line in desk.ask(find_patients, FindPatients(text))]


def account(desk, who):
    return desk.ask(open_account, OpenAccount(who.patient_id))


def owed(desk, who):
    return sum(each.cents for each in desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed)


def books(vault):
    with vault.reader.begin() as conn:
        assert (wrong := journal.journal_check(conn)).is_sound, wrong
        lines = conn.execute(select(t.journal_line).order_by(t.journal_line.c.id)).all()
    return [tuple(row) for row in lines]


def facts(vault, *guarantors):
    with vault.reader.begin() as conn:
        return statement_facts.facts(conn, TODAY, guarantors or None)


def test_everything_of_both_is_shown_as_one_and_no_posted_line_changes(desk, office):
    one, other = twice(office)
    charge(desk, one, "99213", self_pay=True)
    charge(desk, other, "36415", self_pay=True)
    a_visit(desk, other.patient_id, PROVIDER, PLACE)
    before = books(office)
    merge(desk, one, other)
    assert books(office) == before
    whole = account(desk, one)
    assert (whole.patient_owes_cents, len(whole.lines)) == (177_00, 2)
    assert len(desk.ask(patient_visits, PatientVisits(one.patient_id))) == 3
    assert {line.visit.patient_id for line in desk.ask(day_visits, DayVisits(TODAY))} == {one.patient_id}
    assert owed(desk, one) == 177_00


@pytest.mark.parametrize("typed", ["1-2", "whitfeld", "whitfield", "1-1"])
def test_the_merged_record_finds_the_one_that_stands_for_it(desk, office, typed):
    one, other = twice(office)
    with office.writer.begin() as conn:
        conn.execute(t.patient_key.insert(), [
            {"key": "1-1", "patient_id": one.patient_id}, {"key": "1-2", "patient_id": other.patient_id},
            {"key": "whitfield nora", "patient_id": one.patient_id},
            {"key": "whitfeld nora", "patient_id": other.patient_id},
        ])  # fmt: skip
    merge_id = merge(desk, one, other)
    assert found(desk, typed) == found(desk, "nora") or found(desk, typed) == [one.patient_id]
    card = desk.ask(open_patient, OpenPatient(other.patient_id))
    assert (card.id, card.account) == (one.patient_id, "1-1")
    assert [(line.id, line.account) for line in desk.ask(list_merges, ListMerges(one.patient_id))] == [
        (merge_id, "1-2")
    ]


def test_both_balances_come_on_one_statement(desk, office):
    one, other = twice(office)
    charge(desk, one, "99213", self_pay=True)
    charge(desk, other, "36415", self_pay=True)
    assert len(facts(office)) == 2
    merge(desk, one, other)
    for asked in ((), (one.guarantor_id,)):
        (both,) = facts(office, *asked)
        assert both.guarantor_id == one.guarantor_id
        assert sum(each.owes for each in both.charges) == 177_00
        assert {each.patient_id for each in both.charges} == {one.patient_id}
        assert [each.patient_id for each in both.patients] == [one.patient_id]
    assert desk.ask(guarantor_statements, GuarantorStatements(one.guarantor_id)) == ()


def test_a_payment_pays_both_and_its_undo_takes_it_back_to_the_line(desk, office):
    one, other = twice(office)
    charge(desk, other, "36415", day=TODAY - timedelta(days=9), self_pay=True)
    charge(desk, one, "99213", self_pay=True)
    merge(desk, one, other)
    taken = desk.run(take_payment, TakePayment(desk.new_id(), PatientPayment(one.guarantor_id, 50_00, "cash")))
    assert (taken.applied_cents, owed(desk, one)) == (50_00, 127_00)
    books(office)
    desk.run(undo_last, UndoLast(desk.new_id()))
    assert owed(desk, one) == 177_00
    books(office)


def test_credit_of_either_pays_charges_of_the_other_and_stays_whose_it_was(desk, office):
    one, other = twice(office)
    pay(desk, other, 20_00)
    charge(desk, one, "99213", self_pay=True)
    merge_id = merge(desk, one, other)
    assert account(desk, one).credit_cents == 20_00
    desk.run(apply_credit, ApplyCredit(desk.new_id(), one.guarantor_id))
    assert (owed(desk, one), account(desk, one).credit_cents) == (145_00, 0)
    books(office)
    undo(desk, merge_id)
    for who, owes in ((one, 145_00), (other, 0)):
        assert (owed(desk, who), account(desk, who).credit_cents) == (owes, 0)


def test_what_came_after_the_merge_stays_with_the_one_that_survived(desk, office):
    one, other = twice(office)
    charge(desk, other, "36415", self_pay=True)
    merge_id = merge(desk, one, other)
    charge(desk, one, "99213", self_pay=True)
    undo(desk, merge_id)
    assert (account(desk, one).patient_owes_cents, account(desk, other).patient_owes_cents) == (165_00, 12_00)
    assert desk.ask(open_patient, OpenPatient(other.patient_id)).account == "1-2"
    with pytest.raises(Refused, match="already"):
        undo(desk, merge_id)


def test_a_charge_of_the_merged_record_can_still_be_voided(desk, office):
    one, other = twice(office)
    [charge_id] = charge(desk, other, "36415", self_pay=True)
    merge(desk, one, other)
    desk.run(void_charge, VoidCharge(desk.new_id(), charge_id, "entered twice"))
    assert account(desk, one).patient_owes_cents == 0
    books(office)


def test_different_coverage_of_one_rank_at_a_time_is_resolved_first(desk, office):
    one, other = a_patient(office, 1), a_patient(office, 2)
    with pytest.raises(Invalid) as refused:
        merge(desk, one, other)
    assert [(each.code, each.field) for each in refused.value.problems] == [("overlap", "coverage")]
    assert "Both have primary coverage at a time: Summit PPO from Jan 1, 2025 on" in str(refused.value)
    with office.writer.begin() as conn:
        conn.execute(t.coverage.update().values(member_id="SAME"))
    merge(desk, one, other)  # the same policy on both is no conflict, and is there once
    line = desk.ask(open_patient, OpenPatient(one.patient_id))
    assert len({(each.payer, each.coverage.member_id) for each in line.coverages}) == 1
    [charge_id] = charge(desk, one, "99213")
    with office.reader.begin() as conn:
        row = conn.execute(select(t.charge).where(t.charge.c.id == charge_id)).one()
    assert row.coverage_id in (one.coverage_id, other.coverage_id)


def test_of_two_guarantors_one_is_chosen_and_what_is_owed_stays(desk, office):
    mother = a_patient(office, 3, insured=False, first="Ruth")
    one = a_patient(office, 1, insured=False)
    other = a_patient(office, 2, insured=False)
    with office.writer.begin() as conn:
        conn.execute(t.patient.update().where(t.patient.c.id == other.patient_id).values(
            guarantor_id=mother.guarantor_id, relationship="child"))  # fmt: skip
    charge(desk, other, "36415", self_pay=True)
    for wrong in ({}, {"guarantor_id": 99}):
        with pytest.raises(Invalid) as refused:
            merge(desk, one, other, **wrong)
        assert [each.field for each in refused.value.problems] == ["guarantor_id"]
    merge_id = merge(desk, one, other, guarantor_id=mother.guarantor_id)
    card = desk.ask(open_patient, OpenPatient(one.patient_id))
    assert (card.guarantor.id, card.relationship) == (mother.guarantor_id, "child")
    assert owed(desk, one) == 0
    assert desk.ask(payment_form, PaymentForm(mother.guarantor_id)).owed[0].cents == 12_00
    undo(desk, merge_id)
    card = desk.ask(open_patient, OpenPatient(one.patient_id))
    assert (card.guarantor.id, card.relationship) == (one.guarantor_id, "self")


def contact(desk, who, **more):
    details = ContactDetails("confidential", date(2026, 1, 1), **more)
    return desk.run(save_contact, SaveContact(desk.new_id(), who.patient_id, details))


WORK = {"street": "PO Box 12", "city": "Camden", "state": "ME", "zip": "04843"}


@pytest.mark.parametrize("on_merged", [True, False])
def test_a_confidential_address_of_either_record_wins_for_both(desk, office, on_merged):
    one, other = twice(office)
    charge(desk, one, "99213", self_pay=True)
    charge(desk, other, "36415", self_pay=True)
    contact(desk, other if on_merged else one, **WORK)
    merge(desk, one, other)
    assert desk.ask(open_patient, OpenPatient(one.patient_id)).confidential.street == "PO Box 12"
    (both,) = facts(office)
    assert [each.confidential.street for each in both.patients] == ["PO Box 12"]


def test_two_confidential_addresses_are_resolved_first_and_send_nothing_wins(desk, office):
    one, other = twice(office)
    contact(desk, one, **WORK)
    contact(desk, other, phone="2075550199")
    with pytest.raises(Invalid, match="Both have a confidential address"):
        merge(desk, one, other)


def test_a_flag_of_either_guarantor_holds_for_the_joined_one(desk, office):
    one, other = twice(office)
    charge(desk, one, "99213", self_pay=True)
    desk.run(set_flag, SetFlag(desk.new_id(), other.guarantor_id, Flag.BANKRUPT, TODAY))
    merge(desk, one, other)
    (both,) = facts(office)
    assert both.flags.bankrupt_on == TODAY
    assert desk.ask(open_patient, OpenPatient(one.patient_id)).guarantor.flags == {Flag.BANKRUPT: TODAY}


def test_a_merge_needs_its_own_right_and_stands_in_the_log_of_both(desk, desk_as, office):
    one, other = twice(office)
    for role in (Role.FRONT_DESK, Role.BILLER, Role.PRIVACY_OFFICER, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            merge(desk_as(role, number=7), one, other)
    merge(desk_as(Role.MANAGER, number=8), one, other)
    with office.reader.begin() as conn:
        c = t.audit.c
        mine = select(c.patient_id).where(c.action == "patient.merge", c.outcome == "done")
        rows = conn.execute(mine).scalars().all()
    assert set(rows) == {one.patient_id, other.patient_id}


def test_a_record_is_merged_once_and_never_into_itself(desk, office):
    one, other = twice(office)
    with pytest.raises(Invalid, match="same record"):
        merge(desk, one, one)
    merge(desk, one, other)
    for pair in ((one, other), (other, one)):
        with pytest.raises(Refused, match="merged into another one already"):
            merge(desk, *pair)


def test_three_records_are_one_and_come_apart_in_the_order_they_were_merged(desk, office):
    one, two, three = (a_patient(office, n, insured=False) for n in (1, 2, 3))
    for each in (one, two, three):
        charge(desk, each, "36415", self_pay=True)
    first, second = merge(desk, one, two), merge(desk, three, one)
    assert account(desk, two).patient_owes_cents == account(desk, three).patient_owes_cents == 36_00
    assert desk.ask(open_patient, OpenPatient(two.patient_id)).id == three.patient_id
    undo(desk, second)
    assert (account(desk, one).patient_owes_cents, account(desk, three).patient_owes_cents) == (24_00, 12_00)
    third = merge(desk, one, three)
    with pytest.raises(Refused, match="later"):
        undo(desk, first)
    undo(desk, third)
    undo(desk, first)
    assert [account(desk, each).patient_owes_cents for each in (one, two, three)] == [12_00] * 3


def test_likely_pairs_are_listed_the_surest_first(desk):
    same = [register(desk, "Ortiz", "Ana"), register(desk, "Órtiz", "ANA")]
    register(desk, "Berg", "Ole", birth_date=date(1970, 1, 1), phone="2075550142")
    found = desk.ask(find_alike, FindAlike())
    assert [(pair.earlier.id, pair.later.id, pair.reasons) for pair in found.pairs] == [
        (same[0].patient_id, same[1].patient_id, ("same name and birth date", "same phone"))
    ]
    shown = desk.ask(compare_records, CompareRecords(same[0].patient_id, same[1].patient_id))
    assert (shown.survivor.account, shown.merged.account, shown.problems) == ("1-1", "1-2", ())
    assert not shown.must_choose_guarantor
    merge(desk, *same)
    assert desk.ask(find_alike, FindAlike()).found == 0


def picture(desk, vault, folk):
    """Everything that a person can ask about these patients."""
    shown = []
    for who in folk:
        card = desk.ask(open_patient, OpenPatient(who.patient_id))
        shown += [card, account(desk, who), desk.ask(patient_visits, PatientVisits(who.patient_id))]
        shown += [desk.ask(payment_form, PaymentForm(who.guarantor_id)), found(desk, card.account)]
        shown.append(desk.ask(guarantor_statements, GuarantorStatements(who.guarantor_id)))
    return [*shown, desk.ask(day_visits, DayVisits(TODAY)), facts(vault), books(vault)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)), count=st.integers(1, 3), turned=st.lists(st.booleans(), min_size=3, max_size=3))
def test_a_merge_and_its_undo_change_no_answer(desk, office, order, count, turned):
    if not hasattr(desk, "folk"):
        desk.folk = [a_patient(office, n, insured=n == 1) for n in (1, 2, 3, 4)]
        for at, who in enumerate(desk.folk):
            charge(desk, who, "99213", "36415", self_pay=at != 0)
            pay(desk, who, (at + 1) * 90_00)
    before = picture(desk, office, desk.folk)
    owes = sum(account(desk, who).patient_owes_cents for who in desk.folk)
    made, roots, sums = [], [desk.folk[at] for at in order], []
    for turn in turned[:count]:
        kept, gone = reversed(roots[:2]) if turn else roots[:2]
        made.append(merge(desk, kept, gone))
        roots.remove(gone)
        sums.append(sum(account(desk, who).patient_owes_cents for who in roots))
    for merge_id in reversed(made):
        undo(desk, merge_id)
    assert sums == [owes] * len(made)
    assert picture(desk, office, desk.folk) == before
