"""An address as the post prefers it: capitals, no punctuation, its own abbreviations; proposed and never forced."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_SUFFIXES: Final = (
    "ALLEY ALY|AVENUE AVE|AV AVE|BOULEVARD BLVD|CIRCLE CIR|COURT CT|COVE CV|CRESCENT CRES|DRIVE DR|EXPRESSWAY EXPY"
    "|FREEWAY FWY|HEIGHTS HTS|HIGHWAY HWY|HILL HL|ISLAND IS|JUNCTION JCT|LANE LN|LOOP LOOP|MANOR MNR|MOUNTAIN MTN"
    "|PARKWAY PKWY|PLACE PL|PLAZA PLZ|POINT PT|RIDGE RDG|ROAD RD|ROUTE RTE|SQUARE SQ|STREET ST|STR ST|TERRACE TER"
    "|TRAIL TRL|TURNPIKE TPKE|VALLEY VLY|VIEW VW|VILLAGE VLG|WAY WAY"
)
_DIRECTIONS: Final = (
    "NORTH N|SOUTH S|EAST E|WEST W|NORTHEAST NE|NORTHWEST NW|SOUTHEAST SE|SOUTHWEST SW"
)  # fmt: skip
_UNITS: Final = (
    "APARTMENT APT|BUILDING BLDG|DEPARTMENT DEPT|FLOOR FL|HANGAR HNGR|LOT LOT|PENTHOUSE PH|ROOM RM|SPACE SPC|SUITE STE"
    "|TRAILER TRLR|UNIT UNIT"
)


def _table(text: str) -> dict[str, str]:
    pairs = (each.split() for each in text.split("|"))
    return {pair[0]: pair[1] for pair in pairs}


SUFFIXES: Final = _table(_SUFFIXES)
DIRECTIONS: Final = _table(_DIRECTIONS)
UNITS: Final = _table(_UNITS)
_SHORT_SUFFIXES: Final = frozenset(SUFFIXES.values())
_SHORT_UNITS: Final = frozenset(UNITS.values()) | {"#"}
_BOX: Final = re.compile(r"\b(?:P ?[O0] ?(?:B(?:OX)?|BX)|POB|POST OFFICE (?:BOX|B)|CALLER BOX|LOCK ?BOX)\b")
_BARE_BOX: Final = re.compile(r"(?:BOX|BX) ?#? ?\d+")


@dataclass(frozen=True, slots=True, repr=False)
class Postal:
    street: str
    street2: str
    city: str
    state: str
    zip: str


def postal(address: Postal) -> Postal:
    """Return the address in postal style; doing it twice changes nothing more."""
    return Postal(
        _street(address.street), _second(address.street2), _plain(address.city), _plain(address.state), address.zip
    )


def printed(address: Postal) -> Postal:
    """Return an address as it is printed in postal style; a part that has none is printed as it was typed."""
    made = postal(address)
    return Postal(*(getattr(made, name) or getattr(address, name) for name in Postal.__dataclass_fields__))


def is_po_box(street: str) -> bool:
    """Tell whether a street is a box of the post, also one written with a zero or without its dots."""
    text = re.sub(r"[^0-9A-Z#]+", " ", _plain(street)).strip()
    return _BOX.search(text) is not None or _BARE_BOX.fullmatch(text) is not None


def no_delivery_zip(digits: str) -> bool:
    """Tell whether the last four of a ZIP+4 are ones that no address has (0000, 9998, 9999)."""
    return len(digits) == 9 and digits[5:] in {"0000", "9998", "9999"}


def _plain(text: str) -> str:
    upper = unicodedata.normalize("NFKD", text).upper()
    kept = "".join(each for each in upper if not unicodedata.combining(each))
    # A point, comma or apostrophe goes; a dash, slash or number sign may be part of a number.
    return " ".join(re.sub(r"[.,;:'\"]", "", kept.replace(",", " ")).split())


def _street(text: str) -> str:
    words = _plain(text).split()
    if not words:
        return ""
    begins = (at for at, word in enumerate(words) if at and (word in UNITS or word in _SHORT_UNITS))
    unit = next(begins, len(words))
    return " ".join(_named(words[:unit]) + [UNITS.get(word, word) for word in words[unit:]])


def _second(text: str) -> str:
    """A second line may begin with its unit; a street never does."""
    first, *rest = _plain(text).split() or [""]
    return " ".join((UNITS[first], *rest)) if rest and first in UNITS else _street(text)


def _named(words: list[str]) -> list[str]:
    """Abbreviate the last suffix, and directions that stand before or behind the name; a name itself stays."""
    made = list(words)
    behind = len(made) > 2 and (made[-1] in DIRECTIONS or made[-1] in DIRECTIONS.values())
    last = len(made) - 2 if behind else len(made) - 1
    if last > 0 and made[last] in SUFFIXES:
        made[last] = SUFFIXES[made[last]]
    if behind:
        made[-1] = DIRECTIONS.get(made[-1], made[-1])
    # `12 North Street` is named North; `12 North Main Street` lies in the north of Main.
    if len(made) > 3 and made[0][0].isdigit() and made[1] in DIRECTIONS and made[2] not in _SHORT_SUFFIXES:
        made[1] = DIRECTIONS[made[1]]
    return made
