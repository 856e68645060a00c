"""Which names people sign in by, so that no two look alike (SECURITY A3, K26, H17).

A name is normalised once, when it is given; whatever hides, turns or imitates text is refused. Skeletons follow
the idea of Unicode TS 39, for the letters that Cyrillic and Greek share with Latin and for digits that pass as letters.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from medbill_desktop.domain.problems import Findings, Problem

MOST: Final = 80
MOST_MARKS: Final = 2  # in a row on one letter; more are an attack on the line above
SIGNS: Final = frozenset(" -'\u2019.,()\u00b7")
_EAST: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"})
_MARKS_OF_ANY: Final = frozenset({"COMBINING", "VARIATION"})
_FROM: Final = (
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"  # Cyrillic capitals
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d\u043a\u043c\u043d\u0442\u0432"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"  # Greek capitals
    "\u03b1\u03bf\u03bd\u03c1\u03c5\u03b9\u03ba\u03c7\u03f2\u03c4"
    "\u0131\u0251\u0261\u2019"  # dotless i, script a and g, the typographic apostrophe
)
_TO: Final = "ABEKMHOPCTYXSIJaeopcyxsijhdqwkmhtbABEZHIKMNOPTYXaovpuikxctiag'"  # fmt: skip
_SAME_SHAPE: Final = str.maketrans(_FROM, _TO)
_ONE_STROKE: Final = str.maketrans({"I": "l", "1": "l", "|": "l", "0": "O"})


def normalised(name: str) -> str:
    """Return the one form that is kept: full-width and joined letters as plain ones, single spaces, none around."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name)).strip()


def problems_of(name: str, others: Iterable[str]) -> tuple[Problem, ...]:
    """Judge a new name against those there are; the exact duplicate is `people.check_new`'s to find."""
    found, kept = Findings(), normalised(name)
    if hidden := _hidden(name):
        found.stop("name", "name", f"The name holds a sign that can't be seen ({hidden}).", "Type it again by hand.")
    elif not any(unicodedata.category(each)[0] == "L" for each in kept):
        found.stop("name", "name", "A name is needed, with at least one letter.")
    elif len(kept) > MOST:
        found.stop("name", "name", f"A name has at most {MOST} characters.")
    elif odd := next((each for each in kept if not _may_stand(each)), None):
        found.stop("name", "name", f"A name can't hold {odd}.", "Use letters, spaces, hyphens and apostrophes.")
    elif _piled_up(kept):
        found.stop("name", "name", "Too many accents stand on one letter.", "Type it again by hand.")
    elif len(scripts := _scripts(kept)) > 1:
        said = " and ".join(sorted(each.capitalize() for each in scripts))
        found.stop("mixed-name", "name", f"The name mixes {said} letters, which look alike.", "Use one alphabet.")
    elif any(look_alike(kept, each) for each in others):
        found.stop(
            "look-alike", "name", "On the screen this name looks like that of somebody else.",
            "Add a middle name or initial.",
        )  # fmt: skip
    return found.stops()


def look_alike(one: str, other: str) -> bool:
    """Tell whether two names can be taken for each other on a screen."""
    return bool(_skeletons(one) & _skeletons(other))


def _skeletons(name: str) -> frozenset[str]:
    """Return the shapes of a name: read without its case, and read with one stroke for I, l and 1."""
    shape = unicodedata.normalize("NFC", unicodedata.normalize("NFKD", normalised(name)).translate(_SAME_SHAPE))
    stroke = shape.translate(_ONE_STROKE)
    return frozenset({"case " + shape.casefold(), "stroke " + stroke})


def _hidden(name: str) -> str:
    for each in name:
        kind = unicodedata.category(each)
        if kind[0] == "C" or kind in ("Zl", "Zp"):
            return f"U+{ord(each):04X}"
    return ""


def _may_stand(each: str) -> bool:
    return each in SIGNS or unicodedata.category(each) in ("Lu", "Ll", "Lt", "Lo", "Lm", "Mn", "Mc", "Nd")


def _piled_up(name: str) -> bool:
    run = 0
    for each in name:
        run = run + 1 if unicodedata.category(each) in ("Mn", "Me") else 0
        if run > MOST_MARKS:
            return True
    return name[0] in SIGNS or unicodedata.category(name[0])[0] == "M"


def _scripts(name: str) -> frozenset[str]:
    """Return the alphabets of a name; those of East Asia stand together and beside any other, as people write them."""
    first = {
        unicodedata.name(each, "UNKNOWN").split(" ")[0].split("-")[0]
        for each in name
        if unicodedata.category(each)[0] in "LM"
    }
    return frozenset(first - _EAST - _MARKS_OF_ANY - {"MODIFIER", "FEMININE", "MASCULINE"})
