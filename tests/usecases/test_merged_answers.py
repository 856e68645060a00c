"""Whoever asks for a record that was merged is told of the person: every query that there is (BILLING R1)."""

import dataclasses
from datetime import date, timedelta
from typing import get_type_hints

import pytest
from sqlalchemy import select

from medbill_desktop.domain.authorizations import AuthorizationDetails
from medbill_desktop.domain.callers import Caller
from medbill_desktop.domain.patients import ContactDetails, Flag
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.scans import DocumentKind
from medbill_desktop.storage import audit_facts, collections, plans, work_queues
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.authorizations import (
    AddReferral,
    PatientAuthorizations,
    RemoveAuthorization,
    SaveAuthorization,
    add_referral,
    patient_authorizations,
    remove_authorization,
    save_authorization,
)
from medbill_desktop.usecases.declare import Ask
from medbill_desktop.usecases.documents import AddDocument, DocumentDetails, add_document
from medbill_desktop.usecases.merging import CompareRecords, MergePatients, compare_records, merge_patients
from medbill_desktop.usecases.patients import (
    NewPatient,
    OpenPatient,
    SaveContact,
    SetFlag,
    open_patient,
    save_contact,
    set_flag,
)
from medbill_desktop.usecases.plans import MakePlan, PlanTerms, make_plan
from medbill_desktop.usecases.refunds import ListCredits, list_credits
from medbill_desktop.usecases.small_balances import (
    ListSmallBalances,
    WriteOffSmall,
    list_small_balances,
    write_off_small,
)
from medbill_desktop.usecases.watching import AskWatched, WatchPatient, patient_watched, watch_patient
from tests.ledger_rows import PLACE, PROVIDER, SUMMIT, a_patient, charge, furnish, pay
from tests.people import a_coverage, a_visit, patient_details
from tests.scans import a_picture
from tests.usecases.test_roles import CASES

TODAY = date(2026, 11, 18)
ASKED_FOR = ("patient_id", "guarantor_id")
TAKES = {
    name: hints[-1]
    for name, case in CASES.items()
    if isinstance(case, Ask) and (hints := [at for key, at in get_type_hints(case.body).items() if key != "return"])
}
# What else these need; a new query with more fields than an id is named here once.
MORE = {
    "caller.may_be_said": {"caller": Caller.PATIENT, "passed": True},
    "coverage.check": {"coverage": a_coverage(SUMMIT, "NEW-1", date(2026, 12, 1))},
    "patient.check": {"new": NewPatient(patient_details())},
}
# Asked on purpose about one of two records, and refused with words where it stands for nobody any more.
OF_ONE_RECORD = {"patient.compare"}
# What stands once where there were two: a person among the people, and not among what a person has.
ONCE = {"guarantor.family", "patient.open"}
CASES_BY_ID = sorted(
    (name, field)
    for name, takes in TAKES.items()
    if dataclasses.is_dataclass(takes) and name not in OF_ONE_RECORD
    for field in get_type_hints(takes)
    if field in ASKED_FOR and not (name == "payment.form" and field == "patient_id")
)


@pytest.fixture
def office(vault):
    furnish(vault)
    return vault


def merge(desk, one, other, **more):
    return desk.run(merge_patients, MergePatients(desk.new_id(), one.patient_id, other.patient_id, **more))


def authorization(number="A-1"):
    return AuthorizationDetails(SUMMIT, number, 4, TODAY - timedelta(days=40), TODAY + timedelta(days=40))


@pytest.fixture
def two(desk, office, tmp_path):
    """One person registered twice, with something of every kind on both records."""
    folk = [a_patient(office, 1), a_patient(office, 2, insured=False)]
    for at, who in enumerate(folk):
        charge(desk, who, "99213", self_pay=True, day=TODAY - timedelta(days=at))
        pay(desk, who, 200_00)
        a_visit(desk, who.patient_id, PROVIDER, PLACE)
        desk.run(save_authorization, SaveAuthorization(desk.new_id(), who.patient_id, authorization(f"A-{at}")))
        desk.run(add_referral, AddReferral(desk.new_id(), who.patient_id, PROVIDER, TODAY))
        person = ContactDetails("person", TODAY, name=f"Ruth {at}", permission="may be told")
        desk.run(save_contact, SaveContact(desk.new_id(), who.patient_id, person))
        path = tmp_path / f"{at}.png"
        path.write_bytes(a_picture(color="white" if at else "black"))
        details = DocumentDetails(DocumentKind.CARD_FRONT, TODAY)
        desk.run(add_document, AddDocument(desk.new_id(), who.patient_id, str(path), details))
    return folk


