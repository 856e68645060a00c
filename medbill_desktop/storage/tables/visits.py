"""Visits and what was charged for them."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

visit = Table(
    "visit",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("patient_id", BigInteger, nullable=False),
    Column("service_date", Day, nullable=False),
    Column("provider_id", BigInteger, nullable=False),
    Column("place_id", BigInteger, nullable=False),
    Column("coverage_id", BigInteger),
    Column("self_pay", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("source_ref", Text),
    Column("created_at", Moment, nullable=False),
)
diagnosis = Table(
    "diagnosis",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("visit_id", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("code", Text, nullable=False),
)
fee = Table(
    "fee",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("schedule", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("modifier", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("generic_words", Text, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),
)
charge = Table(
    "charge",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("visit_id", BigInteger, nullable=False),
    Column("patient_id", BigInteger, nullable=False),
    Column("line_no", Integer, nullable=False),
    Column("control_number", Text, nullable=False),
    Column("service_date", Day, nullable=False),
    Column("provider_id", BigInteger, nullable=False),
    Column("place_id", BigInteger, nullable=False),
    Column("coverage_id", BigInteger),
    Column("guarantor_id", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("generic_words", Text, nullable=False),
    Column("modifiers", Text, nullable=False),
    Column("units", Integer, nullable=False),
    Column("fee_cents", BigInteger, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("pointers", Text, nullable=False),
    Column("entered_by", BigInteger, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("voided_at", Moment),
)
