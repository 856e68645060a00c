"""Claims: which charges each holds, what it says, and what happened to it (BILLING X)."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from medbill_desktop.storage.tables.types import Moment, metadata

claim = Table(
    "claim",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("number", Text, nullable=False),
    Column("visit_id", BigInteger, nullable=False),
    Column("patient_id", BigInteger, nullable=False),
    Column("coverage_id", BigInteger, nullable=False),
    Column("payer_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("snapshot_id", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
)
claim_snapshot = Table(
    "claim_snapshot",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("content", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("line_count", Integer, nullable=False),
)
claim_line = Table(
    "claim_line",
    metadata,
    Column("claim_id", BigInteger, primary_key=True, autoincrement=False),
    Column("charge_id", BigInteger, primary_key=True, autoincrement=False),
    Column("coverage_id", BigInteger, nullable=False),
    Column("holds", Boolean, nullable=False),
)
claim_event = Table(
    "claim_event",
    metadata,
    Column("claim_id", BigInteger, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
    Column("from_status", Text),
    Column("to_status", Text, nullable=False),
    Column("snapshot_id", BigInteger, nullable=False),
    Column("document", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("made_by", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
)
