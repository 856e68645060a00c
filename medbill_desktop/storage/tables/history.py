"""Ledger history that came from another system: which file, and what each of its rows became."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

ledger_import = Table(
    "ledger_import",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("charges", Integer, nullable=False),
    Column("zero_charges", Integer, nullable=False),
    Column("charged_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("adjusted_cents", BigInteger, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day, nullable=False),
    Column("command_id", BigInteger, nullable=False),
    Column("made_by", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("undone_by", BigInteger),
    Column("undone_at", Moment),
)
ledger_import_row = Table(
    "ledger_import_row",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("import_id", BigInteger, nullable=False),
    Column("source_ref", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("claim_ref", Text, nullable=False),
    Column("charge_id", BigInteger),
    Column("payment_id", BigInteger),
    Column("live", Boolean, nullable=False),
)
