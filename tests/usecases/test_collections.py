"""Collections, bad debts paid after all, and small balances (BILLING J43, S11, S14)."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from sqlalchemy import insert, select, update

from medbill_desktop.domain.collections import Way
from medbill_desktop.domain.estates import Estate, Representative
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.patients import Flag
from medbill_desktop.domain.problems import NotAllowed, Refused
from medbill_desktop.domain.users import Permission, Role
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.changing_patients import SetFlag, set_flag
from medbill_desktop.usecases.collections import (
    AgencyFile,
    AgencyRemit,
    DecideCase,
    ListCandidates,
    ListCases,
    LookAtAccount,
    PaidSinceHandover,
    RecallCase,
    Reinstate,
    ReportedPaid,
    ReviewAccount,
    SendCases,
    agency_file,
    agency_remit,
    decide_case,
    list_candidates,
    list_cases,
    look_at_account,
    paid_file,
    paid_since_handover,
    recall_case,
    reinstate,
    reported_paid,
    review_account,
    send_cases,
)
from medbill_desktop.usecases.day_sheet import DaySheet, day_sheet
from medbill_desktop.usecases.estates import NoteEstate, note_estate
from medbill_desktop.usecases.payments import PaymentForm, payment_form
from medbill_desktop.usecases.plans import MakePlan, PlanTerms, make_plan
from medbill_desktop.usecases.small_balances import (
    ListSmallBalances,
    WriteOffSmall,
    list_small_balances,
    write_off_small,
)
from medbill_desktop.usecases.statement_requests import SelectStatements
from medbill_desktop.usecases.statement_selection import select_statements
from tests.ledger_rows import a_patient, charge, furnish, pay
from tests.seats import own_role, seated


@pytest.fixture
def biller(desk_as):
    return desk_as(Role.BILLER, number=2)


@pytest.fixture
def manager(desk_as):
    return desk_as(Role.MANAGER, number=3)


@pytest.fixture
def who(biller, vault):
    furnish(vault)
    return owing(biller, vault)


def owing(desk, vault, number=1, birth=date(1979, 3, 12), mailed_days=40):
    """Somebody who owes 165.00 and was sent a final notice."""
    made = a_patient(vault, number, insured=False, birth=birth, last=f"Whitfield{number}")
    charge(desk, made, "99213")
    mailed = desk.clock.today() - timedelta(days=mailed_days)
    home = {"street": "14 Willow Lane", "city": "Rockport", "state": "ME", "zip": "048561234"}
    with vault.writer.begin() as conn:
        conn.execute(update(t.guarantor).where(t.guarantor.c.id == made.guarantor_id).values(**home))
        conn.execute(
            insert(t.statement).values(
                id=5_000_000 + number, number=f"9-{number}", run_id=1, guarantor_id=made.guarantor_id,
                statement_date=mailed, due_date=mailed, step="final", total_cents=165_00, content="{}",
                mailed_on=mailed, made_by=2, made_at=desk.clock.now(),
            )
        )  # fmt: skip
    return made


def review(desk, who, **more):
    return desk.run(review_account, ReviewAccount(desk.new_id(), who.guarantor_id, **more))


def decide(desk, case_id, approve=True, words=""):
    desk.run(decide_case, DecideCase(desk.new_id(), case_id, approve, words))


def sent(biller, manager, who):
    case_id = review(biller, who)
    decide(manager, case_id)
    manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    return case_id


def rows_of(data):
    return list(csv.reader(StringIO(data.decode("utf-8-sig"))))


def test_reviewed_approved_and_handed_over_with_nothing_clinical(biller, manager, who):
    [found] = biller.ask(list_candidates, ListCandidates())
    assert (found.cents, found.why_not) == (165_00, "")
    case_id = sent(biller, manager, who)
    heads, row = rows_of(manager.ask(agency_file, AgencyFile((case_id,))))
    assert row[1:9] == ["Whitfield1, Nora", "14 Willow Lane", "", "Rockport", "ME", "04856-1234", "", "165.00"]
    assert row[9] == biller.clock.today().isoformat()
    text = " ".join((*heads, *row))
    assert all(each not in text for each in ("99213", "M17", "Office visit", "1979"))
    assert biller.ask(list_cases, ListCases())[0].state == "sent"
    assert biller.ask(select_statements, SelectStatements()).left_out[0].reason == "in collection"


def test_who_reviewed_does_not_approve(desk_as, biller, who):
    both = desk_as(Role.BILLER, Role.MANAGER, number=4)
    case_id = review(both, who)
    with pytest.raises(Refused, match="Somebody else"):
        decide(both, case_id)
    with pytest.raises(NotAllowed):
        decide(biller, case_id)


def test_a_childs_account_is_an_owners_to_decide(desk, biller, manager, who, vault):
    child = owing(biller, vault, 2, birth=date(2015, 5, 5))
    case_id = review(biller, child)
    with pytest.raises(Refused, match="An owner decides"):
        decide(manager, case_id)
    decide(desk, case_id)


@pytest.mark.parametrize(("flag", "words"), [(Flag.BANKRUPT, "bankrupt"), (Flag.DISPUTE, "dispute")])
def test_nobody_collects_from_the_bankrupt_or_in_a_dispute(biller, manager, who, flag, words):
    case_id = review(biller, who)
    decide(manager, case_id)
    biller.run(set_flag, SetFlag(biller.new_id(), who.guarantor_id, flag, biller.clock.today()))
    with pytest.raises(Refused, match="has changed since"):
        manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    manager.run(recall_case, RecallCase(manager.new_id(), case_id, "stop"))
    with pytest.raises(Refused, match=words):
        review(biller, who)


def test_no_handover_before_the_final_notice_is_over_or_while_a_plan_is_kept(biller, who, vault):
    young = owing(biller, vault, 3, mailed_days=5)
    with pytest.raises(Refused, match="time to pay"):
        review(biller, young)
    never = a_patient(vault, 4, insured=False)
    charge(biller, never)
    with pytest.raises(Refused, match="No final notice"):
        review(biller, never)
    terms = PlanTerms(who.guarantor_id, 165_00, 3, biller.clock.today())
    biller.run(make_plan, MakePlan(biller.new_id(), terms))
    with pytest.raises(Refused, match="plan is current"):
        review(biller, who)


def test_a_confidential_patient_is_left_out_of_the_file(biller, manager, who, vault):
    with vault.writer.begin() as conn:
        conn.execute(
            insert(t.contact).values(id=77, patient_id=who.patient_id, kind="confidential", allowed=True,
                                     street="1 Elsewhere", first_day=date(2026, 1, 1))
        )  # fmt: skip
    [row] = biller.ask(list_candidates, ListCandidates())
    assert (row.left_out, row.asking, row.cents) == (0, 1, 0)
    with pytest.raises(Refused, match="Look at them first"):
        review(biller, who)
    with pytest.raises(Refused, match="may hear of"):
        review(biller, who, looked=True)
    [service] = biller.ask(look_at_account, LookAtAccount(who.guarantor_id))
    assert (service.way, service.words) == (Way.ASKS, "Office visit")
    case_id = review(biller, who, on_purpose=(service.charge_id,), looked=True)
    decide(manager, case_id)
    manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    _, line = rows_of(manager.ask(agency_file, AgencyFile((case_id,))))
    assert line[2] == "1 Elsewhere"


def kept_from_plans(desk, vault, charge_id, number=1):
    """Write that the patient keeps a service from every plan."""
    with vault.writer.begin() as conn:
        row = conn.execute(select(t.charge).where(t.charge.c.id == charge_id)).one()
        conn.execute(
            insert(t.restriction).values(
                id=6_000_000 + number, patient_id=row.patient_id, visit_id=row.visit_id, charge_id=charge_id,
                state="requested", asked_on=desk.clock.today(), asked_by="Nora", noted_by=2, noted_at=desk.clock.now(),
            )
        )  # fmt: skip


def test_what_is_kept_from_plans_goes_to_an_agency_only_by_a_person_who_saw_it_and_an_owner(
    desk, biller, manager, who, vault
):
    (kept,) = charge(biller, who, "94010")
    kept_from_plans(biller, vault, kept)
    [row] = biller.ask(list_candidates, ListCandidates())
    assert (row.cents, row.asking, row.special) == (165_00, 1, False)
    services = biller.ask(look_at_account, LookAtAccount(who.guarantor_id))
    assert [each.way for each in services] == [Way.GOES, Way.ASKS]
    assert "Kept from plans" in services[1].why
    case_id = review(biller, who, looked=True)
    decide(manager, case_id)
    manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    assert rows_of(manager.ask(agency_file, AgencyFile((case_id,))))[1][8] == "165.00"
    manager.run(recall_case, RecallCase(manager.new_id(), case_id, "again"))
    case_id = review(biller, who, on_purpose=(kept,), looked=True)
    assert biller.ask(list_cases, ListCases())[0].on_purpose == 1
    with pytest.raises(Refused, match="An owner decides"):
        decide(manager, case_id)
    decide(desk, case_id)
    manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    assert rows_of(manager.ask(agency_file, AgencyFile((case_id,))))[1][8] == "225.00"


def test_what_is_asked_after_the_approval_stops_the_handover_and_leaves_the_file(biller, manager, who, vault):
    (second,) = charge(biller, who, "94010")
    case_id = review(biller, who)
    decide(manager, case_id)
    kept_from_plans(biller, vault, second)
    with pytest.raises(Refused, match="has changed since"):
        manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    with vault.writer.begin() as conn:
        conn.execute(update(t.restriction).values(state="ended", ended_on=biller.clock.today(), ended_by=2,
                                                  ending="patient", words="asked"))  # fmt: skip
    manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    assert rows_of(manager.ask(agency_file, AgencyFile((case_id,))))[1][8] == "225.00"
    kept_from_plans(biller, vault, second, number=2)
    assert rows_of(manager.ask(agency_file, AgencyFile((case_id,))))[1][8] == "165.00"


def test_another_patients_services_never_go_where_they_asked_for_mail_elsewhere(biller, manager, who, vault):
    child = a_patient(vault, 9, insured=False, guarantor_id=who.guarantor_id, first="Mia")
    with vault.writer.begin() as conn:
        conn.execute(update(t.patient).where(t.patient.c.id == child.patient_id).values(relationship="child"))
        conn.execute(
            insert(t.contact).values(id=78, patient_id=child.patient_id, kind="permission", permission="mail",
                                     allowed=False, first_day=date(2026, 1, 1))
        )  # fmt: skip
    (apart,) = charge(biller, child, "94010")
    [row] = biller.ask(list_candidates, ListCandidates())
    assert (row.cents, row.left_out, row.asking) == (165_00, 1, 0)
    case_id = review(biller, who, on_purpose=(apart,), looked=True)
    decide(manager, case_id)
    manager.run(send_cases, SendCases(manager.new_id(), (case_id,)))
    assert rows_of(manager.ask(agency_file, AgencyFile((case_id,))))[1][8] == "165.00"


def test_an_agency_is_given_the_estate_once_somebody_died_and_no_address_of_who_wants_no_mail(biller, manager, who):
    case_id = sent(biller, manager, who)
    today = biller.clock.today()
    biller.run(set_flag, SetFlag(biller.new_id(), who.guarantor_id, Flag.NO_MAIL, today))
    assert rows_of(manager.ask(agency_file, AgencyFile((case_id,))))[1][2:7] == [""] * 5
    estate = Estate(today, Representative.EXECUTOR, "Paul Reed", "9 Elm Street", "", "Camden", "ME", "04843")
    biller.run(note_estate, NoteEstate(biller.new_id(), who.guarantor_id, today, estate))
    line = rows_of(manager.ask(agency_file, AgencyFile((case_id,))))[1]
    assert line[1:3] == ["Estate of Nora Whitfield1, c/o Paul Reed", "9 Elm Street"]


def test_payments_afterwards_are_reported_once(biller, manager, who):
    sent(biller, manager, who)
    biller.clock.move(days=3)
    pay(biller, who, 20_00)
    [paid] = biller.ask(paid_since_handover, PaidSinceHandover())
    assert (paid.cents, paid.taken_back) == (20_00, False)
    assert rows_of(manager.ask(paid_file, PaidSinceHandover()))[1][2] == "20.00"
    assert manager.run(reported_paid, ReportedPaid(manager.new_id())) == 1
    assert biller.ask(paid_since_handover, PaidSinceHandover()) == ()


def test_a_recalled_account_gets_statements_again(biller, manager, who):
    case_id = sent(biller, manager, who)
    manager.run(recall_case, RecallCase(manager.new_id(), case_id, "Paid in the office"))
    with pytest.raises(Refused, match="not with the agency"):
        manager.run(recall_case, RecallCase(manager.new_id(), case_id, "again"))
    selection = biller.ask(select_statements, SelectStatements())
    assert "in collection" not in [each.reason for each in (*selection.chosen, *selection.left_out)]
    assert review(biller, who)


def test_an_agency_passes_on_a_bad_debt_less_what_it_keeps(desk, vault, biller, manager, who):
    charge_id = desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed[0].charge_id
    desk.run(write_off, WriteOff(desk.new_id(), charge_id, 165_00, "bad_debt"))
    done = biller.run(agency_remit, AgencyRemit(biller.new_id(), who.guarantor_id, 100_00, 30_00, "check", "771"))
    assert (done.reinstated_cents, done.applied_cents) == (100_00, 100_00)
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        sums = journal.trial_balance(conn)
    assert (sums[Account.CASH], sums[Account.ADJUSTMENT], sums[Account.RECEIVABLE]) == (
        70_00,
        165_00 - 100_00 + 30_00,
        0,
    )
    sheet = desk.ask(day_sheet, DaySheet(desk.clock.today())).sheet
    assert sheet.is_proved
    assert next(each for each in sheet.slips if each.method == "check").taken == 70_00


def test_a_bad_debt_is_reinstated_no_further_than_it_was_written_off(desk, biller, who):
    charge_id = desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed[0].charge_id
    desk.run(write_off, WriteOff(desk.new_id(), charge_id, 65_00, "bad_debt"))
    with pytest.raises(Refused, match=r"Only 65.00"):
        biller.run(reinstate, Reinstate(biller.new_id(), charge_id, 65_01))
    biller.run(reinstate, Reinstate(biller.new_id(), charge_id, 65_00))
    assert desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed_cents == 165_00


def small(desk):
    return desk.ask(list_small_balances, ListSmallBalances())


def test_small_balances_are_listed_and_written_off_in_a_batch(biller, manager, who):
    pay(biller, who, 162_00)
    assert small(manager) == ()
    biller.clock.move(days=91)
    [row] = small(manager)
    assert row.cents == 3_00
    with pytest.raises(NotAllowed):
        small(biller)
    with pytest.raises(Refused, match="list has changed"):
        manager.run(write_off_small, WriteOffSmall(manager.new_id(), (row.guarantor_id,), 2_99))
    done = manager.run(write_off_small, WriteOffSmall(manager.new_id(), (row.guarantor_id,), 3_00))
    assert (done.accounts, done.charges, done.cents) == (1, 1, 3_00)
    assert small(manager) == ()


def test_a_large_balance_in_small_parts_is_no_small_balance(biller, manager, who):
    charge(biller, who, "36415")
    biller.clock.move(days=91)
    first, second = biller.ask(payment_form, PaymentForm(who.guarantor_id)).owed
    pay(biller, who, first.cents + second.cents - 7_00)
    assert small(manager) == ()
    pay(biller, who, 2_01)
    assert [each.cents for each in small(manager)] == [4_99]


def test_the_bankrupt_and_who_has_credit_are_not_in_the_batch(biller, manager, who):
    pay(biller, who, 162_00)
    biller.clock.move(days=91)
    biller.run(set_flag, SetFlag(biller.new_id(), who.guarantor_id, Flag.BANKRUPT, biller.clock.today()))
    assert small(manager) == ()


def test_more_than_fifty_accounts_leave_only_with_the_right_to_export_in_bulk(desk, vault, clock, manager):
    """SECURITY A0: the edge lies between 50 and 51, before anything is looked up."""
    _, key = own_role(desk, "Small files", Role.MANAGER, less=[Permission.BULK_EXPORT])
    seat = seated(vault, clock, 21, key)
    with pytest.raises(NotAllowed, match="in bulk"):
        seat.ask(agency_file, AgencyFile(tuple(range(1, 52))))
    for door, many in ((seat, 50), (manager, 51)):
        with pytest.raises(Refused) as refused:
            door.ask(agency_file, AgencyFile(tuple(range(1, many + 1))))
        assert "bulk" not in str(refused.value)
