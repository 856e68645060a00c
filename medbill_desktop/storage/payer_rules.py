"""Rules of payers in and out, each from a day on (BILLING R14)."""

from datetime import date, datetime

from sqlalchemy import Connection, select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.payer_rules import Rule, RuleValue
from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import payer, payer_rule


def on(conn: Connection, payer_id: int, day: date) -> dict[str, RuleValue]:
    """Return what is in force on a day, by rule; one that was taken back is not there."""
    c = payer_rule.c
    rows = conn.execute(
        select(c.rule, c.value, c.first_day).where(c.payer_id == payer_id, c.first_day <= day).order_by(c.first_day)
    )
    latest = {row.rule: RuleValue(row.rule, row.value, row.first_day) for row in rows}
    return {rule: value for rule, value in latest.items() if value.value}


def value(conn: Connection, payer_id: int, rule: str, day: date) -> str:
    """Return one value in force on a day; empty where it is not known."""
    found = on(conn, payer_id, day).get(rule)
    return "" if found is None else found.value


def wants(conn: Connection, payer_id: int, day: date) -> tuple[str, str]:
    """Return a payer's filing indicator and what its member ids look like on a day."""
    indicator = conn.execute(select(payer.c.filing_indicator).where(payer.c.id == payer_id)).scalar()
    return indicator or "", value(conn, payer_id, Rule.MEMBER_ID, day)


def history(conn: Connection, payer_id: int) -> list[RuleValue]:
    """Return every value there was or will be, the newest first."""
    c = payer_rule.c
    wanted = select(c.rule, c.value, c.first_day).where(c.payer_id == payer_id)
    return [RuleValue(*row) for row in conn.execute(wanted.order_by(c.first_day.desc(), c.rule))]


def put(conn: Connection, rule_id: Id, payer_id: Id, wanted: RuleValue, by: Id, at: datetime) -> None:
    """Set a value from its day on; another of the same day is replaced."""
    row = {
        "id": rule_id, "payer_id": payer_id, "rule": str(wanted.rule), "value": wanted.value,
        "first_day": wanted.first_day, "set_by": by, "set_at": at,
    }  # fmt: skip
    conn.execute(upsert(payer_rule, row, ["payer_id", "rule", "first_day"]))
