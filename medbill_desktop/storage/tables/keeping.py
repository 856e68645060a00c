"""Backups, and what a person left half done."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text

from medbill_desktop.storage.tables.types import Moment, metadata

backup = Table(
    "backup",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("target", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("audit_seq", Integer, nullable=False),
    Column("audit_head", LargeBinary, nullable=False),
    Column("verified_at", Moment),
    Column("other_disk", Boolean, nullable=False),
    Column("deleted_at", Moment),
)
backup_identity = Table(
    "backup_identity",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("identity", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("retired_at", Moment),
)
draft = Table(
    "draft",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("form", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
preference = Table(
    "preference",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
