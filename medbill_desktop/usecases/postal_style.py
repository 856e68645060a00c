"""Whether addresses are printed as the post prefers them; what was typed stays as it was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.postal import Postal, printed
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import settings
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

STYLE_KEY: Final = "postal_style"


@dataclass(frozen=True, slots=True)
class AskPostalStyle:
    """Are addresses printed in postal style?"""


@dataclass(frozen=True, slots=True)
class SetPostalStyle:
    """From today on, on statements and in files for agencies; what was printed before stays as it was sent."""

    id: Id
    on: bool


@query("address.style", needs=Permission.SELF)
def postal_style(read: Reading, asked: AskPostalStyle) -> bool:
    return in_style(read)


@usecase("address.style_set", needs=Permission.MANAGE_POLICY, topics={"settings", "statements"})
def set_postal_style(work: Work, cmd: SetPostalStyle) -> None:
    settings.put(work.conn, STYLE_KEY, cmd.on, work.today)
    work.entry.about("setting", None, postal=cmd.on)


def in_style(read: Reading) -> bool:
    return bool(settings.value(read.conn, STYLE_KEY, read.today, False))


def style_of(read: Reading) -> Callable[[Postal], Postal]:
    """Return how an address is printed today."""
    return printed if in_style(read) else lambda address: address
