"""Codes judged by the release in force on the day of service, and what goes together on a superbill.

BILLING C3, C5, C11, E22-E24, E27, E31, E46, E47, E54.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.domain.code_books import CodeBook
from medbill_desktop.domain.code_sets import CodeSet, Release, due, is_behind
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.problems import Findings

_SITES: Final = "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD RC LM RI"
_APART: Final = "24 25 27 57 58 59 78 79 91 XE XP XS XU"
HELPING: Final = frozenset((*_APART.split(), *_SITES.split()))
_TOGETHER: Final = (("26", "TC"), ("50", "LT"), ("50", "RT"))
_VISIT_ONLY: Final = ("25", "57")
_SIGNED: Final = ("GA", "GX")  # required, and voluntary: both say that the patient signed
_UNSIGNED: Final = {
    "GY": "GY says that Medicare never covers this; the patient owes it.",
    "GZ": "GZ says that Medicare will likely refuse and no ABN was signed: the patient can't be billed.",
}


@dataclass(frozen=True, slots=True)
class ReleaseBook:
    """The release of a day, ready to look up in; `behind` where a newer one holds that is not here."""

    release: Release
    book: CodeBook
    behind: bool = False


def release_book(release: Release, book: CodeBook, day: date) -> ReleaseBook:
    return ReleaseBook(release, book, is_behind(release, day))


def check_diagnosis(found: Findings, where: str, code: str, day: date, codes: ReleaseBook | None) -> None:
    """Judge a code that has the right form; without a release of that day nothing can be said."""
    if codes is None:
        return
    row = codes.book.get(code)
    if row is not None and row.holds(day):
        return
    near = "; ".join(f"{_dotted(each.code)} {each.words}" for each in codes.book.nearest(code, 2))
    if row is not None and not row.billable:
        found.stop(
            "diagnosis-short", where, f"{_dotted(code)} needs more characters: it names a family of codes.", near
        )
    elif codes.behind:
        missing = due(CodeSet.ICD10CM, day)
        newer = "a newer one" if missing is None else f"that of {say_date(missing)}"
        found.warn("diagnosis-unknown", where, f"{_dotted(code)} is not in the release of"
                   f" {say_date(codes.release.effective_from)}, and {newer} is not here.",
                   f"Check the code; the release is imported in Settings, Code sets. {near}".strip())  # fmt: skip
    else:
        found.stop("diagnosis-invalid", where, f"{_dotted(code)} is not valid on {say_date(day)}.", near)


def check_first_diagnosis(found: Findings, codes: Sequence[str]) -> None:
    if codes and codes[0][:1] in "VWXY":
        found.warn("external-cause", "diagnosis.1", f"{_dotted(codes[0])} is an external cause: it can't come first.",
                   "Move the injury to A.")  # fmt: skip


def check_procedure(
    found: Findings, where: str, code: str, day: date, hcpcs: ReleaseBook | None, own: ReleaseBook | None
) -> str:
    """Judge a code by HCPCS, if it is one, or by the office's own list; return the release it was found in."""
    codes = hcpcs if code[:1].isalpha() and code[1:].isdigit() else own
    if codes is None:
        return ""
    row = codes.book.get(code)
    if row is not None and row.holds(day):
        return codes.release.label
    if row is not None:
        if row.last_day is not None and row.last_day < day:
            said = f"ended {say_date(row.last_day)}"
        else:
            said = "is not valid yet" if row.first_day is None else f"begins {say_date(row.first_day)}"
        found.stop("code-invalid", where, f"{code} {said}; service is {say_date(day)}.", "Choose a code of that day.")
    elif codes.release.code_set is CodeSet.OWN or codes.behind:
        which = "your procedure list" if codes.release.code_set is CodeSet.OWN else codes.release.label
        found.warn("code-unknown", where, f"{code} is not in {which}.", "Check the code, or import a newer list.")
    else:
        near = "; ".join(f"{each.code} {each.words}" for each in codes.book.nearest(code, 2))
        found.stop("code-invalid", where, f"{code} is not valid on {say_date(day)}.", near)
    return codes.release.label


