"""What waits for someone's hand today (UX Today)."""

from dataclasses import dataclass
from datetime import timedelta

from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import money_queues, settings, work_queues
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.statements import RULES_KEY

Waiting = work_queues.Waiting
MoneyQueues = money_queues.MoneyQueues


@dataclass(frozen=True, slots=True)
class AskQueues:
    """What waits, over the whole practice?"""


@dataclass(frozen=True, slots=True)
class WorkQueues:
    """`statements` counts who owes and was sent nothing in a cycle; the Statements page judges each of them in full."""

    visits: Waiting
    credits: Waiting
    statements: Waiting


@dataclass(frozen=True, slots=True)
class AskMoneyQueues:
    """What of patients' money waits, over the whole practice?"""


@query("today.money", needs=Permission.TAKE_PAYMENT)
def money_waiting(read: Reading, asked: AskMoneyQueues) -> MoneyQueues:
    """Count missed plans, refunds, returned payments, open slips and cases, each with its oldest day."""
    return money_queues.money_queues(read.conn, read.today)


@query("today.queues", needs=Permission.VIEW_ACCOUNT)
def work_waiting(read: Reading, asked: AskQueues) -> WorkQueues:
    rules = StatementRules(**settings.value(read.conn, RULES_KEY, read.today, {}))
    since = read.today - timedelta(days=rules.cycle_days)
    return WorkQueues(
        work_queues.open_visits(read.conn, read.today),
        work_queues.credits_held(read.conn),
        work_queues.may_get_statement(read.conn, rules.minimum_cents, since),
    )
