"""Money: payments, and the journal they are posted to."""

from sqlalchemy import BigInteger, Column, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

deposit = Table(
    "deposit",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("number", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("opened_on", Day, nullable=False),
    Column("closed_on", Day),
)
payment = Table(
    "payment",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("number", Text, nullable=False),
    Column("guarantor_id", BigInteger, nullable=False),
    Column("patient_id", BigInteger),
    Column("method", Text, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("received_on", Day, nullable=False),
    Column("deposit_id", BigInteger, nullable=False),
    Column("visit_id", BigInteger),
    Column("reference", Text, nullable=False),
    Column("taken_by", BigInteger, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("voided_at", Moment),
)
posting = Table(
    "posting",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("posted_on", Day, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("memo", Text, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("command_id", BigInteger, nullable=False),
    Column("source_kind", Text, nullable=False),
    Column("source_id", BigInteger),
    Column("reverses", BigInteger),
)
journal_line = Table(
    "journal_line",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("posting_id", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("cause", Text),
    Column("patient_id", BigInteger),
    Column("charge_id", BigInteger),
    Column("coverage_id", BigInteger),
    Column("guarantor_id", BigInteger),
    Column("payer_id", BigInteger),
    Column("provider_id", BigInteger),
    Column("deposit_id", BigInteger),
    Column("payment_id", BigInteger),
    Column("visit_id", BigInteger),
    Column("remittance_id", BigInteger),
    Column("reason", Text),
    Column("ref", Text),
)
