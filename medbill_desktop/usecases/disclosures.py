"""Authorizations to disclose, what was disclosed, and the accounting of it (SECURITY H30, H38)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.documents.plain_sheet import PlainSheet, plain_sheet_pdf
from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.disclosures import (
    BASES,
    YEARS,
    AuthorizationToDisclose,
    DisclosureDetails,
    Held,
    accounted,
    accounting_from,
    check_authorization,
    check_disclosure,
)
from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import full_name
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs, merged, patients, payments, privacy, restrictions, visits
from medbill_desktop.storage.tables import payer
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class HeldLine:
    """An authorization; `why_not` says why it does not hold today."""

    id: Id
    held: Held = field(repr=False)
    why_not: str


@dataclass(frozen=True, slots=True)
class AuthorizeDisclosure:
    id: Id
    patient_id: Id
    details: AuthorizationToDisclose = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndAuthorization:
    """`ending` is `revoked`, or `event` where what ends it has happened."""

    id: Id
    patient_id: Id
    authorization_id: Id
    ending: str
    on: date


@dataclass(frozen=True, slots=True)
class NoteDisclosure:
    """Something of a record is disclosed; `restrictions_read` says that it is not against what was agreed."""

    id: Id
    patient_id: Id
    details: DisclosureDetails = field(repr=False)
    restrictions_read: bool = False


@dataclass(frozen=True, slots=True)
class Accounting:
    """The list that a patient may ask for: six years back."""

    patient_id: Id


def held_lines(read: Reading, patient_id: Id) -> tuple[HeldLine, ...]:
    """Return a patient's authorizations to disclose, each with why it does not hold today."""
    held = privacy.authorizations(read.conn, patient_id)
    return tuple(HeldLine(each.id, each, each.why_not(read.today)) for each in held)


@usecase("disclosure.authorize", needs=Permission.REGISTER, topics={"privacy"})
def authorize_disclosure(work: Work, cmd: AuthorizeDisclosure) -> Id:
    """Keep what the patient signed."""
    found = Findings()
    made = tidied(cmd.details, Form(found))
    check_authorization(made, work.today, found)
    _check_patient(work, cmd.patient_id)
    found.raise_stops()
    new_id = work.new_id()
    privacy.add_authorization(work.conn, new_id, cmd.patient_id, made, work.user.id, work.now)
    work.entry.about("authorization", new_id, cmd.patient_id)
    return new_id


@usecase("disclosure.revoke", needs=Permission.REGISTER, topics={"privacy"})
def end_authorization(work: Work, cmd: EndAuthorization) -> None:
    """Revoke an authorization, or say that its event has come; what was disclosed before stays (164.508(b)(5))."""
    held = _held(work, cmd.patient_id, cmd.authorization_id)
    if held is None:
        raise Refused("This authorization is not there.")
    if held.ended_on is not None:
        raise Refused("This authorization has ended already.")
    found = Findings()
    if cmd.ending not in ("revoked", "event"):
        found.stop("ending", "ending", "Choose how it ended.")
    if not held.details.signed_on <= cmd.on <= work.today:
        found.stop("day", "on", "It can't have ended on that day.", "Type the day on the paper.")
    found.raise_stops()
    privacy.end_authorization(work.conn, held.id, cmd.on, work.user.id, cmd.ending)
    work.entry.about("authorization", held.id, cmd.patient_id, ending=cmd.ending)


@usecase("disclosure.note", needs=Permission.REGISTER, topics={"privacy"})
def note_disclosure(work: Work, cmd: NoteDisclosure) -> Id:
    """Note a disclosure before it leaves; refused where an authorization, a promise or a restriction forbids it."""
    found = Findings()
    made = tidied(cmd.details, Form(found))
    _check_patient(work, cmd.patient_id)
    _check_named(work, cmd.patient_id, made, found)
    held = None if made.authorization_id is None else _held(work, cmd.patient_id, made.authorization_id)
    agreed = privacy.agreed(work.conn, cmd.patient_id)
    kept = [row.rule for row in restrictions.of_patient(work.conn, cmd.patient_id)]
    check_disclosure(made, work.today, held, agreed, kept, cmd.restrictions_read, found)
    found.raise_stops()
    new_id = work.new_id()
    privacy.add_disclosure(work.conn, new_id, cmd.patient_id, made, work.user.id, work.now)
    work.entry.about("disclosure", new_id, cmd.patient_id, basis=made.basis)
    return new_id


@query("disclosure.accounting", needs=Permission.VIEW_ACCOUNT, audit="disclosure.accounting", emergency=False)
def accounting_pdf(read: Reading, asked: Accounting) -> bytes:
    """Return the accounting of disclosures as a letter page: date, to whom, what and why (164.528(b)(2))."""
    record = patients.find(read.conn, merged.survivor(read.conn, asked.patient_id))
    if record is None:
        raise Refused("This patient is not there. Find the patient again.")
    first = accounting_from(read.today)
    rows = [row for row in privacy.disclosures(read.conn, asked.patient_id, first) if accounted(row.details.basis)]
    read.entry.about("patient", asked.patient_id, asked.patient_id, disclosures=len(rows))
    d, practice = record.details, payments.practice_block(read.conn)
    facts = (("For", full_name(d.last, d.first, d.middle, d.suffix)), ("Account", record.account),
             ("From", show_date(first)), ("To", show_date(read.today)))  # fmt: skip
    said = tuple(_said(at, row.details) for at, row in enumerate(reversed(rows), 1))
    none = f"In the last {YEARS} years nothing was disclosed that has to be accounted for."
    rule = (
        "Not listed: what was disclosed for treatment, payment and operations, to you, or as you authorized it"
        " (45 CFR 164.528(a)(1))."
    )
    lines = (*practice.lines, show_phone(practice.phone))
    return plain_sheet_pdf(
        PlainSheet("Accounting of disclosures", practice.name, lines, facts, (), (*(said or (none,)), rule))
    )


def _said(at: int, details: DisclosureDetails) -> str:
    where = f", {details.address}" if details.address else ""
    return (
        f"{at}. {say_date(details.made_on)}, to {details.to_whom}{where}. What: {details.what}. Why: {details.why}."
        f" Ground: {BASES[details.basis]}."
    )


def _held(read: Reading, patient_id: Id, authorization_id: Id) -> Held | None:
    mine = privacy.authorizations(read.conn, patient_id)
    return next((each for each in mine if each.id == authorization_id), None)


def _check_patient(work: Work, patient_id: Id) -> None:
    if not patients.lives(work.conn, [patient_id]):
        raise Refused("This patient is not there. Find the patient again.")


def _check_named(work: Work, patient_id: Id, details: DisclosureDetails, found: Findings) -> None:
    if details.payer_id is not None and not catalogs.known_ids(work.conn, payer, [details.payer_id]):
        found.stop("payer", "payer_id", "Choose a plan that there is.")
    if details.visit_id is not None:
        visit = visits.find(work.conn, details.visit_id)
        if visit is None or visit.patient_id not in merged.patients(work.conn, patient_id):
            found.stop("visit", "visit_id", "This visit is not one of this patient.", "Choose the visit again.")
