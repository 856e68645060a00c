"""What makes a superbill right: dates, diagnoses, service lines and their price (BILLING C1-C5, C10, J20)."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from medbill_desktop.domain.anesthesia import timed
from medbill_desktop.domain.authorizations import VISITS, check_use
from medbill_desktop.domain.charge_codes import (
    check_abn,
    check_certificate,
    check_diagnosis,
    check_first_diagnosis,
    check_modifiers,
    check_pairs,
    check_procedure,
    check_units,
)
from medbill_desktop.domain.contracts import rate_in_force
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.drugs import kept_drug
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Party
from medbill_desktop.domain.money import MOST, Cents, format_cents
from medbill_desktop.domain.problems import Findings
from medbill_desktop.domain.restrictions import E01
from medbill_desktop.domain.superbills import STANDARD as STANDARD
from medbill_desktop.domain.superbills import Fee as Fee
from medbill_desktop.domain.superbills import Judged as Judged
from medbill_desktop.domain.superbills import Known as Known
from medbill_desktop.domain.superbills import Policy as Policy
from medbill_desktop.domain.superbills import PricedLine as PricedLine
from medbill_desktop.domain.superbills import ServiceLine as ServiceLine
from medbill_desktop.domain.superbills import Superbill as Superbill
from medbill_desktop.domain.superbills import UsesSchedule as UsesSchedule
from medbill_desktop.domain.users import Permission, who_may

MOST_DIAGNOSES: Final = 12
MOST_MODIFIERS: Final = 4
MOST_POINTERS: Final = 4
MOST_UNITS: Final = 9_999
LETTERS: Final = "ABCDEFGHIJKL"
OLD_SERVICE_DAYS: Final = 365
_ICD10: Final = re.compile(r"[A-Z][0-9A-Z]{2,6}")  # the second is a letter in QA0, since October 2025
_PROCEDURE: Final = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}")
_MODIFIER: Final = re.compile(r"[0-9A-Z]{2}")


def plain_icd10(text: str) -> str:
    """Return a diagnosis code as it is kept: capitals, without the dot."""
    return text.strip().upper().replace(".", "", 1)


def show_icd10(code: str) -> str:
    """Return `M17.11`, as people read it."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def is_claim_item(code: str) -> bool:
    """Tell a procedure or supply from a non-claim item such as a form fee, which no plan ever sees (BILLING C10)."""
    return _PROCEDURE.fullmatch(code) is not None


def schedule_of(policy: Policy | None, uses: Sequence[UsesSchedule], day: date) -> str:
    """Return the schedule that prices what a policy pays for; a payer without one of its own has the standard one."""
    if policy is None or policy.payer_id is None:
        return STANDARD
    mine = [each for each in uses if each.payer_id == policy.payer_id and each.first_day <= day]
    held = [each for each in mine if each.last_day is None or day <= each.last_day]
    return max(held, key=lambda each: each.first_day).schedule if held else STANDARD


def fee_in_force(fees: Sequence[Fee], modifiers: Sequence[str], day: date, schedule: str = STANDARD) -> Fee | None:
    """Return the price of the first modifier that has its own, else the plain one (BILLING C2).

    A schedule that lacks the code has no price for it: another one never steps in.
    """
    valid = {
        fee.modifier: fee
        for fee in sorted(fees, key=lambda fee: fee.first_day)
        if fee.schedule == schedule and fee.first_day <= day and (fee.last_day is None or day <= fee.last_day)
    }
    return next((valid[each] for each in (*modifiers, "") if each in valid), None)


def first_active(policies: Sequence[Policy], day: date) -> Policy | None:
    """Return the coverage that is asked first for a service of that day (BILLING J20, R3)."""
    active = [each for each in policies if each.covers(day)]
    return min(active, key=lambda each: (each.rank, each.coverage_id), default=None)


def party_of(line: PricedLine, policy: Policy | None, guarantor_id: Id) -> Party:
    """Return who owes a new charge: the coverage, or the guarantor where there is none or no plan may see it."""
    if policy is None or not line.claim_item:
        return Party(guarantor_id=guarantor_id)
    return Party(coverage_id=policy.coverage_id)


