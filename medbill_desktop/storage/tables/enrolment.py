"""Codes for further computers, recovery kits, and what a use of the kit owes."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from medbill_desktop.storage.tables.types import Moment, metadata

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("entry_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("offered_by", BigInteger, nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("workstation", Integer),
    Column("ended_at", Moment),
)
recovery_kit = Table(
    "recovery_kit",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("made_by", BigInteger),
    Column("made_at", Moment, nullable=False),
    Column("drilled_at", Moment),
    Column("retired_at", Moment),
    Column("tell_owners", Boolean, nullable=False, server_default="0"),
)
kit_seen = Table(
    "kit_seen",
    metadata,
    Column("kit_id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("at", Moment, nullable=False),
)
recovery_use = Table(
    "recovery_use",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("workstation", Integer, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("kit_at", Moment),
    Column("epoch_at", Moment),
)
recovery_seen = Table(
    "recovery_seen",
    metadata,
    Column("use_id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("at", Moment, nullable=False),
)