def check_modifiers(
    found: Findings, where: str, code: str, modifiers: Sequence[str], day: date, hcpcs: ReleaseBook | None
) -> None:
    """Judge modifiers of the right form: known and valid that day, and going together."""
    for each in modifiers:
        row = None if hcpcs is None or each.isdigit() else hcpcs.book.get(each)
        if row is not None and not row.holds(day):
            found.stop(
                "modifier-invalid", where, f"Modifier {each} is not valid on {say_date(day)}.", "Choose another."
            )
    for one, other in _TOGETHER:
        if one in modifiers and other in modifiers:
            found.warn("modifier-conflict", where, f"{one} and {other} don't go together.", "Correct one of them.")
    if "LT" in modifiers and "RT" in modifiers:
        found.warn("modifier-conflict", where, "LT and RT don't go together on one line.", "Make two lines, or use 50.")
    for each in _VISIT_ONLY:
        if each in modifiers and not _is_visit(code):
            found.warn("modifier-conflict", where, f"{each} belongs on a visit, not on {code}.", "Move it.")
    if "GA" in modifiers and "GZ" in modifiers:
        found.stop("abn-both", where, "GA and GZ say opposite things about the ABN.", "Remove one.")


def check_abn(found: Findings, where: str, modifiers: Sequence[str], day: date, signed_on: date | None) -> None:
    """Compare what the modifiers say of the advance notice with the one on file (BILLING C11, E54)."""
    for each in modifiers:
        if each in _SIGNED and signed_on is None:
            found.warn("abn", where, f"{each} needs the signed ABN; none is on file for {say_date(day)}.",
                       "Attach it in the patient's documents as an ABN.")  # fmt: skip
        elif each == "GZ" and signed_on is not None:
            found.warn("abn", where, f"GZ says that no ABN was signed; one of {say_date(signed_on)} is on file.",
                       "If it is about this service, type GA.")  # fmt: skip
        elif each in _UNSIGNED:
            found.warn("abn", where, _UNSIGNED[each])


def check_units(found: Findings, lines: Sequence[tuple[str, str, int]], limits: Mapping[str, tuple[int, int]]) -> None:
    """Compare units with the MUE list, by line or by day; `lines` are (field prefix, code, units)."""
    for where, code, units in lines:
        if code not in limits:
            continue
        most, kind = limits[code]
        taken = units if kind == 1 else sum(each[2] for each in lines if each[1] == code)
        if taken > most:
            found.warn("mue", f"{where}.units", f"{taken} units of {code}; usual most is {most}.", "Check the units.")


def check_pairs(
    found: Findings, lines: Sequence[tuple[str, str, Sequence[str]]], pairs: Sequence[tuple[str, str, int]]
) -> None:
    """Warn of codes that are not paid together; `lines` are (field prefix, code, modifiers)."""
    for code, other, helps in pairs:
        if helps == 9 or not any(each[1] == code for each in lines):
            continue
        for where, mine, modifiers in lines:
            if mine == other and not (helps == 1 and HELPING & set(modifiers)):
                fix = "If it was separate, add the modifier that says so." if helps else "No modifier helps; drop one."
                found.warn("ncci", f"{where}.code", f"{other} is part of {code}.", fix)


def is_lab(code: str) -> bool:
    """Tell whether a line is a laboratory test, which needs the certificate of the place (E31)."""
    return code.isdigit() and "80047" <= code <= "89398"


def check_certificate(found: Findings, where: str, code: str, clia: str) -> None:
    if is_lab(code) and not clia:
        found.warn("clia", where, "A laboratory test needs the CLIA number of the place.",
                   "It is kept in Settings, Contracts; the claim will be held without it.")  # fmt: skip


def moved(pointers: str, at: int, to: int) -> str:
    """Return the letters of a line after the diagnosis of row `at` was moved to row `to`: they follow their rows."""
    rows = list(range(12))
    rows.insert(to, rows.pop(at))
    new = {old: position for position, old in enumerate(rows)}
    return "".join(chr(65 + new[ord(each) - 65]) if "A" <= each <= "L" else each for each in pointers.upper())


def _is_visit(code: str) -> bool:
    return code.isdigit() and ("99202" <= code <= "99499" or "92002" <= code <= "92014")


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code