def answer(desk, name, field, who):
    return desk.ask(CASES[name], TAKES[name](**{field: getattr(who, field)}, **MORE.get(name, {})))


def things(found, inside=False):
    """Return the ids of everything listed in an answer, whatever it is; patients and payers of bills apart."""
    if isinstance(found, tuple | list):
        return {each for item in found for each in things(item, True)}
    if not dataclasses.is_dataclass(found):
        return set()
    out = set()
    for part in dataclasses.fields(found):
        value = getattr(found, part.name)
        named = part.name == "id" or (part.name.endswith("_id") and part.name not in (*ASKED_FOR, "merged_id"))
        out |= {value} if inside and named and isinstance(value, int) else things(value, inside)
    return out


@pytest.mark.parametrize(("name", "field"), CASES_BY_ID)
def test_a_merged_record_answers_as_the_one_that_stands_for_it_and_nothing_is_missing(desk, two, name, field):
    one, other = two
    before = things(answer(desk, name, field, one)) | things(answer(desk, name, field, other))
    merge(desk, one, other)
    whole, same = answer(desk, name, field, one), answer(desk, name, field, other)
    if name == "audit.read":  # asking is itself a row
        same = tuple(each for each in same if each.seq <= whole[0].seq)
        assert {one.patient_id, other.patient_id} <= {each.patient_id for each in same}
    assert (
        whole == same
        if name != "payment.form"
        else dataclasses.replace(whole, guarantor_id=0) == (dataclasses.replace(same, guarantor_id=0))
    )
    if name not in ONCE:
        assert before <= things(whole)


def test_the_queries_about_one_person_are_found():
    assert {name for name, _ in CASES_BY_ID} >= {
        "account.explain", "account.open", "audit.read", "authorization.list", "document.list", "guarantor.family",
        "patient.open", "patient.watched", "payment.form", "statement.of_guarantor", "visit.patient",
    }  # fmt: skip
    assert TAKES.keys() >= OF_ONE_RECORD


def test_an_authorization_of_the_merged_record_is_changed_and_taken_out_through_the_other(desk, two):
    one, other = two
    held = desk.ask(patient_authorizations, PatientAuthorizations(other.patient_id)).authorizations[0]
    merge(desk, one, other)
    details = dataclasses.replace(authorization(), number="B-9")
    desk.run(save_authorization, SaveAuthorization(desk.new_id(), one.patient_id, details, held.id))
    shown = desk.ask(patient_authorizations, PatientAuthorizations(one.patient_id)).authorizations
    assert {each.authorization.details.number for each in shown} == {"A-0", "B-9"}
    desk.run(remove_authorization, RemoveAuthorization(desk.new_id(), one.patient_id, held.id))
    assert len(desk.ask(patient_authorizations, PatientAuthorizations(other.patient_id)).authorizations) == 1


@pytest.mark.parametrize("on_merged", [True, False])
def test_a_watch_on_either_record_is_a_watch_on_the_person_and_ends_for_both(desk, office, two, on_merged):
    one, other = two
    desk.run(watch_patient, WatchPatient(desk.new_id(), (other if on_merged else one).patient_id, True))
    merge(desk, one, other)
    with office.reader.begin() as conn:
        known = audit_facts.patients(conn, [one.patient_id, other.patient_id])
    assert all(each.watches for each in known.values())
    assert all(known[who.patient_id].reasons >= {TODAY, TODAY - timedelta(days=1)} for who in two)
    desk.run(watch_patient, WatchPatient(desk.new_id(), one.patient_id, False))
    assert not any(desk.ask(patient_watched, AskWatched(who.patient_id)) for who in two)


def test_credit_and_debts_of_a_person_are_counted_once(desk, office, two):
    one, other = two
    merge(desk, one, other)
    with office.reader.begin() as conn:
        held, owing = work_queues.credits_held(conn), work_queues.may_get_statement(conn, 1, TODAY)
    assert (held.count, held.cents) == (1, 70_00)
    assert owing.count == 0
    assert {each.guarantor_id for each in desk.ask(list_credits, ListCredits()).rows} == {one.guarantor_id}