def judge(superbill: Superbill, known: Known, today: date) -> Judged:
    """Return everything that is wrong with a superbill, with its prices and its party as far as they are clear."""
    found = Findings()
    _check_patient_and_day(found, superbill, known, today)
    if not known.provider_active:
        found.stop("provider", "provider", "This provider is not in use.", "Choose another provider.")
    if not known.place_active:
        found.stop("place", "place", "This place is not in use.", "Choose another place.")
    if superbill.visit_id is not None and known.visit_status != "open":
        _visit_is_not_open(found, known.visit_status)
    if any(provider == superbill.provider_id and visit != superbill.visit_id for provider, visit in known.seen):
        found.warn("visit-twice", "service_date", f"A visit of {say_date(superbill.service_date)} with this provider is"
                   " charged already.", "If it is the same visit, take this superbill out.")  # fmt: skip
    diagnoses = _diagnoses(found, superbill, known)
    if not superbill.lines:
        found.stop("no-line", "line.1.code", "There is no service line.", "Type the code of the first service.")
    policy = _policy(found, superbill, known)
    lines = tuple(
        _line(found, f"line.{number}", line, superbill, known, policy)
        for number, line in enumerate(superbill.lines, start=1)
    )
    _check_last_days(found, superbill, known, today)
    _check_together(found, superbill, known, policy, lines)
    return Judged(tuple(found.problems), diagnoses, lines, policy)


def _check_patient_and_day(found: Findings, superbill: Superbill, known: Known, today: date) -> None:
    day = superbill.service_date
    if known.birth_date is None:
        found.stop("patient", "patient", "This patient is not there.", "Find the patient again.")
        return
    if day > today:
        found.stop("future", "service_date", "The service date lies in the future.", "Charge it when it is done.")
    if day < known.birth_date:
        found.stop("unborn", "service_date", f"The patient was born {say_date(known.birth_date)}, after this day.")
    if known.deceased_on is not None and day > known.deceased_on:
        found.stop("deceased", "service_date", f"The patient died {say_date(known.deceased_on)}, before this day.")
    if (today - day).days > OLD_SERVICE_DAYS:
        found.warn("old", "service_date", "This service is more than a year old.", "Check the date; a plan may refuse.")


def _visit_is_not_open(found: Findings, status: str | None) -> None:
    if status is None:
        found.stop("visit", "visit", "This visit is not one of this patient.", "Choose the visit again.")
    else:
        found.stop("visit", "visit", f"This visit is marked {status} already.", "Open it to see its charges.")


def _diagnoses(found: Findings, superbill: Superbill, known: Known) -> tuple[str, ...]:
    codes = tuple(plain_icd10(each) for each in superbill.diagnoses)
    if len(codes) > MOST_DIAGNOSES:
        found.stop("diagnoses", f"diagnosis.{MOST_DIAGNOSES + 1}", f"At most {MOST_DIAGNOSES} diagnoses fit a claim.")
    for number, code in enumerate(codes, start=1):
        where = f"diagnosis.{number}"
        if not _ICD10.fullmatch(code):
            found.stop("diagnosis", where, "This is not the form of a diagnosis code.", "Type it like M17.11.")
        elif code in codes[: number - 1]:
            found.stop("diagnosis-twice", where, "This diagnosis stands above already.", "Remove one of the two.")
        else:
            check_diagnosis(found, where, code, superbill.service_date, known.diagnoses)
    check_first_diagnosis(found, codes)
    return codes


def _policy(found: Findings, superbill: Superbill, known: Known) -> Policy | None:
    if superbill.self_pay:
        return None
    day = superbill.service_date
    if superbill.coverage_id is None:
        return first_active([each for each in known.policies if not _is_kept(each, known)], day)
    chosen = next((each for each in known.policies if each.coverage_id == superbill.coverage_id), None)
    if chosen is None:
        found.stop("coverage", "coverage", "This coverage is not one of this patient.", "Choose another coverage.")
    elif _is_kept(chosen, known):
        found.stop("E01", "coverage", E01, "Choose self-pay.")
    elif day < chosen.first_day:
        found.stop("coverage", "coverage", f"Policy begins {say_date(chosen.first_day)}; service is {say_date(day)}.",
                   "Choose another coverage or change its first day.")  # fmt: skip
    elif chosen.last_day is not None and day > chosen.last_day:
        found.stop("coverage", "coverage", f"Policy ended {say_date(chosen.last_day)}; service is {say_date(day)}.",
                   "Choose another coverage or extend it.")  # fmt: skip
    return chosen


