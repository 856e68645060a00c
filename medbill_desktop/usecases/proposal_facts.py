"""What a proposal would do, in words: nobody approves what the screen does not show (SECURITY A2)."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.roles import say_set
from medbill_desktop.domain.users import RIGHTS, Limit, Role
from medbill_desktop.storage import charges, journal, payments
from medbill_desktop.usecases.declare import Reading

Fact = tuple[str, str]
_UNTOLD: Final = frozenset({"id", "command"})


def facts_of(read: Reading, command: dict[str, Any]) -> Iterator[Fact]:
    """Yield what was typed, flat and in words; of what an id names, what a person would ask."""
    for key, value in command.items():
        if key in _UNTOLD or value in (None, "", []):
            continue
        if key == "permissions":
            yield from _rights(read, command)
        elif key == "amounts":
            yield from ((str(Limit(each["limit"])), say_set(Limit(each["limit"]), each["amount"])) for each in value)
        elif key.endswith("_id"):
            yield from _named(read, key, value)
        elif isinstance(value, list):
            yield from _listed(key, value)
        elif key == "role":
            yield "Role", read.user.book.name_of(value)
        else:
            yield from _plain(key, value)


def _plain(key: str, value: object) -> Iterator[Fact]:
    title = key.removesuffix("_cents").replace("_", " ").capitalize()
    if (key == "cents" or key.endswith("_cents")) and isinstance(value, int):
        yield ("Amount" if key == "cents" else title), format_cents(value)
    elif isinstance(value, str | int):
        yield title, str(value).replace("_", " ")


def _rights(read: Reading, command: dict[str, Any]) -> Iterator[Fact]:
    """Yield what the role would have more and less than it has now, or than the one it copies."""
    own = next((each for each in read.user.book.own.values() if each.id == command.get("role_id")), None)
    had = {str(each) for each in (RIGHTS[Role(command["base"])] if own is None else own.permissions)}
    wanted = set(command["permissions"])
    than = "than it has now" if own is not None else f"than the {command['base']}"
    yield f"May more {than}", "; ".join(sorted(wanted - had)) or "nothing"
    yield f"May less {than}", "; ".join(sorted(had - wanted)) or "nothing"


def _named(read: Reading, key: str, value: int) -> Iterator[Fact]:
    with suppress(Refused):  # it may be gone by now; the approval says so
        match key:
            case "charge_id":
                row = charges.get(read.conn, value)
                yield "Charge", f"{row.code} of {say_date(row.service_date)}, {format_cents(row.amount_cents)}"
            case "payment_id":
                paid = payments.get(read.conn, value)
                yield "Receipt", f"{paid.number}, {paid.method}, {format_cents(paid.cents)}"
            case "posting_id":
                posting = journal.get(read.conn, value)
                yield "Entry", f"{posting.kind} of {say_date(posting.posted_on)}".replace("_", " ")


def _listed(key: str, some: list[Any]) -> Iterator[Fact]:
    yield key.replace("_", " ").capitalize(), str(len(some))
    for each in some:
        if isinstance(each, dict) and isinstance(each.get("lines"), list):
            for line in each["lines"]:
                fee = line.get("fee_cents")
                at = "by the price list" if fee is None else f"at {format_cents(fee)}"
                yield "Line", f"{line.get('code')}, {line.get('units')} units, {at}"
        elif isinstance(each, dict) and isinstance(each.get("cents"), int):
            yield "Amount", f"{format_cents(each['cents'])}, {each.get('method', '')}".removesuffix(", ")