def test_a_small_balance_of_both_is_written_off_where_it_stands(desk, office, clock):
    one, other = (a_patient(office, n, insured=False) for n in (1, 2))
    for who, rest in ((one, 2_00), (other, 1_50)):
        charge(desk, who, "36415", self_pay=True)
        pay(desk, who, 12_00 - rest)
    merge(desk, one, other)
    clock.move(days=120)
    (row,) = desk.ask(list_small_balances, ListSmallBalances())
    assert (row.guarantor_id, row.cents) == (one.guarantor_id, 3_50)
    done = desk.run(write_off_small, WriteOffSmall(desk.new_id(), (row.guarantor_id,), 3_50))
    assert (done.charges, done.cents) == (2, 3_50)
    lines = t.journal_line.c
    with office.reader.begin() as conn:
        written = select(lines.guarantor_id, lines.cents).where(lines.reason == "small_balance", lines.cents > 0)
        assert set(conn.execute(written)) == {(one.guarantor_id, 2_00), (other.guarantor_id, 1_50)}


def plan(desk, who, cents=100_00):
    return desk.run(make_plan, MakePlan(desk.new_id(), PlanTerms(who.guarantor_id, cents, 4, TODAY)))


def test_a_plan_counts_what_either_record_pays_and_two_plans_wait_for_a_person(desk, office):
    one, other = (a_patient(office, n, insured=False) for n in (1, 2))
    for who in (one, other):
        charge(desk, who, "99213", self_pay=True)
    plan(desk, other)
    merge_id = merge(desk, one, other)
    assert merge_id
    desk.clock.move(hours=1)
    pay(desk, one, 30_00)
    with office.reader.begin() as conn:
        assert plans.live_of(conn, one.guarantor_id).facts.paid_cents == 30_00
        assert list(plans.next_due(conn, TODAY)) == [one.guarantor_id]
    with pytest.raises(Invalid, match="A plan runs already"):
        plan(desk, one)
    third = a_patient(office, 3, insured=False)
    charge(desk, third, "99213", self_pay=True)
    plan(desk, third)
    shown = desk.ask(compare_records, CompareRecords(one.patient_id, third.patient_id))
    assert "Both guarantors have a payment plan that runs." in [each.text for each in shown.problems]
    with pytest.raises(Invalid, match="End one of the two, then merge"):
        merge(desk, one, third)


def test_an_account_goes_to_an_agency_as_one_with_every_flag_of_both(desk, office, two):
    one, other = two
    desk.run(set_flag, SetFlag(desk.new_id(), other.guarantor_id, Flag.DISPUTE, TODAY))
    merge(desk, one, other)
    with office.reader.begin() as conn:
        [mine], [same] = (collections.candidates(conn, TODAY, [who.guarantor_id]) for who in two)
    assert mine == same
    assert (mine.guarantor_id, mine.dispute) == (one.guarantor_id, True)
    desk.run(set_flag, SetFlag(desk.new_id(), one.guarantor_id, Flag.DISPUTE, None))
    assert desk.ask(open_patient, OpenPatient(one.patient_id)).guarantor.flags == {}


def test_guarantors_of_two_children_are_one_where_a_person_says_so(desk, office):
    mothers = [a_patient(office, n, insured=False, first="Ruth") for n in (1, 2)]
    ana, again = (a_patient(office, n + 2, insured=False, guarantor_id=mothers[n - 1].guarantor_id) for n in (1, 2))
    with office.writer.begin() as conn:
        mine = t.patient.c.id.in_([ana.patient_id, again.patient_id])
        conn.execute(t.patient.update().where(mine).values(relationship="child"))
    asked = CompareRecords(ana.patient_id, again.patient_id, mothers[0].guarantor_id)
    shown = desk.ask(compare_records, asked)
    assert shown.may_be_one_payer
    assert not any("one statement" in each for each in shown.will)
    shown = desk.ask(compare_records, dataclasses.replace(asked, one_payer=True))
    assert any("Both balances come on one statement" in each for each in shown.will)
    merge(desk, ana, again, guarantor_id=mothers[0].guarantor_id, one_payer=True)
    with pytest.raises(Refused, match="merged into another one already"):
        desk.ask(compare_records, asked)
