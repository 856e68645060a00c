"""Scans and documents, records that were merged, and who paid for a patient before."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

document_content = Table(
    "document_content",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
document = Table(
    "document",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("content_id", BigInteger, nullable=False),
    Column("patient_id", BigInteger, nullable=False),
    Column("coverage_id", BigInteger),
    Column("visit_id", BigInteger),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("dated_on", Day, nullable=False),
    Column("added_by", BigInteger, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn_by", BigInteger),
    Column("withdrawn_reason", Text, nullable=False),
)
patient_merge = Table(
    "patient_merge",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("survivor_id", BigInteger, nullable=False),
    Column("merged_id", BigInteger, nullable=False),
    Column("guarantor_before", BigInteger, nullable=False),
    Column("relationship_before", Text, nullable=False),
    Column("guarantor_after", BigInteger, nullable=False),
    Column("relationship_after", Text, nullable=False),
    Column("guarantor_joined", BigInteger),
    Column("made_by", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("undone_by", BigInteger),
    Column("undone_at", Moment),
)
guarantor_period = Table(
    "guarantor_period",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("patient_id", BigInteger, nullable=False),
    Column("guarantor_id", BigInteger, nullable=False),
    Column("relationship", Text, nullable=False),
    Column("last_day", Day, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("set_at", Moment, nullable=False),
)
payer_rule = Table(
    "payer_rule",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("payer_id", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("set_at", Moment, nullable=False),
)
