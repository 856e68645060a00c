"""Deposit slips: what lies on them, counting and closing one, and the bank's line (BILLING S10, J48)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.documents.plain_sheet import Grid, PlainSheet, plain_sheet_pdf
from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.deposits import (
    Pieces,
    by_denomination,
    check_difference,
    check_pieces,
    counted,
    pieces_text,
)
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, move_lines, posting_of
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import deposits, money_items, payments, roles
from medbill_desktop.storage.deposits import SlipFacts as SlipFacts
from medbill_desktop.storage.deposits import SlipItem as SlipItem
from medbill_desktop.storage.money_items import MoneyItem as MoneyItem
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import check_words, post
from medbill_desktop.usecases.receipts import METHODS

MOST_LISTED: Final = 500
_MISSING: Final = ("over_short", "bank_difference")


@dataclass(frozen=True, slots=True)
class ListSlips:
    """The slips, those still open first."""


@dataclass(frozen=True, slots=True)
class OpenSlip:
    deposit_id: Id


@dataclass(frozen=True, slots=True)
class SlipContent:
    slip: SlipFacts
    items: tuple[SlipItem, ...]

    @property
    def difference_cents(self) -> Cents:
        """Over or short when it was counted."""
        slip = self.slip
        return Cents(0 if slip.counted_cents is None else slip.counted_cents - (slip.slip_cents or 0))


@dataclass(frozen=True, slots=True)
class StartSlip:
    """Let new money of a method join a new slip, while the old one is counted."""

    id: Id
    deposit_id: Id


@dataclass(frozen=True, slots=True)
class MovePayments:
    """Put payments on another open slip of the same method."""

    id: Id
    payment_ids: tuple[Id, ...]
    deposit_id: Id


@dataclass(frozen=True, slots=True)
class CloseSlip:
    """`seen_cents` is what the person saw on it; cash is counted by `pieces`, all else by `counted_cents`."""

    id: Id
    deposit_id: Id
    seen_cents: Cents
    pieces: tuple[Pieces, ...] = ()
    counted_cents: Cents | None = None  # as the slip says where None
    reason: str = field(default="", repr=False)  # of a difference


@dataclass(frozen=True, slots=True)
class ClosedSlip:
    deposit_id: Id
    items: int
    cents: Cents
    difference_cents: Cents


@dataclass(frozen=True, slots=True)
class NoteBankLine:
    """What the bank says of a closed slip."""

    id: Id
    deposit_id: Id
    bank_on: date
    bank_cents: Cents


@dataclass(frozen=True, slots=True)
class ListMoneyItems:
    closed: bool = False


@dataclass(frozen=True, slots=True)
class CloseMoneyItem:
    id: Id
    item_id: Id
    answer: str = field(repr=False)


@query("deposit.list", needs=Permission.TAKE_PAYMENT)
def list_slips(read: Reading, query: ListSlips) -> tuple[SlipFacts, ...]:
    return tuple(deposits.slips(read.conn, limit=MOST_LISTED))


@query("deposit.open", needs=Permission.TAKE_PAYMENT, audit="deposit.open")
def open_slip(read: Reading, query: OpenSlip) -> SlipContent:
    """Return what lies on a slip, payment by payment."""
    slip = deposits.get(read.conn, query.deposit_id)
    items = tuple(deposits.items(read.conn, slip.id))
    read.entry.about("deposit", slip.id, items=len(items))
    return SlipContent(slip, items)


@usecase("deposit.start", needs=Permission.TAKE_PAYMENT, topics={"payments"})
def start_slip(work: Work, cmd: StartSlip) -> Id:
    """Begin the next slip of a method; what is taken from now on lies there."""
    slip = _still_open(work, cmd.deposit_id)
    if slip.filled_at is not None:
        raise Refused("New money goes to another slip already.")
    deposits.fill(work.conn, slip.id, work.now)
    made = work.new_id()
    payments.add_slip(work.conn, made, work.number("deposit"), slip.method, work.today)
    work.entry.about("deposit", slip.id, next=made)
    return made


@usecase("deposit.move", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def move_payments(work: Work, cmd: MovePayments) -> int:
    """Move payments to another open slip (BILLING J48)."""
    target = _still_open(work, cmd.deposit_id)
    if not cmd.payment_ids:
        raise Refused("Choose the payments to move.")
    for payment_id in cmd.payment_ids:
        facts = payments.get(work.conn, payment_id)
        source = _still_open(work, facts.deposit_id)
        if source.id == target.id:
            raise Refused(f"Receipt {facts.number} lies on that slip already.")
        if source.method != target.method:
            raise Refused(f"Receipt {facts.number} came by {source.method}; choose a slip of that.")
        cents = deposits.cash_of(work.conn, payment_id, source.id)
        if cents:
            lines = move_lines(payment_id, source.id, target.id, cents)
            post(work, cmd.id, [posting_of(Kind.MOVE_DEPOSIT, work.today, lines, source_kind="payment",
                                           source_id=payment_id)])  # fmt: skip
    deposits.move(work.conn, cmd.payment_ids, target.id)
    work.entry.about("deposit", target.id, payments=len(cmd.payment_ids))
    return len(cmd.payment_ids)


@usecase("deposit.close", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def close_slip(work: Work, cmd: CloseSlip) -> ClosedSlip:
    """Close a slip as it was counted; its payments are frozen, a difference becomes an item (BILLING S10)."""
    slip = _still_open(work, cmd.deposit_id)
    found = Findings()
    if not slip.items:
        found.stop("empty", "deposit", "Nothing lies on this slip.", "It stays open for the next payment.")
    elif slip.cents != cmd.seen_cents:
        found.stop("changed", "deposit", f"It holds {format_cents(slip.cents)} by now.", "Look at it again.")
    check_words(found, "reason", cmd.reason)
    have = _counted(found, slip, cmd)
    difference = check_difference(found, slip.cents, have, cmd.reason)
    found.raise_stops()
    deposits.close(work.conn, slip, work.today, work.user.id, work.now, have, pieces_text(cmd.pieces))
    if difference:
        money_items.add(work.conn, work.new_id(), "over_short", work.today, work.user.id, deposit_id=slip.id,
                        cents=difference, words=cmd.reason.strip())  # fmt: skip
    work.entry.about("deposit", slip.id, cents=slip.cents, items=slip.items, difference_cents=difference)
    return ClosedSlip(slip.id, slip.items, slip.cents, difference)


def _counted(found: Findings, slip: SlipFacts, cmd: CloseSlip) -> Cents:
    if slip.method == "cash":
        check_pieces(found, cmd.pieces)
        if not cmd.pieces:
            found.stop("count", "pieces", "Cash is counted by notes and coins.", "Type how many there are of each.")
            return slip.cents
        return counted(cmd.pieces)
    if cmd.pieces:
        found.stop("count", "pieces", "Only cash is counted by notes and coins.")
    return slip.cents if cmd.counted_cents is None else cmd.counted_cents


@usecase("deposit.bank", needs=Permission.TAKE_PAYMENT, topics={"payments"})
def note_bank_line(work: Work, cmd: NoteBankLine) -> Cents:
    """Note what the bank booked; returns the difference, which becomes an item and never a posting (BILLING M17)."""
    slip = deposits.get(work.conn, cmd.deposit_id)
    if slip.kind != "slip":
        raise Refused("This is an event of the bank itself; its line is known already.")
    if slip.closed_on is None:
        raise Refused("Close the slip first; the bank books what was brought there.")
    found = Findings()
    if not slip.opened_on <= cmd.bank_on <= work.today:
        found.stop("bank-day", "bank_on", "The bank can't have booked it on that day.", "Type the day of the bank.")
    found.raise_stops()
    brought = slip.slip_cents if slip.counted_cents is None else slip.counted_cents
    difference = Cents(cmd.bank_cents - (brought or 0))
    # What the bank said before counts no more, nor does the difference from it.
    money_items.close_of_slip(work.conn, slip.id, "bank_difference", work.today, work.user.id)
    deposits.note_bank(work.conn, slip.id, cmd.bank_on, cmd.bank_cents)
    if difference:
        money_items.add(work.conn, work.new_id(), "bank_difference", work.today, work.user.id, deposit_id=slip.id,
                        cents=difference)  # fmt: skip
    work.entry.about("deposit", slip.id, cents=cmd.bank_cents, difference_cents=difference)
    return difference


@query("deposit.slip", needs=Permission.TAKE_PAYMENT, audit="deposit.slip")
def slip_pdf(read: Reading, query: OpenSlip) -> bytes:
    """Return the slip on paper: receipt numbers, references and sums, no names (45 CFR 164.502(b))."""
    slip, items = deposits.get(read.conn, query.deposit_id), deposits.items(read.conn, query.deposit_id)
    read.entry.about("deposit", slip.id, items=len(items))
    practice = payments.practice_block(read.conn)
    facts = [("Slip", slip.number), ("Opened", show_date(slip.opened_on))]
    if slip.closed_on is not None:
        facts += [("Closed", show_date(slip.closed_on)), ("By", slip.closed_by)]
    rows = [(each.number, show_date(each.received_on), each.reference, format_cents(each.cents)) for each in items]
    rows.append(("Together", "", "", format_cents(slip.cents)))
    grids = [Grid("What lies on it", ("Receipt", "Received", "Reference", "Amount"), tuple(rows),
                  strong=frozenset({len(rows) - 1}))]  # fmt: skip
    if slip.pieces:
        held = by_denomination(slip.pieces)
        pieces = tuple((name, f"{count:,}") for name, count in held.items())
        total = (("Counted", format_cents(slip.counted_cents or 0)),)
        grids.append(Grid("Cash", ("Note or coin", "Pieces"), pieces + total, strong=frozenset({len(pieces)})))
    title = f"{METHODS.get(slip.method, slip.method)} deposit"
    return plain_sheet_pdf(
        PlainSheet(title, practice.name, (*practice.lines, show_phone(practice.phone)), tuple(facts), tuple(grids))
    )


@query("money_item.list", needs=Permission.TAKE_PAYMENT)
def list_money_items(read: Reading, query: ListMoneyItems) -> tuple[MoneyItem, ...]:
    return tuple(money_items.listed(read.conn, closed=query.closed))


@usecase("money_item.close", needs=Permission.VOID, topics={"payments"})
def close_money_item(work: Work, cmd: CloseMoneyItem) -> None:
    """Say what came of an item."""
    found = Findings()
    check_words(found, "answer", cmd.answer, needed=True)
    found.raise_stops()
    if money_items.opener(work.conn, cmd.item_id) in {(kind, work.user.id) for kind in _MISSING} and _not_alone(work):
        raise Refused("You counted this money. Somebody else says what came of the difference.")
    money_items.close(work.conn, cmd.item_id, work.today, work.user.id, cmd.answer.strip())
    work.entry.about("money_item", cmd.item_id)


def _not_alone(work: Work) -> bool:
    """Whether somebody else could look at it: who counts the drawer does not explain what is missing from it."""
    return bool(set(roles.with_right(work.conn, work.user.book, Permission.VOID)) - {work.user.id})


def _still_open(work: Work, deposit_id: Id) -> SlipFacts:
    slip = deposits.get(work.conn, deposit_id)
    if slip.closed_on is not None:
        raise Refused(
            f"Slip {slip.number} is closed and its money is on its way to the bank. A closed slip is not opened again;"
            " what is wrong with it is noted as a returned payment, a refund or an item."
        )
    return slip
