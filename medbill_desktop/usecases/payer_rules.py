"""What a payer wants and how long it takes: read by who bills, kept by who keeps catalogs (BILLING R14)."""

from dataclasses import dataclass
from datetime import date

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.payer_rules import RuleValue as RuleValue
from medbill_desktop.domain.payer_rules import checked_rule
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs, payer_rules
from medbill_desktop.storage.tables import payer
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class PayerRules:
    payer_id: Id
    on: date | None = None  # today where None


@dataclass(frozen=True, slots=True)
class PayerRulesNow:
    """Those in force on the day asked for, and every value there was."""

    now: tuple[RuleValue, ...]
    history: tuple[RuleValue, ...]


@dataclass(frozen=True, slots=True)
class SavePayerRules:
    """Values from a day on, those alone that changed; an empty one is not known any more."""

    id: Id
    payer_id: Id
    rules: tuple[RuleValue, ...]


@query("payer.rules", needs=Permission.VIEW_ACCOUNT)
def payer_rules_of(read: Reading, asked: PayerRules) -> PayerRulesNow:
    now = payer_rules.on(read.conn, asked.payer_id, asked.on or read.today)
    return PayerRulesNow(tuple(now.values()), tuple(payer_rules.history(read.conn, asked.payer_id)))


@usecase("payer.rules_save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_payer_rules(work: Work, cmd: SavePayerRules) -> int:
    """Return how many values changed."""
    if not catalogs.known_ids(work.conn, payer, [cmd.payer_id]):
        raise Refused("This payer does not exist any more. Nothing was changed.")
    found = Findings()
    wanted = [checked_rule(each, found) for each in cmd.rules]
    found.raise_stops()
    changed = [
        each for each in wanted
        if payer_rules.value(work.conn, cmd.payer_id, each.rule, each.first_day) != each.value
    ]  # fmt: skip
    for each in changed:
        payer_rules.put(work.conn, work.new_id(), cmd.payer_id, each, work.user.id, work.now)
    work.entry.about("payer", cmd.payer_id, changed=", ".join(sorted(str(each.rule) for each in changed)))
    return len(changed)
