"""Merge the records of one patient, and take a merge back: a link, never a rewritten row (BILLING R1, R11).

While a merge stands, everything of both records is shown as one; every row stays with the record it was entered for.
Taken back, each record has exactly what was entered for it; what came after the merge was entered for the one that
survived, and stays there.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.merging import HeldPolicy, Side, alike, check_merge, joins_payers
from medbill_desktop.domain.money import ZERO, Cents, total
from medbill_desktop.domain.names import list_name
from medbill_desktop.domain.patients import ContactKind
from medbill_desktop.domain.problems import Findings, Problem, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import accounts, collections, coverages, merged, merges, patients, plans
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.patients import PatientLine, patient_lines

MOST_PAIRS: Final = 200


@dataclass(frozen=True, slots=True)
class FindAlike:
    """Pairs of records that may be one patient, in the whole practice."""


@dataclass(frozen=True, slots=True)
class Pair:
    earlier: PatientLine
    later: PatientLine
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlikePairs:
    """`found` counts every pair; `pairs` are the surest ones."""

    found: int
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class CompareRecords:
    survivor_id: Id
    merged_id: Id
    guarantor_id: Id | None = None
    one_payer: bool = False


@dataclass(frozen=True, slots=True)
class RecordSide:
    """One of two records, beside the other."""

    patient_id: Id
    account: str
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)
    guarantor_id: Id
    guarantor: str = field(repr=False)
    policies: tuple[str, ...] = field(repr=False)
    counts: dict[str, int]  # rows by kind: coverages, visits, charges, documents, contacts
    owes_cents: Cents
    credit_cents: Cents
    registered_on: date


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records side by side, what stands in the way, and what a merge would do."""

    survivor: RecordSide
    merged: RecordSide
    problems: tuple[Problem, ...] = field(repr=False)
    must_choose_guarantor: bool
    may_be_one_payer: bool  # the guarantors are two records; whether of one person, somebody must say
    will: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MergePatients:
    """Let one record stand for both; `guarantor_id` is who pays from now on, where the two have different ones.

    `one_payer`: their guarantors are one person as well, so that both balances come on one statement. Where each
    patient is their own guarantor this is so in any case.
    """

    id: Id
    survivor_id: Id
    merged_id: Id
    guarantor_id: Id | None = None
    one_payer: bool = False


@dataclass(frozen=True, slots=True)
class UndoMerge:
    id: Id
    merge_id: Id


@dataclass(frozen=True, slots=True)
class ListMerges:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class MergeLine:
    id: Id
    merged_id: Id
    account: str  # of the record that was merged; it still finds the patient
    made_at: datetime
    made_by: str


@query("patient.alike", needs=Permission.MERGE)
def find_alike(read: Reading, asked: FindAlike) -> AlikePairs:
    read.watch.step(0, 2, "Comparing all patients")
    pairs = alike(merges.everyone(read.conn))
    read.watch.step(1, 2, "Listing the pairs")
    chosen = pairs[:MOST_PAIRS]
    ids = list({each for first, second, _ in chosen for each in (first, second)})
    lines = {line.id: line for line in patient_lines(read, ids)}
    made = tuple(Pair(lines[first], lines[second], reasons) for first, second, reasons in chosen)
    return AlikePairs(len(pairs), made)


@query("patient.compare", needs=Permission.MERGE, audit="patient.compare")
def compare_records(read: Reading, asked: CompareRecords) -> Comparison:
    read.entry.about("patient", asked.survivor_id, asked.survivor_id, other=asked.merged_id)
    one, other = _record(read, asked.survivor_id), _record(read, asked.merged_id)
    found = Findings()
    sides = _side(read, one), _side(read, other)
    check_merge(*sides, asked.guarantor_id, found, one_payer=asked.one_payer)
    shown = _shown(read, one), _shown(read, other)
    problems = tuple(each for each in found.problems if each.code != "guarantor")
    must = len(problems) < len(found.problems)
    unsaid = sides[0].guarantor_id != sides[1].guarantor_id and not joins_payers(*sides, False)
    return Comparison(*shown, problems, must, unsaid, _will(*shown, *sides, asked.one_payer))


@usecase("patient.merge", needs=Permission.MERGE, topics={"patients", "ledger", "visits", "documents", "statements"})
def merge_patients(work: Work, cmd: MergePatients) -> Id:
    """Return the id of the merge, by which it is taken back."""
    kept, gone = _record(work, cmd.survivor_id), _record(work, cmd.merged_id)
    found, one, other = Findings(), _side(work, kept), _side(work, gone)
    check_merge(one, other, cmd.guarantor_id, found, one_payer=cmd.one_payer)
    found.raise_stops()
    chosen = cmd.guarantor_id or one.guarantor_id
    left = other.guarantor_id if chosen == one.guarantor_id else one.guarantor_id
    row = merges.MergeRow(
        work.new_id(), kept.id, gone.id, kept.guarantor_id, kept.relationship,
        kept.guarantor_id if chosen == one.guarantor_id else chosen,
        kept.relationship if chosen == one.guarantor_id else other.relationship,
        left if joins_payers(one, other, cmd.one_payer) else None, work.user.id, work.now,
    )  # fmt: skip
    merges.add(work.conn, row)
    work.entry.about(
        "merge", row.id, kept.id, merged=gone.id, guarantor_before=row.guarantor_before,
        guarantor_after=row.guarantor_after, joined=row.guarantor_joined or 0,
    )  # fmt: skip
    work.also("patient.merge", "patient", gone.id, gone.id, into=kept.id)
    return row.id


