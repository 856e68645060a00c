"""Names as people write them, and folded so that they are found and compared (DESIGN 5, BILLING R1)."""

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n",
     "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ـ": None}
)  # fmt: skip
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_DOCTORS: Final = frozenset({"MD", "DO", "DPM", "DDS", "DMD", "OD", "DC", "ND", "PHD", "PSYD", "AUD", "DPT", "PHARMD"})
_JOINED: Final = re.compile(r"['’‘ʼ`´.]")
# Marks that a person may leave out: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowel signs. The vowel
# signs of other scripts carry the word and stay.
_MARKS: Final = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u065f\u0670]")
_NO_SPACES: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0002ffff]")


def fold(text: str) -> str:
    """Return the text as it is searched: no accents, no case, no punctuation, one blank between words."""
    plain = _JOINED.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", plain)))
    return " ".join("".join(char if _is_word(char) else " " for char in plain).split())


def fold_german(text: str) -> str:
    """Return the text folded with ä as ae, as some write it; the same as `fold` where there is no such letter."""
    return fold(unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS))


def name_key(last: str, first: str) -> str:
    """Return the key by which two records may be one person (BILLING R1)."""
    return f"{fold(last)} {fold(first)}".strip()


def is_latin(text: str) -> bool:
    """Tell whether every letter is Latin, so that an envelope and a claim can carry it."""
    return all(not char.isalpha() or unicodedata.name(char, "").startswith("LATIN") for char in text) and not any(
        char.isdigit() and not char.isascii() for char in text
    )


def written_without_spaces(text: str) -> bool:
    """Tell whether the script is one that puts no blank between family and given name."""
    return _NO_SPACES.search(text) is not None


def full_name(last: str, first: str, middle: str = "", suffix: str = "") -> str:
    """Return `Ana M Ortiz Jr`, the order of an envelope."""
    return " ".join(part for part in (first, middle, last, suffix) if part)


def list_name(last: str, first: str, middle: str = "", suffix: str = "") -> str:
    """Return `Ortiz Jr, Ana M`, the order of a list."""
    given = " ".join(part for part in (first, middle) if part)
    family = " ".join(part for part in (last, suffix) if part)
    return f"{family}, {given}" if given else family


def provider_name(last: str, first: str, credential: str = "") -> str:
    """Return `Ortiz, Ana MD`."""
    return " ".join(part for part in (list_name(last, first), credential) if part)


def said_provider(last: str, credential: str = "") -> str:
    """Return `Dr. Ortiz` for a doctor, `Ortiz NP` for anyone else, as a front desk says it."""
    doctor = not _DOCTORS.isdisjoint(re.split(r"[\s,/]+", credential.replace(".", "").upper()))
    return f"Dr. {last}" if doctor else f"{last} {credential}".strip()


def tidy(text: str) -> str:
    """Return the text in composed form with single blanks, as it is stored."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"
