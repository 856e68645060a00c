"""Small balances written off in a batch, after a look at the list (BILLING S11)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import (
    SMALL_BALANCE_DAYS,
    SMALL_BALANCE_MOST,
    Kind,
    adjustment_lines,
    posting_of,
)
from medbill_desktop.domain.money import Cents, format_cents, total
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Limit, Permission, Use
from medbill_desktop.storage import accounts, charges, collections, payments, plans
from medbill_desktop.storage.accounts import OpenItem
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import post


@dataclass(frozen=True, slots=True)
class ListSmallBalances:
    """Guarantors who owe no more than 4.99 in all, for 90 days."""


@dataclass(frozen=True, slots=True)
class SmallBalance:
    guarantor_id: Id
    name: str = field(repr=False)
    cents: Cents
    since: date
    charge_ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class WriteOffSmall:
    """Those of the list that were left ticked; `seen_cents` is what they came to on the screen."""

    id: Id
    guarantor_ids: tuple[Id, ...]
    seen_cents: Cents


@dataclass(frozen=True, slots=True)
class WrittenOffSmall:
    accounts: int
    charges: int
    cents: Cents


@query("small_balance.list", needs=Permission.WRITE_OFF_BATCH)
def list_small_balances(read: Reading, query: ListSmallBalances) -> tuple[SmallBalance, ...]:
    """List what is too small to be asked for; a large balance in small parts is none."""
    return tuple(sorted(small_balances(read), key=lambda each: each.name.casefold()))


def _batch_limits(work: Work, cmd: WriteOffSmall) -> Iterator[Use]:
    # Each account counts for itself, as if it were written off alone.
    for each in small_balances(work):
        if each.guarantor_id in cmd.guarantor_ids:
            yield Use(Limit.WRITE_OFF_CHARGE_CENTS, each.cents)


@usecase("small_balance.write_off", needs=Permission.WRITE_OFF_BATCH, topics={"ledger"}, limit=_batch_limits)
def write_off_small(work: Work, cmd: WriteOffSmall) -> WrittenOffSmall:
    """Write the small balances of a list off, all of them or none."""
    asked = set(cmd.guarantor_ids)
    chosen = [each for each in small_balances(work) if each.guarantor_id in asked]
    cents = total(each.cents for each in chosen)
    if not asked:
        raise Refused("Tick the balances to be written off.")
    if len(chosen) != len(asked) or cents != cmd.seen_cents:
        raise Refused(f"The list has changed: they come to {format_cents(cents)} by now. Look at it again.")
    postings = []
    for each in chosen:
        for debt in payments.owed_by(work.conn, each.guarantor_id):
            row = charges.get(work.conn, debt.charge.charge_id)
            # The party is the record that the debt stands on, which another guarantor may stand for by now.
            lines = adjustment_lines(row.facts, debt.charge.party, debt.cents, "small_balance")
            postings.append(posting_of(Kind.ADJUSTMENT, work.today, lines, source_kind="charge", source_id=row.id))
            work.also("small_balance.write_off", "charge", row.id, row.patient_id, cents=debt.cents)
    post(work, cmd.id, postings)
    work.entry.about("batch", cmd.id, accounts=len(chosen), charges=len(postings), cents=cents)
    return WrittenOffSmall(len(chosen), len(postings), cents)


def small_balances(read: Reading) -> list[SmallBalance]:
    """Find the accounts: patient side only, little in all, old, no credit, no agreement, nobody else's to decide."""
    open_ones: dict[Id, list[OpenItem]] = defaultdict(list)
    for each in accounts.open_items(read.conn):
        open_ones[each.guarantor_id].append(each)
    since = read.today - timedelta(days=SMALL_BALANCE_DAYS)
    small = {guarantor_id: items for guarantor_id, items in open_ones.items() if _is_small(items, since)}
    kept = accounts.credits(read.conn).keys() | plans.running(read.conn) | collections.held(read.conn, list(small))
    names = collections.names(read.conn, list(small))
    return [_small(each, names[each], items) for each, items in small.items() if each not in kept]


def _is_small(items: Sequence[OpenItem], since: date) -> bool:
    if any(each.pending_cents or each.owes_cents <= 0 for each in items):
        return False
    if not all(each.since is not None and each.since <= since for each in items):
        return False
    return 0 < total(each.owes_cents for each in items) <= SMALL_BALANCE_MOST


def _small(guarantor_id: Id, name: str, items: Sequence[OpenItem]) -> SmallBalance:
    days = [each.since for each in items if each.since is not None]
    return SmallBalance(
        guarantor_id, name, total(each.owes_cents for each in items), min(days),
        tuple(each.charge_id for each in items),
    )  # fmt: skip