def _is_kept(policy: Policy, known: Known) -> bool:
    return any(each.keeps_from(policy.payer_id) for each in known.kept)


def _line(
    found: Findings, where: str, line: ServiceLine, superbill: Superbill, known: Known, policy: Policy | None
) -> PricedLine | None:
    code, day = line.code.strip().upper(), superbill.service_date
    modifiers = tuple(each.strip().upper() for each in line.modifiers)
    _modifiers(found, where, modifiers)
    pointers = _pointers(found, where, line.pointers, len(superbill.diagnoses), needed=is_claim_item(code))
    drug = kept_drug(found, where, line.drug)
    times = timed(found, where, code, modifiers, line.times)
    if not 1 <= line.units <= MOST_UNITS:
        found.stop("units", f"{where}.units", f"Units are 1 to {MOST_UNITS}.")
        return None
    fee, schedule = _fee(found, where, code, modifiers, day, known, policy)
    if fee is None:
        return None
    release = _codes(found, where, code, modifiers, day, known)
    cents = fee.cents if line.fee_cents is None else line.fee_cents
    if cents < 0 or cents * line.units > MOST:
        found.stop("fee", f"{where}.fee", "This fee can't be right.", "Type a fee of zero or more.")
        return None
    if cents == 0:
        found.warn("free", f"{where}.fee", "This line costs nothing; it will be kept but nothing is posted.")
    if cents > fee.cents:
        found.warn("fee", f"{where}.fee", f"The schedule says {format_cents(fee.cents)}; this is more.")
    rate = None
    if policy is not None:
        rate = rate_in_force(known.rates, policy.payer_id, policy.plan, code, modifiers, known.place_class, day)
    return PricedLine(
        code, modifiers, line.units, pointers, fee.description, fee.generic_words, cents, fee.cents, schedule,
        fee.claim_item and is_claim_item(code), None if rate is None else Cents(rate.cents * line.units), release, drug,
        times, line.authorization_id, None if line.last_day == day else line.last_day,
    )  # fmt: skip


def _codes(found: Findings, where: str, code: str, modifiers: Sequence[str], day: date, known: Known) -> str:
    """Judge code and modifiers of a line by the releases of the day; return the release of the code."""
    release = check_procedure(found, f"{where}.code", code, day, known.supplies, known.own_codes)
    check_modifiers(found, f"{where}.modifiers", code, modifiers, day, known.supplies)
    check_abn(found, f"{where}.modifiers", modifiers, day, known.abn_signed_on)
    check_certificate(found, f"{where}.code", code, known.clia)
    if (code, " ".join(modifiers)) in known.charged:
        found.warn("charged-twice", f"{where}.code", f"{code} is charged for {say_date(day)} already.",
                   "Take the line out, or add the modifier that says it was done again, such as 76 or 77.")  # fmt: skip
    return release


def _fee(
    found: Findings, where: str, code: str, modifiers: Sequence[str], day: date, known: Known, policy: Policy | None
) -> tuple[Fee | None, str]:
    """Return the price and the schedule it is from; what no plan sees is priced from the standard one."""
    fees = known.fees.get(code, ())
    schedule = schedule_of(policy, known.schedules, day) if is_claim_item(code) else STANDARD
    fee = fee_in_force(fees, modifiers, day, schedule)
    if fee is None:
        _no_price(found, where, code, day, schedule, known_code=any(each.schedule == schedule for each in fees))
    return fee, schedule


