"""The card for a caller: two things that match, then what may be said to whom (SECURITY H31)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from medbill_desktop.domain.callers import IDENTIFIERS, Asked, Caller, may_be_said, passes
from medbill_desktop.domain.checks import show_phone, show_zip
from medbill_desktop.domain.dates import age_on, show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import full_name
from medbill_desktop.domain.patients import ADULT, ContactDetails, ContactKind
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import merged, patients, privacy, restrictions
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class CallerCardOf:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class Identifier:
    """What the caller should know; of a social security number the last four only."""

    key: str
    words: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallerCard:
    patient_id: Id
    identifiers: tuple[Identifier, ...] = field(repr=False)
    people: tuple[str, ...] = field(repr=False)  # whom the patient named
    wishes: tuple[str, ...] = field(repr=False)  # permissions, in one line each


@dataclass(frozen=True, slots=True)
class CheckCaller:
    """`matched` are keys of IDENTIFIERS of domain/callers: what the caller said and the record says as well."""

    id: Id
    patient_id: Id
    caller: Caller
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedCaller:
    passed: bool


@dataclass(frozen=True, slots=True)
class MayBeSaid:
    patient_id: Id
    caller: Caller
    passed: bool


@query("caller.card", needs=Permission.VIEW_ACCOUNT, audit="caller.card")
def caller_card(read: Reading, asked: CallerCardOf) -> CallerCard:
    record = _found(read, asked.patient_id)
    read.entry.about("patient", record.id, record.id)
    d = record.details
    where = ", ".join(each for each in (d.street, d.city, d.state, show_zip(d.zip)) if each)
    held = {
        "name_birth": f"{full_name(d.last, d.first, d.middle, d.suffix)}, {show_date(d.birth_date)}",
        "address": where if d.street else "", "phone": show_phone(d.phone) if d.phone else "",
        "ssn4": d.ssn[-4:] if d.ssn else "", "account": record.account,
    }  # fmt: skip
    contacts = list(_in_force(read, record.id))
    people = tuple(
        f"{each.name}, {each.relationship}".strip(", ") for each in contacts if each.kind == ContactKind.PERSON
    )
    wishes = tuple(
        f"{each.permission}: {'yes' if each.allowed else 'no'}"
        for each in contacts
        if each.kind == ContactKind.PERMISSION
    )
    known = tuple(Identifier(key, IDENTIFIERS[key], value) for key, value in held.items() if value)
    return CallerCard(record.id, known, people, wishes)


@usecase("caller.check", needs=Permission.REGISTER, topics={"callers"})
def check_caller(work: Work, cmd: CheckCaller) -> CheckedCaller:
    """Write down who called and how many things matched, never what was said."""
    record = _found(work, cmd.patient_id)
    found = Findings()
    if cmd.caller not in set(Caller):
        found.stop("caller", "caller", "Choose who is calling.")
    if not set(cmd.matched) <= IDENTIFIERS.keys():
        found.stop("matched", "matched", "Choose from what the card shows.")
    found.raise_stops()
    passed, matched = passes(cmd.matched), sorted(set(cmd.matched))
    privacy.add_check(work.conn, id=cmd.id, patient_id=record.id, caller=str(cmd.caller), matched=" ".join(matched),
                      passed=passed, checked_by=work.user.id, checked_at=work.now)  # fmt: skip
    work.entry.about("patient", record.id, record.id, caller=str(cmd.caller), matched=len(matched), passed=passed)
    return CheckedCaller(passed)


@query("caller.may_be_said", needs=Permission.VIEW_ACCOUNT)
def what_may_be_said(read: Reading, asked: MayBeSaid) -> tuple[tuple[bool, str], ...]:
    """Return (yes or no, words); nothing of the record stands in them."""
    record = _found(read, asked.patient_id)
    contacts = list(_in_force(read, record.id))
    permissions = [each for each in contacts if each.kind == ContactKind.PERMISSION]
    wishes = Asked(
        confidential=any(each.kind == ContactKind.CONFIDENTIAL for each in contacts),
        talk_allowed=any(each.permission == "talk" and each.allowed for each in permissions),
        minor=age_on(record.details.birth_date, read.today) < ADULT,
        restricted=any(row.rule.stops for row in restrictions.of_patient(read.conn, record.id)),
        agreed=bool(privacy.agreed(read.conn, record.id)),
    )
    return may_be_said(asked.caller, asked.passed, wishes)


def _found(read: Reading, patient_id: Id) -> patients.PatientRecord:
    record = patients.find(read.conn, merged.survivor(read.conn, patient_id))
    if record is None:
        raise Refused("This patient is not there. Find the patient again.")
    return record


def _in_force(read: Reading, patient_id: Id) -> Iterable[ContactDetails]:
    for each in patients.contacts(read.conn, patient_id):
        d = each.details
        if d.first_day <= read.today and (d.last_day is None or d.last_day >= read.today):
            yield d
