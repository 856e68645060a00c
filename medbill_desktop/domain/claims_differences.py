"""What changed since a claim was made, each thing named in plain words (BILLING E55)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from typing import Any, Final

from medbill_desktop.domain.charges import show_icd10
from medbill_desktop.domain.claims_snapshot import Plan, Service, Snapshot
from medbill_desktop.domain.coverages import rank_word
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents

MEMBER_ID: Final = "member_id"
_WHOSE: Final = {
    "": "", "patient": "Patient's", "plan": "Policy's", "plan.subscriber": "Subscriber's", "plan.payer": "Payer's",
    "billing": "Practice's", "rendering": "Provider's", "referring": "Referring provider's", "site": "Place's",
}  # fmt: skip
_FIELDS: Final = {
    "account": "account number", "accepts": "acceptance of assignment", "assignment_on": "assignment of benefits",
    "authorization": "authorization", "birth": "birth date", "cents": "amount", "city": "city",
    "clia": "CLIA number", "code": "code", "code_release": "release of the code", "control_number": "control number",
    "credential": "credential", "description": "description", "died": "date of death", "filing": "filing indicator",
    "first": "first name", "first_day": "first day", "group_name": "group name", "group_number": "group number",
    "last": "last name", "last_day": "last day", MEMBER_ID: "member id", "middle": "middle name",
    "minutes": "minutes", "modifiers": "modifiers", "msp_reason": "reason why Medicare pays second", "name": "name",
    "ndc": "drug number", "ndc_thousandths": "amount of the drug", "ndc_unit": "unit of the drug", "npi": "NPI",
    "number": "referral number", "order": "place in the order of plans", "phone": "phone", "pointers": "diagnoses",
    "pos": "place of service code", "relationship": "relationship", "release_on": "release of information",
    "sex": "sex", "state": "state", "street": "street", "street2": "second address line", "suffix": "suffix",
    "taxonomy": "taxonomy", "tin": "tax number", "units": "units", "zip": "ZIP code",
}  # fmt: skip
_OWN_WORDS: Final = {"plan.payer.code": "payer id"}
_LINE_WORDS: Final = {"first": "first day", "last": "last day"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the claim says otherwise than today's data; `where` is the field of the snapshot."""

    where: str
    what: str = field(repr=False)
    was: str = field(repr=False)
    now: str = field(repr=False)

    @property
    def sentence(self) -> str:
        if not self.was:
            return f"{self.what}: was empty, is {self.now} now."
        return f"{self.what}: was {self.was}, is {self.now or 'empty'} now."


def differences(was: Snapshot, now: Snapshot) -> tuple[Difference, ...]:
    """Name everything in which a snapshot is not what would be made of today's data."""
    return (*_of_head(was, now), *_of_others(was.others, now.others), *_of_lines(was, now))


def masked(difference: Difference) -> Difference:
    """Return it with all but the end of a member id hidden (UX 7)."""
    if not difference.where.endswith(MEMBER_ID):
        return difference
    return Difference(difference.where, difference.what, hidden(difference.was), hidden(difference.now))


def hidden(member_id: str) -> str:
    """Return a member id with all but its last four signs hidden."""
    return member_id if len(member_id) <= 4 else "•" * 5 + member_id[-4:]


def _of_head(was: Snapshot, now: Snapshot) -> Iterator[Difference]:
    before = dict(_leaves("", was))
    after = dict(_leaves("", now))
    for where in before:
        if before[where] != after[where]:
            yield Difference(where, _label(where), before[where], after[where])
    codes = [", ".join(show_icd10(each) for each in every) for every in (was.diagnoses, now.diagnoses)]
    if codes[0] != codes[1]:
        yield Difference("diagnoses", "Diagnoses", *codes)


def _leaves(prefix: str, noun: Any) -> Iterator[tuple[str, str]]:
    """Yield every field of the head with its words; lists, ids and the layout are compared otherwise or not at all."""
    for each in fields(noun):
        value = getattr(noun, each.name)
        where = f"{prefix}{each.name}"
        if is_dataclass(value):
            yield from _leaves(f"{where}.", value)
        elif not isinstance(value, tuple) and each.name not in ("id", "coverage_id", "layout", "diagnosis_release"):
            yield where, _said(each.name, value)


def _said(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return show_date(value)
    if name == "cents":
        return format_cents(value)
    if name == "order":
        return rank_word(value)
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    return str(value)


def _label(where: str) -> str:
    whose, _, name = where.rpartition(".")
    words = _OWN_WORDS.get(where, _FIELDS.get(name, name))
    owner = _WHOSE.get(whose, "")
    return f"{owner} {words}" if owner else words[:1].upper() + words[1:]


def _of_others(was: Sequence[Plan], now: Sequence[Plan]) -> Iterator[Difference]:
    before: Mapping[Id, Plan] = {each.coverage_id: each for each in was}
    after: Mapping[Id, Plan] = {each.coverage_id: each for each in now}
    for coverage_id in (*before, *(each for each in after if each not in before)):
        old, new = before.get(coverage_id), after.get(coverage_id)
        if old is None or new is None:
            names = ("" if each is None else each.payer.name or "a plan without a name" for each in (old, new))
            yield Difference(f"others.{coverage_id}", "Other plan of that day", *names)
            continue
        olds, news = dict(_leaves("", old)), dict(_leaves("", new))
        for where in olds:
            if olds[where] != news[where]:
                words = _label(f"plan.{where}")
                said = words[:1].lower() + words[1:]
                yield Difference(f"others.{where}", f"{new.payer.name}, {said}", olds[where], news[where])


def _of_lines(was: Snapshot, now: Snapshot) -> Iterator[Difference]:
    before = {each.charge_id: each for each in was.lines}
    after = {each.charge_id: each for each in now.lines}
    for number, each in enumerate(was.lines, 1):
        if each.charge_id not in after:
            yield Difference(f"line.{number}", f"Line {number}", _line(each), "")
            continue
        yield from _of_line(number, each, after[each.charge_id])
    for number, each in enumerate(now.lines, 1):
        if each.charge_id not in before:
            yield Difference(f"line.{number}", f"Line {number}", "", _line(each))


def _of_line(number: int, was: Service, now: Service) -> Iterator[Difference]:
    for each in fields(was):
        old, new = (_said(each.name, getattr(line, each.name)) for line in (was, now))
        if old != new:
            words = _LINE_WORDS.get(each.name, _FIELDS.get(each.name, each.name))
            yield Difference(f"line.{number}.{each.name}", f"Line {number}, {words}", old, new)


def _line(service: Service) -> str:
    return f"{service.code} of {format_cents(service.cents)}"
