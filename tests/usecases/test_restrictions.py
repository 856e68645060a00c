"""A service paid in full stays between patient and practice, through every posting there is (BILLING R9, E01)."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.restrictions import KeptFromPlan, State
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import accounts, journal, restrictions
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.adjustments import (
    TransferResponsibility,
    UndoAdjustment,
    WriteOff,
    transfer_responsibility,
    undo_adjustment,
    write_off,
)
from medbill_desktop.usecases.charges import (
    CorrectFee,
    EnterSuperbills,
    VoidCharge,
    correct_fee,
    enter_superbills,
    void_charge,
)
from medbill_desktop.usecases.deposits import CloseSlip, close_slip
from medbill_desktop.usecases.payments import (
    ApplyCredit,
    Unapply,
    UndoLast,
    VoidPayment,
    apply_credit,
    unapply,
    undo_last,
    void_payment,
)
from medbill_desktop.usecases.privacy_record import OpenPrivacy, open_privacy
from medbill_desktop.usecases.restricting import for_plan
from medbill_desktop.usecases.restrictions import (
    AskRestriction,
    EndByPatient,
    EndByPractice,
    ReviewRestriction,
    ask_restriction,
    end_by_patient,
    end_by_practice,
    review_restriction,
)
from medbill_desktop.usecases.returned import ReturnPayment, return_payment
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, add_visits
from tests.ledger_rows import LAKESHORE, PLACE, PROVIDER, SUMMIT, a_patient, a_superbill, charge, furnish, pay
from tests.usecases.test_deposits import slip_of

DAY = date(2026, 11, 18)
EFFORTS = "called Nov 3 and Nov 10, letter Nov 12, no answer"


@pytest.fixture
def who(vault):
    furnish(vault)
    return a_patient(vault, secondary=True)


def a_kept_visit(desk, who, day=DAY):
    [visit_id] = desk.run(
        add_visits, AddVisits(desk.new_id(), (VisitDetails(who.patient_id, day, PROVIDER, PLACE),))
    )  # fmt: skip
    return visit_id


def visit_of(vault, charge_id):
    with vault.reader.begin() as conn:
        return conn.execute(select(t.charge.c.visit_id).where(t.charge.c.id == charge_id)).scalar_one()


def ask(desk, who, visit_id, charge_id=None, **more):
    command = AskRestriction(desk.new_id(), who.patient_id, visit_id, DAY, "the patient", charge_id, **more)
    return desk.run(ask_restriction, command)


def restricted(desk, vault, who, *codes):
    """A charge that is kept from plans, and what was asked of it."""
    [charge_id] = charge(desk, who, *codes or ("99213",))
    return charge_id, ask(desk, who, visit_of(vault, charge_id), charge_id).restriction_ids[0]


def listed(desk, who):
    return {row.id: row for row in desk.ask(open_privacy, OpenPrivacy(who.patient_id)).restrictions}


def state(desk, who, restriction_id):
    return listed(desk, who)[restriction_id].state


def plan_owes(vault, charge_id):
    with vault.reader.begin() as conn:
        return sum(each.cents for each in accounts.plans_owing(conn, [charge_id]))


def stopped(vault, charge_id, payer_id=SUMMIT):
    with vault.reader.begin() as conn:
        try:
            for_plan(conn, payer_id, [charge_id])
        except KeptFromPlan:
            return True
        return False


def test_what_a_plan_owed_becomes_the_patients_when_it_is_asked_for(desk, vault, who):
    [charge_id] = charge(desk, who, "99213")
    assert plan_owes(vault, charge_id) == 165_00
    asked = ask(desk, who, visit_of(vault, charge_id), charge_id)
    assert (asked.moved_cents, plan_owes(vault, charge_id)) == (165_00, 0)
    assert stopped(vault, charge_id)
    assert stopped(vault, charge_id, None)


def test_a_visit_kept_beforehand_is_charged_to_the_patient_and_so_is_what_comes_later(desk, vault, who):
    visit_id = a_kept_visit(desk, who)
    ask(desk, who, visit_id)
    done = desk.run(
        enter_superbills, EnterSuperbills(desk.new_id(), (a_superbill(who, DAY, "99213", "36415", visit_id=visit_id),))
    )
    for each in done.charge_ids:
        assert (plan_owes(vault, each), stopped(vault, each)) == (0, True)
    assert len(listed(desk, who)) == 3


def test_a_plan_that_is_chosen_for_a_kept_visit_is_refused_with_the_reason(desk, who):
    visit_id = a_kept_visit(desk, who)
    ask(desk, who, visit_id)
    bill = a_superbill(who, DAY, visit_id=visit_id, coverage_id=who.coverage_id)
    with pytest.raises(Invalid, match="asked that the plan not be told") as refused:
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,)))
    assert [each.field for each in refused.value.problems] == ["coverage"]


def test_a_visit_kept_from_one_plan_goes_to_the_next(desk, vault, who):
    visit_id = a_kept_visit(desk, who)
    ask(desk, who, visit_id, payer_ids=(SUMMIT,))
    [charge_id] = desk.run(
        enter_superbills, EnterSuperbills(desk.new_id(), (a_superbill(who, DAY, visit_id=visit_id),))
    ).charge_ids
    with vault.reader.begin() as conn:
        assert [each.coverage_id for each in accounts.plans_owing(conn, [charge_id])] == [who.secondary_id]
    assert stopped(vault, charge_id, SUMMIT)
    assert not stopped(vault, charge_id, LAKESHORE)


def test_it_is_active_once_paid_in_full_with_its_receipts_as_proof(desk, vault, who):
    _, asked = restricted(desk, vault, who)
    first = pay(desk, who, 100_00)
    assert state(desk, who, asked) is State.REQUESTED
    second = pay(desk, who, 65_00)
    row = listed(desk, who)[asked]
    assert (row.state, set(row.proof), row.owes_cents) == (State.ACTIVE, {first.number, second.number}, 0)


def test_what_was_given_up_is_not_paid_in_full(desk, vault, who):
    charge_id, asked = restricted(desk, vault, who)
    pay(desk, who, 100_00)
    desk.run(write_off, WriteOff(desk.new_id(), charge_id, 65_00, "hardship"))
    assert state(desk, who, asked) is State.REQUESTED


def test_a_returned_check_puts_it_at_risk_and_it_still_stops(desk, vault, who):
    charge_id, asked = restricted(desk, vault, who)
    taken = pay(desk, who, 165_00, method="check")
    assert state(desk, who, asked) is State.ACTIVE
    slip = slip_of(desk, "check")
    desk.run(close_slip, CloseSlip(desk.new_id(), slip.id, slip.cents, ()))
    desk.run(return_payment, ReturnPayment(desk.new_id(), taken.payment_id, DAY, "insufficient_funds"))
    assert (state(desk, who, asked), stopped(vault, charge_id)) == (State.AT_RISK, True)
    with vault.reader.begin() as conn:
        assert restrictions.at_risk(conn) == restrictions.AtRisk(1, DAY, who.patient_id)
    pay(desk, who, 165_00)
    assert state(desk, who, asked) is State.ACTIVE


@pytest.mark.parametrize("how", ["unapply", "void", "undo"])
def test_money_that_is_taken_off_puts_it_at_risk(desk, vault, who, how):
    charge_id, asked = restricted(desk, vault, who)
    taken = pay(desk, who, 165_00)
    if how == "unapply":
        with vault.reader.begin() as conn:
            [applied] = journal.live_applications(conn, taken.payment_id)
        desk.run(unapply, Unapply(desk.new_id(), applied))
    elif how == "void":
        desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, "typed wrong"))
    else:
        desk.run(undo_last, UndoLast(desk.new_id()))
    assert (state(desk, who, asked), stopped(vault, charge_id)) == (State.AT_RISK, True)


def test_nobody_moves_it_to_a_plan_or_undoes_the_move_away(desk, vault, who):
    charge_id, _ = restricted(desk, vault, who)
    move = TransferResponsibility(desk.new_id(), charge_id, None, who.coverage_id, "patient_choice")
    with pytest.raises(Invalid, match="asked that the plan not be told"):
        desk.run(transfer_responsibility, move)
    with vault.reader.begin() as conn:
        newest = journal.live_on_charge(conn, charge_id)[0]
    with pytest.raises(KeptFromPlan):
        desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), newest))
    with pytest.raises(Refused):
        desk.run(correct_fee, CorrectFee(desk.new_id(), charge_id, 100_00, "typed wrong"))
    assert plan_owes(vault, charge_id) == 0


def test_what_is_charged_again_after_a_void_is_kept_as_well(desk, vault, who):
    charge_id, _ = restricted(desk, vault, who)
    visit_id = visit_of(vault, charge_id)
    desk.run(void_charge, VoidCharge(desk.new_id(), charge_id, "wrong code"))
    bill = a_superbill(who, DAY, "99214", visit_id=visit_id)
    [again] = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,))).charge_ids
    assert (plan_owes(vault, again), stopped(vault, again)) == (0, True)


def test_the_practice_cannot_end_what_is_paid_for_not_even_past_the_program(desk, vault, who):
    _, asked = restricted(desk, vault, who)
    pay(desk, who, 165_00)
    with pytest.raises(Refused, match="only the patient"):
        desk.run(end_by_practice, EndByPractice(desk.new_id(), asked, EFFORTS))
    with pytest.raises(IntegrityError), vault.writer.begin() as conn:
        values = {"state": "ended", "ended_on": DAY, "ending": "practice", "words": "x"}
        conn.execute(update(t.restriction).where(t.restriction.c.id == asked).values(values))


def test_an_owner_ends_what_was_not_paid_after_efforts_and_nobody_else_does(desk, desk_as, vault, who):
    charge_id, asked = restricted(desk, vault, who)
    with pytest.raises(Invalid, match="what was done"):
        desk.run(end_by_practice, EndByPractice(desk.new_id(), asked, "no answer"))
    manager = desk_as(Role.MANAGER, number=3)
    with pytest.raises(NotAllowed):
        manager.run(end_by_practice, EndByPractice(manager.new_id(), asked, EFFORTS))
    desk.run(end_by_practice, EndByPractice(desk.new_id(), asked, EFFORTS))
    assert (state(desk, who, asked), stopped(vault, charge_id)) == (State.ENDED, False)
    move = TransferResponsibility(desk.new_id(), charge_id, None, who.coverage_id, "patient_choice")
    assert desk.run(transfer_responsibility, move).cents == 165_00


def test_a_patient_ends_a_whole_visit_in_writing(desk, vault, who):
    [charge_id] = charge(desk, who)
    whole = ask(desk, who, visit_of(vault, charge_id)).restriction_ids[0]
    pay(desk, who, 165_00)
    assert state(desk, who, whole) is State.ACTIVE
    with pytest.raises(Invalid, match="that day"):
        desk.run(end_by_patient, EndByPatient(desk.new_id(), whole, date(2026, 11, 1), "letter"))
    assert desk.run(end_by_patient, EndByPatient(desk.new_id(), whole, DAY, "letter of today")) == 2
    assert not stopped(vault, charge_id)
    assert {row.state for row in listed(desk, who).values()} == {State.ENDED}


def test_a_reviewed_risk_waits_no_longer_but_still_stops(desk, vault, who):
    charge_id, asked = restricted(desk, vault, who)
    with pytest.raises(Refused, match="at risk"):
        desk.run(review_restriction, ReviewRestriction(desk.new_id(), asked, "called"))
    taken = pay(desk, who, 165_00)
    desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, "typed wrong"))
    desk.run(review_restriction, ReviewRestriction(desk.new_id(), asked, "called, pays on Friday"))
    with vault.reader.begin() as conn:
        assert restrictions.at_risk(conn).count == 0
    assert stopped(vault, charge_id)


def test_asking_twice_or_for_another_patients_visit_changes_nothing(desk, vault, who):
    charge_id, _ = restricted(desk, vault, who)
    visit_id = visit_of(vault, charge_id)
    with pytest.raises(Refused, match="already"):
        ask(desk, who, visit_id, charge_id)
    other = a_patient(vault, 2)
    with pytest.raises(Invalid, match="not one of this patient"):
        ask(desk, other, visit_id)
    with pytest.raises(Invalid, match="future"):
        desk.run(
            ask_restriction,
            AskRestriction(desk.new_id(), who.patient_id, visit_id, date(2027, 1, 1), "the patient"),
        )


STEPS = st.lists(
    st.sampled_from(["ask", "pay", "apply", "unapply", "void", "move", "undo", "practice", "patient", "enter"]),
    min_size=3, max_size=10,
)  # fmt: skip


@pytest.fixture
def office(vault):
    furnish(vault)
    return iter(range(1, 10_000))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_no_plan_owes_or_hears_of_a_restricted_service(desk, vault, office, steps):
    who = a_patient(vault, next(office), secondary=True)
    visit_id, charge_id, asked, taken = a_kept_visit(desk, who), None, None, []
    for step in steps:
        charge_id, asked = _step(desk, vault, who, step, visit_id, charge_id, asked, taken)
        rows = [row for row in listed(desk, who).values() if row.state is not State.ENDED]
        for row in rows:
            if row.charge_id is not None:
                assert (plan_owes(vault, row.charge_id), stopped(vault, row.charge_id)) == (0, True)
        with vault.reader.begin() as conn:
            for row in rows:
                if row.charge_id is not None and (sums := accounts.sums_of_charge(conn, row.charge_id)).charged_cents:
                    paid = sums.patient_paid_cents >= sums.charged_cents
                    assert (row.state is State.ACTIVE) is paid


def _step(desk, vault, who, step, visit_id, charge_id, asked, taken):
    try:
        if step == "ask":
            asked = ask(desk, who, visit_id).restriction_ids[0]
        elif step == "enter":
            bill = a_superbill(who, DAY, visit_id=visit_id)
            [charge_id] = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,))).charge_ids
        elif step == "pay":
            taken.append(pay(desk, who, 165_00).payment_id)
        elif step == "apply":
            desk.run(apply_credit, ApplyCredit(desk.new_id(), who.guarantor_id))
        elif step == "unapply" and taken:
            with vault.reader.begin() as conn:
                applied = journal.live_applications(conn, taken[-1])
            for each in applied:
                desk.run(unapply, Unapply(desk.new_id(), each))
        elif step == "void" and charge_id is not None:
            desk.run(void_charge, VoidCharge(desk.new_id(), charge_id, "again"))
        elif step == "move" and charge_id is not None:
            move = TransferResponsibility(desk.new_id(), charge_id, None, who.coverage_id, "patient_choice")
            desk.run(transfer_responsibility, move)
        elif step == "undo":
            desk.run(undo_last, UndoLast(desk.new_id()))
        elif step == "practice" and asked is not None:
            desk.run(end_by_practice, EndByPractice(desk.new_id(), asked, EFFORTS))
        elif step == "patient" and asked is not None:
            desk.run(end_by_patient, EndByPatient(desk.new_id(), asked, DAY, "letter"))
    except Refused:
        pass  # what is refused changes nothing, which the law looks at afterwards
    return charge_id, asked
