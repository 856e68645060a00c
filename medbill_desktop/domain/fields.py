"""Typed fields brought into the form they are stored in, with what is wrong about them (UX principle 3)."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeVar

from medbill_desktop.domain import checks, names
from medbill_desktop.domain.problems import Findings

T = TypeVar("T")
LONGEST: Final = 200
_STATES: Final = frozenset({"state", "subscriber_state"})
_ZIPS: Final = frozenset({"zip", "subscriber_zip"})


@dataclass(frozen=True, slots=True)
class Form:
    """Where the problems of one form go; `prefix` stands before the field names, such as `coverage.1.`."""

    found: Findings
    prefix: str = ""

    def stop(self, code: str, where: str, text: str, fix: str = "") -> None:
        self.found.stop(code, self.prefix + where, text, fix)

    def warn(self, code: str, where: str, text: str, fix: str = "") -> None:
        self.found.warn(code, self.prefix + where, text, fix)


def tidied(details: T, form: Form, *, not_cards: frozenset[str] = frozenset()) -> T:
    """Return a dataclass of typed fields with every text tidied, and states, ZIP and phone in their stored form.

    Stops control characters, endless texts and card numbers (BILLING S8) wherever they stand; a text in `not_cards`
    is an identifier that may look like one.
    """
    changed: dict[str, Any] = {}
    for each in fields(details):  # type: ignore[arg-type]
        value = getattr(details, each.name)
        if isinstance(value, str):
            changed[each.name] = _stored(each.name, value, form, each.name in not_cards)
        elif isinstance(value, tuple) and value and isinstance(value[0], str):
            kept = (_stored(each.name, one, form, False) for one in value)
            changed[each.name] = tuple(one for one in kept if one)
    return replace(details, **changed)  # type: ignore[type-var]


def _stored(name: str, value: str, form: Form, may_look_like_card: bool) -> str:
    if not value:
        return ""
    if checks.unprintable(value):
        form.stop("control-character", name, "This holds a character that can't be printed.", "Type it again.")
        return ""
    text = names.tidy(value)
    if len(text) > LONGEST:
        form.stop("too-long", name, f"This is longer than {LONGEST} characters.", "Shorten it.")
    if not may_look_like_card and checks.holds_card_number(text):
        form.stop("card-number", name, checks.CARD_WORDS)
    return _in_form(name, text, form)


def _in_form(name: str, text: str, form: Form) -> str:
    made: str | None = text
    if not text:
        return ""
    if name in _STATES:
        made = checks.state_code(text)
        said = ("state", "This is not a state.", "Type its two letters, such as ME.")
    elif name in _ZIPS:
        made = checks.zip_digits(text)
        said = ("zip", "A ZIP code has 5 or 9 digits.", "Type it as 04856 or 04856-1234.")
    elif name == "phone":
        made = checks.phone_stored(text)
        said = ("phone", "This is not a telephone number.", "Type ten digits with the area code.")
    elif name == "ssn":
        made = checks.ssn_digits(text)
        said = ("ssn", "A social security number has nine digits.", "Leave it empty if you don't need it.")
    elif name == "email" and not checks.is_email(text):
        made, said = None, ("email", "This is not an e-mail address.", "Type it as name@example.org.")
    if made is None:
        form.stop(said[0], name, said[1], said[2])
        return text
    return made
