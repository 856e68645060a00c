"""Draft claims at the door: gathered with the charges, frozen, followed, made anew on purpose (BILLING X, R3, R9)."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from medbill_desktop.domain.authorizations import AuthorizationDetails
from medbill_desktop.domain.charges import ServiceLine
from medbill_desktop.domain.claims import Event, Status
from medbill_desktop.domain.claims_snapshot import Person, sha256_of, thawed
from medbill_desktop.domain.coverages import CoverageDetails
from medbill_desktop.domain.drugs import Drug
from medbill_desktop.domain.patients import PatientDetails
from medbill_desktop.domain.payer_rules import Rule, RuleValue
from medbill_desktop.domain.problems import Damaged, Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import claims as stored
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.adjustments import (
    TransferResponsibility,
    UndoAdjustment,
    WriteOff,
    transfer_responsibility,
    undo_adjustment,
    write_off,
)
from medbill_desktop.usecases.authorizations import (
    AddReferral,
    SaveAuthorization,
    add_referral,
    save_authorization,
)
from medbill_desktop.usecases.catalogs import PayerDetails, SavePayer, save_payer
from medbill_desktop.usecases.changing_patients import ChangePatient, change_patient
from medbill_desktop.usecases.charges import (
    CorrectFee,
    CorrectUnits,
    EnterSuperbills,
    VoidCharge,
    correct_fee,
    correct_units,
    enter_superbills,
    void_charge,
)
from medbill_desktop.usecases.claims import (
    ClaimsOfVisits,
    MakeDraftClaims,
    OpenClaim,
    PatientClaims,
    RefreshClaim,
    VoidDraftClaim,
    WaitingVisits,
    claims_of_visits,
    make_draft_claims,
    open_claim,
    patient_claims,
    refresh_claim,
    void_draft_claim,
    waiting_visits,
)
from medbill_desktop.usecases.coverage_papers import CoveragePapers, SavePapers, save_papers
from medbill_desktop.usecases.coverages import EndCoverage, SaveCoverage, end_coverage, save_coverage
from medbill_desktop.usecases.merging import MergePatients, UndoMerge, merge_patients, undo_merge
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.payer_rules import SavePayerRules, save_payer_rules
from medbill_desktop.usecases.payments import UndoLast, undo_last
from medbill_desktop.usecases.restrictions import AskRestriction, EndByPatient, ask_restriction, end_by_patient
from medbill_desktop.usecases.watch import Cancelled, Quiet
from tests.door import FakeClock, desk_for, make_vault, person
from tests.ledger_rows import LAKESHORE, PROVIDER, SUMMIT, a_patient, a_superbill, charge, furnish, pay

TODAY = date(2026, 11, 18)
NUMBERS = count(1)


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


def rows(vault):
    """Every claim there is, with what it says."""
    with vault.reader.begin() as conn:
        return [stored.get(conn, each) for each in conn.execute(select(t.claim.c.id).order_by(t.claim.c.id)).scalars()]


def only(vault):
    [row] = rows(vault)
    return row


def said(vault):
    return only(vault).snapshot


def texts(vault):
    """Every snapshot there ever was, byte for byte."""
    with vault.reader.begin() as conn:
        c = t.claim_snapshot.c
        return dict(conn.execute(select(c.id, c.content).order_by(c.id)).all())


def card(desk, row, **more):
    return desk.ask(open_claim, OpenClaim(row.id, **more))


def visit_of(vault, charge_id):
    with vault.reader.begin() as conn:
        return conn.execute(select(t.charge.c.visit_id).where(t.charge.c.id == charge_id)).scalar_one()


def transfer(desk, charge_id, source, target, reason="wrong_coverage"):
    return desk.run(transfer_responsibility, TransferResponsibility(desk.new_id(), charge_id, source, target, reason))


def corrected(desk, charge_id, cents):
    return desk.run(correct_fee, CorrectFee(desk.new_id(), charge_id, cents, "typing error"))


def voided(desk, charge_id):
    return desk.run(void_charge, VoidCharge(desk.new_id(), charge_id, "typing error"))


def restrict(desk, who, visit_id, charge_id=None, payer_ids=()):
    command = AskRestriction(desk.new_id(), who.patient_id, visit_id, TODAY, "Nora", charge_id, payer_ids)
    return desk.run(ask_restriction, command)


def refreshed(desk, row):
    return desk.run(refresh_claim, RefreshClaim(desk.new_id(), row.id, card(desk, row).today))


def made(desk, visit_id=None):
    return desk.run(make_draft_claims, MakeDraftClaims(desk.new_id(), visit_id))


def withdrawn(desk, row, reason="The office bills it later"):
    return desk.run(void_draft_claim, VoidDraftClaim(desk.new_id(), row.id, reason))


def new_member_id(desk, who, member_id="ZZ9900055", **more):
    details = CoverageDetails(SUMMIT, member_id, date(2025, 1, 1), **more)
    desk.run(save_coverage, SaveCoverage(desk.new_id(), who.patient_id, details, who.coverage_id))


@pytest.fixture
def before_claims(monkeypatch):
    """Be a practice that charged before there were claims, until it is called."""
    with monkeypatch.context() as patch:
        patch.setattr("medbill_desktop.usecases.charges.gather", lambda *given, **more: None)
        yield patch.undo


def status(vault, claim_id, to):
    with vault.writer.begin() as conn:
        conn.execute(update(t.claim).where(t.claim.c.id == claim_id).values(status=str(to)))


# Made with the charges


def test_charges_of_an_insured_visit_are_gathered_on_one_draft_as_they_are_posted(desk, vault, nora):
    ids = charge(desk, nora, "99213", "94010")
    row = only(vault)
    assert (row.number, row.status, row.coverage_id, row.payer_id) == ("1-1", Status.DRAFT, nora.coverage_id, SUMMIT)
    assert row.snapshot.charge_ids == ids
    assert row.cents == row.snapshot.cents == 225_00
    [step] = card(desk, row).steps
    assert (step.words, step.by, step.lines) == ("Draft made", "Person 1", 2)


def test_what_a_claim_needs_is_on_it(desk, vault, nora):
    desk.run(save_papers, SavePapers(desk.new_id(), CoveragePapers(nora.coverage_id, date(2026, 1, 5), TODAY)))
    rule = RuleValue(Rule.ASSIGNMENT, "yes", date(2026, 1, 1))
    desk.run(save_payer_rules, SavePayerRules(desk.new_id(), SUMMIT, (rule,)))
    details = AuthorizationDetails(SUMMIT, "PA-7", 5, date(2026, 1, 1), date(2026, 12, 31))
    permit = desk.run(save_authorization, SaveAuthorization(desk.new_id(), nora.patient_id, details))
    desk.run(add_referral, AddReferral(desk.new_id(), nora.patient_id, PROVIDER, date(2026, 11, 1), None, "R-12"))
    line = ServiceLine("20610", "BA", ("RT",), 2, drug=Drug("12345-6789-01", "1.5", "ML"), authorization_id=permit)
    bill = replace(a_superbill(nora, TODAY), lines=(line,), diagnoses=("M17.11", "I10"))
    desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,)))
    made = said(vault)
    assert (made.billing.npi, made.billing.tin, made.billing.zip) == ("1234567893", "123456789", "048561234")
    assert (made.rendering.npi, made.rendering.taxonomy) == ("1000000004", "207Q00000X")
    assert (made.referring.last, made.referring.number) == ("Reyes", "R-12")
    assert (made.site.pos, made.site.zip) == ("11", "048561234")
    assert (made.plan.payer.name, made.plan.payer.code, made.plan.payer.filing) == ("Summit PPO", "SUM01", "CI")
    assert (made.plan.member_id, made.plan.relationship, made.plan.order) == ("XYZ0000001", "self", 1)
    assert (made.plan.release_on, made.plan.assignment_on, made.plan.accepts) == (date(2026, 1, 5), TODAY, "yes")
    assert (made.patient.last, made.patient.birth, made.account) == ("Whitfield", date(1979, 3, 12), "1-1")
    assert made.diagnoses == ("M1711", "I10")
    [service] = made.lines
    assert (service.code, service.modifiers, service.units, service.cents) == ("20610", ("RT",), 2, 300_00)
    assert (service.pointers, service.first, service.authorization) == ((2, 1), TODAY, "PA-7")
    assert (service.ndc, service.ndc_unit, service.ndc_thousandths) == ("12345678901", "ML", 1500)
    assert card(desk, only(vault)).today == only(vault).sha256  # gathered from the rows, or read back: the same bytes


def test_the_subscriber_stands_on_it_where_it_is_not_the_patient(desk, vault, nora):
    new_member_id(desk, nora, relationship="child", subscriber_last="Ødegård", subscriber_first="陳",
                  subscriber_birth=date(1950, 2, 3), subscriber_sex="M", subscriber_street="9 Elm St",
                  subscriber_city="Rockport", subscriber_state="ME", subscriber_zip="048561234")  # fmt: skip
    charge(desk, nora)
    holder = said(vault).subscriber
    assert (holder.last, holder.first, holder.birth, holder.city) == ("Ødegård", "陳", date(1950, 2, 3), "Rockport")
    assert only(vault).content.isascii()


def test_self_pay_and_uninsured_visits_have_no_claim(desk, vault, nora):
    charge(desk, nora, self_pay=True)
    charge(desk, a_patient(vault, 2, insured=False))
    charge(desk, nora, "NOSHOW")
    assert rows(vault) == []


def test_the_coverage_is_the_one_in_force_on_the_date_of_service(desk, vault, nora):
    desk.run(end_coverage, EndCoverage(desk.new_id(), nora.coverage_id, date(2026, 11, 9)))
    newer = CoverageDetails(LAKESHORE, "LK1", date(2026, 11, 10))
    newer_id = desk.run(save_coverage, SaveCoverage(desk.new_id(), nora.patient_id, newer))
    charge(desk, nora, day=date(2026, 11, 9))
    charge(desk, nora, day=date(2026, 11, 10))
    assert [row.coverage_id for row in rows(vault)] == [nora.coverage_id, newer_id]


def test_other_plans_of_the_day_are_named_in_their_order(desk, vault):
    furnish(vault)
    who = a_patient(vault, secondary=True)
    charge(desk, who)
    made = said(vault)
    assert made.plan.order == 1
    assert [(each.order, each.payer.name) for each in made.others] == [(2, "Lakeshore Mutual")]


def test_a_batch_makes_each_its_claim_with_numbers_without_a_gap(desk, vault, nora):
    folk = [nora, *(a_patient(vault, number) for number in range(2, 6))]
    bills = tuple(a_superbill(each, TODAY, "99213", "94010") for each in folk)
    done = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), bills))
    found = rows(vault)
    assert [row.number for row in found] == [f"1-{at}" for at in range(1, 6)]
    assert [row.visit_id for row in found] == list(done.visit_ids)
    assert sorted(each for row in found for each in row.snapshot.charge_ids) == sorted(done.charge_ids)


def test_a_batch_that_is_refused_leaves_no_claim_and_no_number(desk, vault, nora):
    bills = (a_superbill(nora, TODAY), a_superbill(nora, TODAY + timedelta(days=3)))
    with pytest.raises(Invalid):
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), bills))
    assert rows(vault) == []
    charge(desk, nora)
    assert only(vault).number == "1-1"


def test_the_same_command_twice_makes_one_claim(desk, vault, nora):
    command = EnterSuperbills(desk.new_id(), (a_superbill(nora, TODAY),))
    desk.run(enter_superbills, command)
    desk.run(enter_superbills, command)
    only(vault)


# What charge corrections do


def test_a_correction_gives_the_draft_a_new_snapshot_and_keeps_the_old(desk, vault, nora):
    (owed,) = charge(desk, nora)
    before = texts(vault)
    corrected(desk, owed, 150_00)
    assert said(vault).cents == 150_00
    desk.run(correct_units, CorrectUnits(desk.new_id(), owed, 2, "counted wrong"))
    assert said(vault).cents == 300_00
    assert len(texts(vault)) == 3
    assert before.items() <= texts(vault).items()
    assert [each.words for each in card(desk, only(vault)).steps] == ["Draft made", *["Its charges changed"] * 2]


def test_a_correction_takes_nothing_over_from_registration(desk, vault, nora):
    (owed,) = charge(desk, nora)
    new_member_id(desk, nora)
    corrected(desk, owed, 150_00)
    assert said(vault).plan.member_id == "XYZ0000001"
    [found] = card(desk, only(vault)).differences
    assert found.sentence == "Policy's member id: was •••••0001, is •••••0055 now."


def test_a_void_charge_leaves_the_draft_and_the_last_one_ends_it(desk, vault, nora):
    first, second = charge(desk, nora, "99213", "94010")
    voided(desk, first)
    assert said(vault).charge_ids == (second,)
    voided(desk, second)
    row = only(vault)
    assert (row.status, row.cents) == (Status.VOIDED, 60_00)
    assert card(desk, row).steps[-1].reason == "No charge is left on it."


def test_undo_of_the_entry_ends_its_draft(desk, vault, nora):
    charge(desk, nora, "99213", "94010")
    desk.run(undo_last, UndoLast(desk.new_id()))
    assert only(vault).status is Status.VOIDED


def test_a_line_that_becomes_free_stays_and_a_claim_of_free_lines_only_ends(desk, vault, nora):
    first, second = charge(desk, nora, "99213", "94010")
    corrected(desk, first, 0)
    assert said(vault).cents == 60_00
    assert len(said(vault).lines) == 2
    corrected(desk, second, 0)
    assert only(vault).status is Status.VOIDED
    corrected(desk, second, 70_00)
    assert [row.status for row in rows(vault)] == [Status.VOIDED, Status.DRAFT]
    assert rows(vault)[1].snapshot.charge_ids == (first, second)


def test_a_payment_of_the_patient_changes_no_claim(desk, vault, nora):
    (owed,) = charge(desk, nora)
    pay(desk, nora, 25_00)
    transfer(desk, owed, nora.coverage_id, None, "patient_share")
    assert only(vault).status is Status.VOIDED  # the plan owes nothing any more


def test_a_part_that_the_patient_owes_leaves_the_whole_charge_on_the_claim(desk, vault, nora):
    (owed,) = charge(desk, nora)
    command = TransferResponsibility(desk.new_id(), owed, nora.coverage_id, None, "patient_share", 25_00)
    desk.run(transfer_responsibility, command)
    assert said(vault).cents == 165_00
    assert len(texts(vault)) == 1


def test_the_claim_moves_with_the_charge_to_the_right_coverage_and_back(desk, vault):
    furnish(vault)
    who = a_patient(vault, secondary=True)
    (owed,) = charge(desk, who)
    moved = transfer(desk, owed, who.coverage_id, who.secondary_id)
    assert [(row.coverage_id, row.status) for row in rows(vault)] == [
        (who.coverage_id, Status.VOIDED), (who.secondary_id, Status.DRAFT),
    ]  # fmt: skip
    desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), moved.posting_id))
    assert [row.coverage_id for row in rows(vault) if row.status is Status.DRAFT] == [who.coverage_id]


def test_what_the_first_plan_left_over_makes_no_claim_to_the_second_by_itself(desk, vault):
    furnish(vault)
    who = a_patient(vault, secondary=True)
    (owed,) = charge(desk, who)
    transfer(desk, owed, who.coverage_id, who.secondary_id, "patient_share")
    assert [row.status for row in rows(vault)] == [Status.VOIDED]


def test_a_policy_that_comes_to_light_later_gets_its_claim_by_the_transfer(desk, vault, nora):
    (owed,) = charge(desk, nora, self_pay=True)
    transfer(desk, owed, None, nora.coverage_id, "patient_choice")
    assert said(vault).charge_ids == (owed,)


def test_what_is_written_off_whole_leaves_the_draft_until_that_is_taken_back(desk, vault, nora):
    first, second = charge(desk, nora, "99213", "94010")
    done = desk.run(write_off, WriteOff(desk.new_id(), first, 165_00, "courtesy", nora.coverage_id))
    assert said(vault).charge_ids == (second,)
    desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), done.posting_id))
    assert said(vault).charge_ids == (first, second)


# Restrictions


def test_a_restricted_line_leaves_the_draft_and_a_restricted_visit_ends_it(desk, vault, nora):
    first, second = charge(desk, nora, "99213", "94010")
    visit_id = visit_of(vault, first)
    restrict(desk, nora, visit_id, first)
    assert said(vault).charge_ids == (second,)
    restrict(desk, nora, visit_id)
    assert only(vault).status is Status.VOIDED


def test_a_charge_that_is_no_longer_restricted_joins_again_when_somebody_moves_it(desk, vault, nora):
    first, second = charge(desk, nora, "99213", "94010")
    asked = restrict(desk, nora, visit_of(vault, first), first)
    with pytest.raises(Refused):
        transfer(desk, first, None, nora.coverage_id, "patient_choice")
    desk.run(end_by_patient, EndByPatient(desk.new_id(), asked.restriction_ids[0], TODAY, "wrote a letter"))
    transfer(desk, first, None, nora.coverage_id, "patient_choice")
    assert said(vault).charge_ids == (first, second)


def test_a_plan_that_is_kept_out_is_not_named_to_the_other_plan(desk, vault):
    furnish(vault)
    who = a_patient(vault, secondary=True)
    (owed,) = charge(desk, who)
    restrict(desk, who, visit_of(vault, owed), None, (LAKESHORE,))
    row = only(vault)
    assert row.status is Status.DRAFT
    assert refreshed(desk, row) == 1
    assert said(vault).others == ()


# Frozen, and made anew on purpose


def test_no_later_edit_rewrites_what_a_claim_says(desk, vault, nora):
    charge(desk, nora)
    before = texts(vault)
    new_member_id(desk, nora, group_number="G2")
    desk.run(save_payer, SavePayer(desk.new_id(), PayerDetails("Summit Renamed", "SM9", "CI"), SUMMIT))
    held = desk.ask(open_patient, OpenPatient(nora.patient_id))
    details = replace(
        held.patient, last="Whitfield-Ortiz", street="1 New Street", city="Camden", state="ME", zip="04843"
    )
    desk.run(change_patient, ChangePatient(desk.new_id(), nora.patient_id, held.version, details))
    assert texts(vault) == before
    whole = card(desk, only(vault), with_member_id=True)
    assert {each.where for each in whole.differences} == {
        "plan.member_id", "plan.group_number", "plan.payer.name", "plan.payer.code", "patient.last", "patient.street",
        "patient.city", "patient.state", "patient.zip",
    }  # fmt: skip
    [line] = desk.ask(patient_claims, PatientClaims(nora.patient_id))
    assert line.changes == 9


def test_a_draft_is_updated_as_it_was_shown_and_the_old_snapshot_stays(desk, vault, nora):
    charge(desk, nora)
    before = texts(vault)
    new_member_id(desk, nora)
    assert refreshed(desk, only(vault)) == 1
    assert said(vault).plan.member_id == "ZZ9900055"
    assert before.items() < texts(vault).items()
    shown = card(desk, only(vault))
    assert shown.differences == ()
    assert shown.steps[-1].words == "Updated from registration"
    with pytest.raises(Refused, match="nothing to update"):
        refreshed(desk, only(vault))


def test_an_update_is_refused_where_something_changed_since_it_was_shown(desk, vault, nora):
    charge(desk, nora)
    new_member_id(desk, nora)
    shown = card(desk, only(vault)).today
    new_member_id(desk, nora, "YY1")
    with pytest.raises(Refused, match="changed since"):
        desk.run(refresh_claim, RefreshClaim(desk.new_id(), only(vault).id, shown))
    assert said(vault).plan.member_id == "XYZ0000001"


def test_a_policy_that_ended_before_the_service_is_told_with_the_fix(desk, vault, nora):
    charge(desk, nora)
    with vault.writer.begin() as conn:
        conn.execute(update(t.coverage).values(last_day=date(2026, 10, 31)))
    refreshed(desk, only(vault))
    [problem] = card(desk, only(vault)).problems
    assert problem.code == "E02"
    assert problem.text == "Policy ended Oct 31, 2026; service was Nov 18, 2026."


def test_the_payer_of_the_claim_follows_the_update(desk, vault, nora):
    charge(desk, nora)
    with vault.writer.begin() as conn:
        conn.execute(update(t.coverage).values(payer_id=LAKESHORE))
    refreshed(desk, only(vault))
    assert only(vault).payer_id == LAKESHORE


@pytest.mark.parametrize("sql", [
    "UPDATE claim_snapshot SET content = '{}'", "DELETE FROM claim_snapshot", "DELETE FROM claim",
    "UPDATE claim SET coverage_id = 1", "UPDATE claim SET patient_id = 1", "UPDATE claim SET number = 'x'",
    "DELETE FROM claim_line", "UPDATE claim_line SET charge_id = 1", "UPDATE claim_event SET reason = 'x'",
    "DELETE FROM claim_event",
])  # fmt: skip
def test_the_database_itself_refuses_to_rewrite_a_claim(desk, vault, nora, sql):
    charge(desk, nora)
    with pytest.raises(IntegrityError), vault.writer.begin() as conn:
        conn.execute(text(sql))


@pytest.mark.parametrize("to", [each for each in Status if each is not Status.DRAFT])
def test_only_a_draft_can_be_made_anew_also_past_the_program(desk, vault, nora, to):
    charge(desk, nora)
    row = only(vault)
    status(vault, row.id, to)
    with pytest.raises(IntegrityError), vault.writer.begin() as conn:
        conn.execute(text("UPDATE claim SET snapshot_id = snapshot_id"))
    new_member_id(desk, nora)
    assert card(desk, row).today == ""
    with pytest.raises(Refused):
        desk.run(refresh_claim, RefreshClaim(desk.new_id(), row.id, "x"))


def test_a_text_that_is_not_what_was_written_is_told_and_not_shown(desk, vault, nora):
    charge(desk, nora)
    with vault.writer.begin() as conn:
        other = "SELECT 5, replace(content, 'XYZ', 'ABC'), sha256, cents, line_count FROM claim_snapshot"
        conn.execute(text(f"INSERT INTO claim_snapshot {other}"))
        conn.execute(text("UPDATE claim SET snapshot_id = 5"))
    with pytest.raises(Damaged):
        card(desk, only(vault))


def test_the_same_charge_cannot_be_on_two_live_claims_of_a_coverage(desk, vault, nora):
    (owed,) = charge(desk, nora)
    row = only(vault)
    values = {"visit_id": row.visit_id, "patient_id": row.patient_id, "coverage_id": row.coverage_id,
              "payer_id": row.payer_id, "status": "draft",
              "snapshot_id": row.snapshot_id, "made_at": row.made_at}  # fmt: skip
    with pytest.raises(IntegrityError), vault.writer.begin() as conn:
        conn.execute(t.claim.insert().values(id=5, number="9-9", **values))
        conn.execute(t.claim_line.insert().values(claim_id=5, charge_id=owed, coverage_id=row.coverage_id, holds=True))


@pytest.mark.parametrize("to", [Status.BATCHED, Status.SENT, Status.ACCEPTED, Status.PAID])
def test_a_charge_on_a_claim_that_is_out_is_neither_corrected_nor_voided(desk, vault, nora, to):
    (owed,) = charge(desk, nora)
    status(vault, only(vault).id, to)
    for does in (lambda: voided(desk, owed), lambda: corrected(desk, owed, 1_00)):
        with pytest.raises(Refused, match="Claim 1-1"):
            does()
    assert said(vault).cents == 165_00


# Withdrawn, and made for older visits


def test_a_draft_is_withdrawn_with_a_reason_and_not_gathered_again_behind_the_back(desk, vault, nora):
    (owed,) = charge(desk, nora)
    with pytest.raises(Invalid):
        withdrawn(desk, only(vault), " ")
    withdrawn(desk, only(vault))
    assert only(vault).status is Status.VOIDED
    assert card(desk, only(vault)).steps[-1].reason == "The office bills it later"
    corrected(desk, owed, 150_00)
    assert desk.ask(waiting_visits, WaitingVisits()) == 0
    made(desk)
    only(vault)
    with pytest.raises(Invalid):
        withdrawn(desk, only(vault))


def test_a_withdrawn_claim_is_made_again_when_a_person_says_so(desk, vault, nora):
    (owed,) = charge(desk, nora)
    withdrawn(desk, only(vault))
    done = made(desk, visit_of(vault, owed))
    assert (done.claims, done.charges, done.cents) == (1, 1, 165_00)
    assert [row.status for row in rows(vault)] == [Status.VOIDED, Status.DRAFT]
    with pytest.raises(Refused, match="No plan owes"):
        made(desk, visit_of(vault, owed))


def test_visits_from_before_there_were_claims_get_theirs_in_one_go(desk, vault, nora, before_claims):
    for number in range(2, 5):
        charge(desk, a_patient(vault, number), "99213", "94010")
    charge(desk, nora)
    charge(desk, nora, self_pay=True, day=TODAY - timedelta(days=1))
    before_claims()
    assert desk.ask(waiting_visits, WaitingVisits()) == 4
    done = made(desk)
    assert (done.claims, done.charges, done.left) == (4, 7, 0)
    assert done.cents == sum(row.cents for row in rows(vault)) == 3 * 225_00 + 165_00
    again = made(desk)
    assert (again.claims, again.left) == (0, 0)


def test_what_another_system_billed_waits_for_no_claim(desk, vault, nora, before_claims):
    (owed,) = charge(desk, nora)
    before_claims()
    with vault.writer.begin() as conn:
        conn.execute(t.ledger_import.insert().values(
            id=1, kind="history", source="Old", sha256="0", row_count=1, charges=1, zero_charges=0, charged_cents=1,
            paid_cents=0, adjusted_cents=0, first_day=TODAY, last_day=TODAY, command_id=1, made_by=1,
            made_at=desk.clock.now()))  # fmt: skip
        conn.execute(t.ledger_import_row.insert().values(
            id=1, import_id=1, source_ref="a", line=1, kind="charge", claim_ref="", charge_id=owed,
            live=True))  # fmt: skip
    assert desk.ask(waiting_visits, WaitingVisits()) == 0
    corrected(desk, owed, 100_00)
    assert rows(vault) == []


def test_making_claims_can_be_cancelled_and_leaves_nothing(desk, vault, nora, before_claims):
    charge(desk, nora)
    before_claims()

    class Stops(Quiet):
        def step(self, done, total, text=""):
            raise Cancelled

    with pytest.raises(Cancelled):
        desk.run(make_draft_claims, MakeDraftClaims(desk.new_id()), Stops())
    assert rows(vault) == []


# Merges, reading, rights


def test_a_merge_leaves_snapshots_alone_and_the_claims_are_those_of_the_person(desk, vault):
    furnish(vault)
    nora, other = a_patient(vault, insured=False), a_patient(vault, 2, first="Nora", last="Whitfeld")
    charge(desk, other)
    before = texts(vault)
    done = desk.run(merge_patients, MergePatients(desk.new_id(), nora.patient_id, other.patient_id))
    assert texts(vault) == before
    [line] = desk.ask(patient_claims, PatientClaims(nora.patient_id))
    assert line.changes >= 1
    assert refreshed(desk, only(vault)) >= 1
    assert said(vault).patient.last == "Whitfield"
    assert said(vault).account == "1-1"
    desk.run(undo_merge, UndoMerge(desk.new_id(), done))
    assert desk.ask(patient_claims, PatientClaims(nora.patient_id)) == ()
    assert len(desk.ask(patient_claims, PatientClaims(other.patient_id))) == 1


def test_charge_entry_is_told_which_claims_it_made_with_the_member_id_hidden(desk, vault, nora):
    ids = charge(desk, nora, "99213", "94010")
    made = desk.ask(claims_of_visits, ClaimsOfVisits((visit_of(vault, ids[0]),)))
    note = made.only
    assert (made.claims, made.cents) == (1, 225_00)
    assert (note.number, note.payer, note.member_id, note.lines) == ("1-1", "Summit PPO", "•••••0001", 2)
    other = charge(desk, a_patient(vault, 2))
    both = desk.ask(claims_of_visits, ClaimsOfVisits((visit_of(vault, ids[0]), visit_of(vault, other[0]))))
    assert (both.claims, both.cents, both.only) == (2, 390_00, None)


def test_a_member_id_is_shown_whole_only_when_asked_and_that_is_in_the_log(desk, vault, nora):
    charge(desk, nora)
    assert card(desk, only(vault)).member_id == "•••••0001"
    assert card(desk, only(vault), with_member_id=True).member_id == "XYZ0000001"
    with vault.reader.begin() as conn:
        c = t.audit.c
        found = conn.execute(select(c.detail).where(c.action == "claim.open").order_by(c.seq)).scalars().all()
    assert [json.loads(each) if isinstance(each, str) else each for each in found] == [
        {"shown": False},
        {"shown": True},
    ]


def test_what_a_claim_says_is_in_no_log_and_no_stored_result(desk, vault, nora):
    charge(desk, nora)
    new_member_id(desk, nora)
    refreshed(desk, only(vault))
    withdrawn(desk, only(vault))
    with vault.reader.begin() as conn:
        told = [*conn.execute(select(t.audit.c.detail)).scalars(), *conn.execute(select(t.command.c.result)).scalars()]
    every = " ".join(str(each) for each in told)
    assert not any(word in every for word in ("Whitfield", "XYZ0000001", "ZZ9900055", "99213", "M1711", "Summit"))


def test_a_front_desk_sees_the_list_and_no_diagnosis(desk, desk_as, vault, nora):
    charge(desk, nora)
    front = desk_as(Role.FRONT_DESK)
    assert len(front.ask(patient_claims, PatientClaims(nora.patient_id))) == 1
    with pytest.raises(NotAllowed):
        front.ask(open_claim, OpenClaim(only(vault).id))
    with pytest.raises(NotAllowed):
        front.run(void_draft_claim, VoidDraftClaim(front.new_id(), only(vault).id, "x"))


# Laws

EDITS = ("charge", "fee", "void", "move", "back", "member", "name", "refresh", "restrict", "line", "withdraw", "remake",
         "pay", "undo", "writeoff")  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 7)), min_size=1, max_size=14)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_done_snapshots_stay_and_each_charge_is_on_one_claim_of_its_coverage(tmp_path, steps):
    folder = tmp_path / f"claims{next(NUMBERS)}"
    folder.mkdir()
    vault, clock = make_vault(folder), FakeClock()
    try:
        _do(vault, clock, steps)
    finally:
        vault.close()


def _do(vault, clock, steps):
    furnish(vault)
    desk, who = desk_for(vault, person({Role.OWNER}), clock), a_patient(vault, secondary=True)
    charges, seen = list(charge(desk, who, "99213", "94010")), texts(vault)
    for what, number in steps:
        with suppress(Refused):
            _one(desk, vault, who, what, charges[number % len(charges)], number, charges)
        clock.move(minutes=1)
        now = texts(vault)
        assert seen.items() <= now.items()
        seen = now
        _holds(vault)


def _one(desk, vault, who, what, picked, number, charges):
    match what:
        case "charge":
            day = TODAY - timedelta(days=number)
            charges += charge(desk, who, "99213", "36415", day=day, self_pay=number == 7)
        case "fee":
            corrected(desk, picked, number * 10_00)
        case "void":
            voided(desk, picked)
        case "move":
            transfer(desk, picked, who.coverage_id, who.secondary_id if number % 2 else None)
        case "back":
            transfer(desk, picked, None, who.coverage_id)
        case "member":
            new_member_id(desk, who, f"M{number}77")
        case "name":
            held = desk.ask(open_patient, OpenPatient(who.patient_id))
            details = PatientDetails(f"Name{'abcdefgh'[number]}", "Nora", held.patient.birth_date, "F")
            desk.run(change_patient, ChangePatient(desk.new_id(), who.patient_id, held.version, details))
        case "refresh":
            refreshed(desk, rows(vault)[number % len(rows(vault))])
        case "restrict":
            restrict(desk, who, visit_of(vault, picked), None, (SUMMIT,) if number % 2 else ())
        case "line":
            restrict(desk, who, visit_of(vault, picked), picked)
        case "withdraw":
            withdrawn(desk, rows(vault)[number % len(rows(vault))])
        case "remake":
            made(desk, visit_of(vault, picked) if number % 2 else None)
        case "pay":
            pay(desk, who, 10_00 + number)
        case "undo":
            desk.run(undo_last, UndoLast(desk.new_id()))
        case "writeoff":
            desk.run(write_off, WriteOff(desk.new_id(), picked, 165_00, "courtesy", who.coverage_id))


def _holds(vault):
    """Say what is true of all claims at any time."""
    c, lines, line = t.charge.c, t.journal_line.c, t.claim_line.c
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        owed = conn.execute(
            select(lines.charge_id, lines.coverage_id, c.visit_id)
            .join(t.charge, c.id == lines.charge_id)
            .where(lines.account == "receivable", lines.coverage_id.is_not(None))
            .group_by(lines.charge_id, lines.coverage_id, c.visit_id)
            .having(func.sum(lines.cents) > 0)
        ).all()
        on = conn.execute(
            select(line.charge_id, line.coverage_id, t.claim.c.id, t.claim.c.status)
            .join(t.claim, t.claim.c.id == line.claim_id)
            .where(line.holds)
        ).all()
        kept = set(conn.execute(select(t.restriction.c.charge_id, t.coverage.c.id)
                                .join(t.restriction_plan, t.restriction_plan.c.restriction_id == t.restriction.c.id,
                                      isouter=True)
                                .join(t.coverage, t.restriction_plan.c.payer_id.is_(None)
                                      | (t.coverage.c.payer_id == t.restriction_plan.c.payer_id))
                                .where(t.restriction.c.state != "ended",
                                       t.restriction.c.charge_id.is_not(None))).all())  # fmt: skip
        every = [stored.get(conn, each) for each in conn.execute(select(t.claim.c.id)).scalars()]
        amounts = dict(conn.execute(select(c.id, c.amount_cents)).all())
    held = [(row.charge_id, row.coverage_id) for row in on]
    assert len(held) == len(set(held))
    assert {(row.charge_id, row.coverage_id) for row in owed} <= set(held)
    drafts = {row.id: row for row in every if row.status is Status.DRAFT}
    lines_of = {row.id: [each.charge_id for each in on if each.id == row.id] for row in drafts.values()}
    for row in drafts.values():
        snapshot = row.snapshot
        assert sorted(snapshot.charge_ids) == sorted(lines_of[row.id])
        assert snapshot.cents == row.cents == sum(amounts[each] for each in snapshot.charge_ids)
        assert not {(each, row.coverage_id) for each in snapshot.charge_ids} & kept
    assert all(sha256_of(row.content) == row.sha256 and thawed(row.content).patient != Person() for row in every)
    assert {row.status for row in every} <= {Status.DRAFT, Status.VOIDED}
    assert Event.MADE == "XT1"