@usecase("patient.unmerge", needs=Permission.MERGE, topics={"patients", "ledger", "visits", "documents", "statements"})
def undo_merge(work: Work, cmd: UndoMerge) -> None:
    row = merges.find(work.conn, cmd.merge_id)
    if row is None:
        raise Refused("This merge is not there. Nothing was changed.")
    if row.undone_at is not None:
        raise Refused("This merge was taken back already. Nothing was changed.")
    if merges.later(work.conn, row):
        raise Refused("Another record was merged into this one later. Take that merge back first.")
    merges.undo(work.conn, row, work.user.id, work.now)
    work.entry.about("merge", row.id, row.survivor_id, merged=row.merged_id)
    work.also("patient.unmerge", "patient", row.merged_id, row.merged_id, out_of=row.survivor_id)


@query("patient.merges", needs=Permission.VIEW_ACCOUNT)
def list_merges(read: Reading, asked: ListMerges) -> tuple[MergeLine, ...]:
    """The merges that stand for this patient."""
    return tuple(
        MergeLine(row.id, row.merged_id, account, row.made_at, by)
        for row, account, by in merges.of_patient(read.conn, asked.patient_id)
    )


def _record(read: Reading, patient_id: Id) -> patients.PatientRecord:
    record = patients.find(read.conn, patient_id)
    if record is None:
        raise Refused("This patient is not in this practice.")
    if merged.survivor(read.conn, patient_id) != patient_id:
        raise Refused("This record was merged into another one already. Open that one.")
    return record


def _side(read: Reading, record: patients.PatientRecord) -> Side:
    d = record.details
    policies = tuple(
        HeldPolicy(
            row.payer_id, row.payer_name, row.details.member_id, row.rank, row.first_day, row.last_day,
        )
        for row in coverages.of_patient(read.conn, record.id)
    )  # fmt: skip
    confidential = tuple(
        (c.street, c.street2, c.city, c.state, c.zip, c.phone, str(c.allowed))
        for each in patients.contacts(read.conn, record.id)
        if (c := each.details).kind == ContactKind.CONFIDENTIAL
        and c.first_day <= read.today
        and (c.last_day is None or c.last_day >= read.today)
    )
    payer = merged.payer_of_bills(read.conn, record.guarantor_id)
    running = (
        ("a payment plan that runs", plans.live_of(read.conn, payer) is not None),
        ("a case at the collection agency", collections.is_live(read.conn, payer)),
    )
    agreements = tuple(words for words, runs in running if runs)
    return Side(record.id, d.birth_date, d.sex, payer, record.relationship, policies, confidential, agreements)


def _shown(read: Reading, record: patients.PatientRecord) -> RecordSide:
    d = record.details
    guarantor = patients.find_guarantor(read.conn, merged.payer_of_bills(read.conn, record.guarantor_id))
    if guarantor is None:
        raise Refused("This patient's guarantor is missing.")
    sums = accounts.sums_of_patient(read.conn, record.id).values()
    rows = coverages.of_patient(read.conn, record.id)
    address = ", ".join(part for part in (d.street, d.street2, d.city, f"{d.state} {d.zip}".strip()) if part)
    return RecordSide(
        record.id, record.account, list_name(d.last, d.first, d.middle, d.suffix), d.birth_date, d.sex, d.phone,
        address, guarantor.id, guarantor.details.mailing_name,
        tuple(f"{row.payer_name} …{row.details.member_id[-4:]}" for row in rows), merges.rows_of(read.conn, record.id),
        total(each.owes_cents for each in sums), accounts.credits(read.conn, [guarantor.id]).get(guarantor.id, ZERO),
        record.created_at.date(),
    )  # fmt: skip


def _will(kept: RecordSide, gone: RecordSide, one: Side, other: Side, one_payer: bool) -> tuple[str, ...]:
    moved = ", ".join(f"{name} {count}" for name, count in gone.counts.items() if count) or "nothing yet"
    said = [
        f"Account {kept.account} stands for both. Account {gone.account} still finds the patient.",
        f"What was entered for {gone.account} is shown with it: {moved}. No posted line changes.",
    ]
    if one.guarantor_id != other.guarantor_id:
        said.append(
            "Both balances come on one statement from now on." if joins_payers(one, other, one_payer)
            else "What is owed already stays with who owes it; new charges go to the guarantor chosen."
        )  # fmt: skip
    said.append("The merge can be taken back; what is entered after it then stays with this account.")
    return tuple(said)
