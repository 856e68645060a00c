"""Which passwords and names are accepted (SECURITY K26).

Danger: the result of zxcvbn holds the password and every part of it. Only its score and its advice leave `_score`.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import one_time_code

LONG_ENOUGH: Final = 15
ENOUGH_WITH_CODE: Final = 8
MOST: Final = 256
GOOD_SCORE: Final = 3
MUST_REMAIN: Final = 8
MOST_IN_NAME: Final = 80
_ALWAYS: Final = (
    "medbill", "desktop", "billing", "biller", "clinic", "medical", "medicine", "health", "healthcare", "hospital",
    "practice", "family", "doctor", "office", "admin", "password", "welcome",
)  # fmt: skip
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_zxcvbn_is_not_reentrant: Final = threading.Lock()  # it keeps the words of the caller in a module-wide table


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a password is accepted; `problems` are whole sentences, most important first."""

    ok: bool
    score: int  # 0 to 4
    problems: tuple[str, ...]


class BadName(Refused):
    """A name that cannot be told from another one on the screen."""


def normal(password: str) -> str:
    """Return the one form of a password that is hashed, so that two keyboards agree: NFC, once."""
    return unicodedata.normalize("NFC", password)


def judge(password: str, *, context: Sequence[str], has_totp: bool, protected_file: bool) -> Judgement:
    """Judge a new password; `context` is the practice's name and city and the person's own name.

    No rule of composition and no expiry. With the device secret in a protected file the passwords are all there is,
    so fifteen characters are asked even where there is a code (SECURITY K19).
    """
    text = normal(password)
    problems = []
    least = ENOUGH_WITH_CODE if has_totp and not protected_file else LONG_ENOUGH
    if len(text) < least:
        problems.append(f"Use at least {least} characters; this has {len(text)}.")
    if len(text) > MOST:
        problems.append(f"Use at most {MOST} characters; this has {len(text)}.")
        return Judgement(False, 0, tuple(problems))
    if one_time_code.is_one(text):
        problems.append("That is a one-time code. Choose a password of your own.")
    if any(unicodedata.category(each) == "Cc" for each in text):
        problems.append("It holds a tab, a line break or another sign that can't be typed again.")
    words = _context_words(context)
    if text and len(_without(text, words)) < MUST_REMAIN:
        problems.append(
            f"Without the words anyone here would try (practice, city, names, years) fewer than {MUST_REMAIN}"
            " characters remain. Add words that have nothing to do with the practice."
        )
    score, advice = _score(text, words)
    if score < GOOD_SCORE:
        problems.append(f"It would be guessed too soon. {advice}".strip())
    return Judgement(not problems, score, tuple(problems))


def fold_name(name: str) -> str:
    """Return what makes a name unique (NFC, casefold, single spaces); BadName for signs that hide or turn text."""
    shown = re.sub(r" {2,}", " ", unicodedata.normalize("NFC", name).strip(" "))
    if not shown:
        raise BadName("A name is needed.")
    if len(shown) > MOST_IN_NAME:
        raise BadName(f"A name has at most {MOST_IN_NAME} characters.")
    for each in shown:
        # Cc controls, Cf bidi and zero-width signs, Co/Cs/Cn nothing printable, Zl/Zp line ends; Zs other than a space.
        if unicodedata.category(each)[0] == "C" or (unicodedata.category(each)[0] == "Z" and each != " "):
            raise BadName("The name holds a sign that can't be seen. Type it again by hand.")
    return unicodedata.normalize("NFC", shown.casefold())


def _context_words(context: Iterable[str]) -> list[str]:
    words = set(_ALWAYS)
    for text in context:
        folded = normal(text).casefold()
        words.update(word for word in re.findall(r"[^\W_]+", folded) if len(word) >= 3)
        words.add(re.sub(r"[\W_]+", "", folded))
    return sorted((w for w in words if len(w) >= 3), key=lambda word: (-len(word), word))


def _without(text: str, words: Sequence[str]) -> str:
    """Take the words and years out; what only joined them does not count as a character that remains."""
    left = text.casefold()
    for word in words:
        left = left.replace(word, "\0")
    return re.sub(r"[\0\s_.,!-]+", "", _YEAR.sub("\0", left))


def _score(text: str, words: Sequence[str]) -> tuple[int, str]:
    if not text:
        return 0, ""
    from zxcvbn import zxcvbn  # its lists of words are read when it is loaded, and most starts judge no password

    with _zxcvbn_is_not_reentrant:
        found = zxcvbn(text, user_inputs=list(words), max_length=MOST)
    feedback = found["feedback"]
    advice = " ".join([str(feedback["warning"]), *map(str, feedback["suggestions"])]).strip()
    return int(found["score"]), advice
