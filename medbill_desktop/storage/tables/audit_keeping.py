"""How the log is kept: watched records, legal holds, explained gaps, archived years (SECURITY A14, A16, A18)."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from medbill_desktop.storage.tables.types import Moment, metadata

watched_patient = Table(
    "watched_patient",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("patient_id", BigInteger, nullable=False),
    Column("since", Moment, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("until", Moment),
    Column("ended_by", BigInteger),
)
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("lift_reason", Text, nullable=False, server_default=""),
    Column("lifted_by", BigInteger),
    Column("lifted_at", Moment),
)
audit_explained = Table(
    "audit_explained",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("until_seq", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("head_seq", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
audit_archive = Table(
    "audit_archive",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("last_mac", LargeBinary, nullable=False),
    Column("target", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
