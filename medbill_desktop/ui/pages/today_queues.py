"""The lines of what waits on Today, and those of patients' money (UX Today; BILLING S10-S14, J47)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from medbill_desktop.domain.money import Cents
from medbill_desktop.ui.models.rows import Status
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.collections import decide_case, recall_case, send_cases
from medbill_desktop.usecases.declare import UseCase
from medbill_desktop.usecases.deposits import close_money_item, close_slip
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.netting import net_credit
from medbill_desktop.usecases.plans import end_plan
from medbill_desktop.usecases.refunds import approve_refund, pay_refund
from medbill_desktop.usecases.today import MoneyQueues, Waiting


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of what waits; `id` is the page that works on it, where `page` names no other."""

    id: str
    what: str
    state: Status
    count: int | None = None
    oldest: date | None = None
    cents: Cents | None = None
    page: str = ""
    place: object = None

    @property
    def waits(self) -> bool:
        return self.state.tone in (Tone.WARN, Tone.STOP)


@dataclass(frozen=True, slots=True)
class _MoneyLine:
    """Where a queue of money stands: what it is called, where it is worked on, and by whom."""

    queue: str  # a field of MoneyQueues
    what: str
    word: str
    page: str
    case: UseCase[Any, Any]
    tone: Tone = Tone.WARN


_MONEY: Final = (
    _MoneyLine("slips", "Deposit slips of earlier days", "To close", "deposits", close_slip),
    _MoneyLine("returned", "Payments that the bank returned", "To settle", "day_sheet", net_credit, Tone.STOP),
    _MoneyLine("plans_missed", "Payment plans more than ten days late", "To call", "plans", end_plan),
    _MoneyLine("refunds_to_approve", "Refunds asked for", "To approve", "refunds", approve_refund),
    _MoneyLine("refunds_to_pay", "Refunds approved and not paid", "To pay", "refunds", pay_refund),
    _MoneyLine("cases_to_approve", "Accounts reviewed for collections", "To approve", "collections", decide_case),
    _MoneyLine("cases_to_send", "Accounts approved for collections", "To hand over", "collections", send_cases),
    _MoneyLine("cases_paid", "Accounts with the agency that are paid", "To call back", "collections", recall_case),
    _MoneyLine("items", "Open items of money", "To answer", "day_sheet", close_money_item),
)
MONEY_ORDER: Final = tuple(each.queue for each in _MONEY)


def money_rows(found: MoneyQueues, desk: Desk) -> Iterator[QueueRow]:
    """Yield the queues in which something waits for what this person may do."""
    for each in _MONEY:
        waiting: Waiting = getattr(found, each.queue)
        if waiting.count and desk.may(each.case):
            row = queue(each.queue, each.what, waiting, each.word)
            yield replace(row, page=each.page, state=Status(each.tone, each.word))


def queue(page: str, what: str, waiting: Waiting, word: str) -> QueueRow:
    if not waiting.count:
        return QueueRow(page, what, Status(Tone.OK, "Nothing waits"))
    return QueueRow(page, what, Status(Tone.WARN, word), waiting.count, waiting.oldest, waiting.cents or None)
