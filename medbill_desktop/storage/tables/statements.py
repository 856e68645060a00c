"""Statements as they were sent."""

from sqlalchemy import BigInteger, Column, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

statement = Table(
    "statement",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("number", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("guarantor_id", BigInteger, nullable=False),
    Column("patient_id", BigInteger),
    Column("statement_date", Day, nullable=False),
    Column("due_date", Day, nullable=False),
    Column("step", Text, nullable=False),
    Column("total_cents", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    Column("mailed_on", Day),
    Column("withdrawn_on", Day),
    Column("made_by", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
)
statement_line = Table(
    "statement_line",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("statement_id", BigInteger, nullable=False),
    Column("charge_id", BigInteger, nullable=False),
    Column("owe_cents", BigInteger, nullable=False),
)
