"""The files of diagnoses and supplies that CMS publishes: ICD-10-CM order file, HCPCS ANWEB (EDI K10, K11)."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from medbill_desktop.domain.code_books import CodeRow
from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.text_lines import LineFile

_ORDER: Final = re.compile(r"\d{5}", re.ASCII)
_ICD: Final = re.compile(r"[A-Z][0-9A-Z]{2,6}")  # the second is a letter in QA0, since October 2025
_HCPCS: Final = re.compile(r"[A-Z]\d{4}", re.ASCII)
_CPT: Final = re.compile(r"\d{5}", re.ASCII)
_DENTAL: Final = re.compile(r"D\d{4}", re.ASCII)
_MODIFIER: Final = re.compile(r"[0-9A-Z]{2}")
_PROCEDURE, _MORE, _MODIFIES, _MODIFIES_MORE = "3", "4", "7", "8"
_MOST_WORDS: Final = 8_000  # the longest one that CMS published has not a quarter of it
_LAST_LETTERS: Final = "UVZ"  # the last chapters; a file that lacks one was cut


def icd10cm(file: LineFile) -> Iterator[CodeRow]:
    """Yield the codes of an order file; raises Refused at the first line that is not one, and where the end is missing.

    The order numbers run without a gap, so that a file which lost lines is known.
    """
    last, families, number = 0, set(), 0
    for number, line in file.lines():
        order, code, billable = line[0:5], line[6:13].rstrip(), line[14:15]
        blanks = line[5:6] + line[13:14] + line[15:16]
        if not (_ORDER.fullmatch(order) and _ICD.fullmatch(code) and billable in "01" and blanks == "   "):
            raise Refused(f"Line {number:,} is not one of an ICD-10-CM order file.")
        if last and int(order) != last + 1:
            raise Refused(f"Line {number:,} has number {order} after {last:05d}: lines are missing. Get it again.")
        last = int(order)
        families.add(code[0])
        words = " ".join((line[77:] or line[16:76]).split())
        if not words:
            raise Refused(f"Line {number:,} has a code without words.")
        yield CodeRow(code, billable == "1", words)
    if missing := [each for each in _LAST_LETTERS if each not in families]:
        raise Refused(f"The file ends in line {number:,} before the codes of chapter {missing[-1]}: it was cut.")


def hcpcs(file: LineFile) -> Iterator[CodeRow]:
    """Yield codes and modifiers of an ANWEB file, its continued lines joined.

    CPT numbers and dental codes have other owners, so that a file which holds one is refused whole (EDI K2).
    """
    pending: CodeRow | None = None
    letters = set()
    number = 0
    for number, line in file.lines():
        if len(line) < 292 or line[10] not in "3478":
            raise Refused(f"Line {number:,} is not one of an HCPCS ANWEB file.")
        kind = line[10]
        code = line[3:5] if kind in (_MODIFIES, _MODIFIES_MORE) else line[0:5]
        words = " ".join(line[11:91].split())
        if kind in (_MORE, _MODIFIES_MORE):
            if pending is None or pending.code != code:
                raise Refused(f"Line {number:,} continues a code that does not stand before it. Get the file again.")
            joined = f"{pending.words} {words}".strip()
            if len(joined) > _MOST_WORDS:
                raise Refused(f"Line {number:,} continues {code} endlessly. This is not a code set.")
            pending = CodeRow(code, True, joined, pending.first_day, pending.last_day)
            continue
        _check_owner(code, number, modifier=kind == _MODIFIES)
        if pending is not None:
            yield pending
        begun = _day(line[276:284], number) or _day(line[268:276], number)
        pending = CodeRow(code, True, words or " ".join(line[91:119].split()), begun, _day(line[284:292], number))
        letters.add(code[0])
    if pending is None or "V" not in letters:
        raise Refused(f"The file ends in line {number:,} before the V codes: it was cut. Get it again.")
    yield pending


def _check_owner(code: str, number: int, *, modifier: bool) -> None:
    if modifier:
        if _MODIFIER.fullmatch(code) is None:
            raise Refused(f"Line {number:,} is not a modifier of an HCPCS file.")
    elif _CPT.fullmatch(code) or _DENTAL.fullmatch(code):
        owner = "the AMA (CPT)" if code.isdigit() else "the ADA (dental codes)"
        raise Refused(f"Line {number:,} holds a code of {owner}. Import the ANWEB file that leaves them out.")
    elif _HCPCS.fullmatch(code) is None:
        raise Refused(f"Line {number:,} is not one of an HCPCS ANWEB file.")


def _day(text: str, number: int) -> date | None:
    if not text.strip():
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Refused(f"Line {number:,} has the day {text!r}, which is none. Get the file again.") from None