def _check_together(
    found: Findings, superbill: Superbill, known: Known, policy: Policy | None, lines: Sequence[PricedLine | None]
) -> None:
    """Judge what only all lines of a superbill tell."""
    priced = [(f"line.{at}", line) for at, line in enumerate(lines, start=1) if line is not None]
    check_units(found, [(where, line.code, line.units) for where, line in priced], known.unit_limits)
    check_pairs(found, [(where, line.code, line.modifiers) for where, line in priced], known.pairs)
    taken: dict[Id, int] = {}
    held = {each.id: each for each in known.authorizations}
    payer_id = None if policy is None else policy.payer_id
    for where, line in priced:
        if line.authorization_id is None:
            continue
        chosen = held.get(line.authorization_id)
        by_visit = chosen is not None and chosen.details.counts == VISITS
        taken[line.authorization_id] = 1 if by_visit else taken.get(line.authorization_id, 0) + line.units
        check_use(found, where, chosen, payer_id, line.code, superbill.service_date, taken[line.authorization_id])


def _check_last_days(found: Findings, superbill: Superbill, known: Known, today: date) -> None:
    """Judge the days of services that went on: a line stays within one year (BILLING C1)."""
    first = superbill.service_date
    for number, line in enumerate(superbill.lines, start=1):
        last, where = line.last_day, f"line.{number}.last_day"
        if last is None:
            continue
        if last < first:
            found.stop("dates", where, f"The last day lies before {say_date(first)}.", "Correct it, or leave it empty.")
        elif last > today:
            found.stop("future", where, "The last day lies in the future.", "Charge it when it is done.")
        elif last.year != first.year:
            found.stop("years", where, "A line stays within one year.", "Make a line for each year.")
        elif known.deceased_on is not None and last > known.deceased_on:
            found.stop("deceased", where, f"The patient died {say_date(known.deceased_on)}, before this day.")


def _modifiers(found: Findings, where: str, modifiers: Sequence[str]) -> None:
    if len(modifiers) > MOST_MODIFIERS:
        found.stop("modifiers", f"{where}.modifiers", f"At most {MOST_MODIFIERS} modifiers fit a line.")
    for each in modifiers:
        if not _MODIFIER.fullmatch(each):
            found.stop("modifier", f"{where}.modifiers", "A modifier is two letters or digits.", "Type it like 25.")
    if len(set(modifiers)) < len(modifiers):
        found.stop("modifier-twice", f"{where}.modifiers", "A modifier stands here twice.", "Remove one.")


def _pointers(found: Findings, where: str, typed: str, diagnoses: int, *, needed: bool) -> tuple[int, ...]:
    letters = [each for each in typed.upper() if each not in " ,"]
    if diagnoses == 0 and not needed:
        return ()
    rows = tuple(LETTERS.find(each) for each in letters)
    field_name = f"{where}.pointers"
    if needed and not letters:
        found.stop("pointer", field_name, "The line points to no diagnosis.", "Type the letter of its diagnosis.")
    elif any(not 0 <= row < min(diagnoses, MOST_DIAGNOSES) for row in rows):
        have = f"Diagnoses are A to {LETTERS[min(diagnoses, MOST_DIAGNOSES) - 1]}." if diagnoses else "Type one first."
        found.stop("pointer", field_name, "The line points to a diagnosis that is not there.", have)
    elif len(set(rows)) < len(rows):
        found.stop("pointer", field_name, "The line points to one diagnosis twice.", "Remove one letter.")
    elif len(rows) > MOST_POINTERS:
        found.stop("pointer", field_name, f"A line points to at most {MOST_POINTERS} diagnoses.")
    return rows


def _no_price(found: Findings, where: str, code: str, day: date, schedule: str, *, known_code: bool) -> None:
    listed = "fee schedule" if schedule == STANDARD else f"schedule “{schedule}” of this plan"
    if not code:
        found.stop("code", f"{where}.code", "The code is missing.", "Type a code or remove the line.")
    elif known_code:
        found.stop("no-price", f"{where}.code", f"There is no price for this code on {say_date(day)}.",
                   f"A {who_may(Permission.MANAGE_CATALOGS)} may add it for that day.")  # fmt: skip
    else:
        found.stop("no-price", f"{where}.code", f"This code is not in the {listed}.",
                   f"Correct the code; a {who_may(Permission.MANAGE_CATALOGS)} may add it.")  # fmt: skip
