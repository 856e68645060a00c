"""Typed fields brought into the form they are stored in, with what is wrong about them (UX principle 3)."""

import json
from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeVar

from medbill_desktop.domain import checks, names
from medbill_desktop.domain.postal import no_delivery_zip
from medbill_desktop.domain.problems import Findings

T = TypeVar("T")
LONGEST: Final = 200
IDENTIFIERS: Final = frozenset({"member_id", "group_number"})  # of a plan's card; one in ten looks like a bank's
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


def cardless(plain: bytes) -> bytes:
    """Return a half-typed form, JSON or a text, without anything typed that looks like a card number (BILLING S8).

    Nobody is asked before a draft is kept, so that what a form would refuse must not lie in it either.
    """
    try:
        typed = json.loads(plain)
    except ValueError:
        typed = plain.decode(errors="replace")
        return b"" if checks.holds_card_number(typed) else plain
    kept = _cardless("", typed)
    return plain if kept == typed else json.dumps(kept).encode()


def _cardless(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cardless(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_cardless(name, each) for each in value]
    looks_like_one = isinstance(value, str) and name not in IDENTIFIERS and checks.holds_card_number(value)
    return "" if looks_like_one else value


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
        if made is not None and no_delivery_zip(made):
            form.warn("zip", name, "No address has these last four digits.", "Look the ZIP+4 up, or type five digits.")
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
