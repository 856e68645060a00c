"""Roles of the practice's own, what waits for a second person, and who looked at who may do what."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

own_role = Table(
    "own_role",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("permissions", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("made_by", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("changed_by", BigInteger, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
proposal = Table(
    "proposal",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("case_name", Text, nullable=False),
    Column("command_id", BigInteger, nullable=False),
    Column("command", Text, nullable=False),
    Column("subject_kind", Text),
    Column("subject_id", BigInteger),
    Column("patient_id", BigInteger),
    Column("cents", BigInteger),
    Column("limit_name", Text, nullable=False),
    Column("limit_amount", BigInteger, nullable=False),
    Column("asked_by", BigInteger, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_on", Day, nullable=False),
    Column("reason", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", BigInteger),
    Column("decided_at", Moment),
    Column("answer", Text, nullable=False, server_default=""),
    Column("countersigned", Boolean, nullable=False, server_default="0"),
    Column("seen_at", Moment),
)
owner_review = Table(
    "owner_review",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("action", Text, nullable=False),
    Column("command_id", BigInteger, nullable=False),
    Column("subject_kind", Text),
    Column("subject_id", BigInteger),
    Column("patient_id", BigInteger),
    Column("cents", BigInteger),
    Column("limit_name", Text),
    Column("limit_amount", BigInteger),
    Column("user_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("signed_by", BigInteger),
    Column("signed_at", Moment),
    Column("comment", Text, nullable=False, server_default=""),
)
access_review = Table(
    "access_review",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("quarter", Day, nullable=False),
    Column("comment", Text, nullable=False),
    Column("audit_seq", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
access_review_line = Table(
    "access_review_line",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("review_id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("roles", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
)
