"""People who come, are away, and go."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

invitation = Table(
    "invitation",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", BigInteger),
    Column("expires_at", Moment, nullable=False),
    Column("arrived_at", Moment),
    Column("withdrawn_at", Moment),
)
leave = Table(
    "leave",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day, nullable=False),
    Column("back_on", Day),
    Column("entered_by", BigInteger, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("ended_by", BigInteger),
    Column("ended_at", Moment),
)
staff_task = Table(
    "staff_task",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("list", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("opened_by", BigInteger, nullable=False),
    Column("done_on", Day),
    Column("done_at", Moment),
    Column("done_by", BigInteger),
)
staff_review = Table(
    "staff_review",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("week", Day, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("findings", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("audit_seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)
