"""Every table, once, for queries. Migrations do not import this: they are frozen SQL; a test compares the two."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Day(TypeDecorator[date]):
    """A calendar date, kept as ISO text so that it sorts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as ISO text of one width so that it sorts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData()

vault = Table(
    "vault",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("vault_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("gen", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("app_version", Text, nullable=False),
)
setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("effective_from", Day, primary_key=True),
    Column("value", Text, nullable=False),
)
user = Table(
    "user",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("totp_secret", Text),
    Column("totp_last_step", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
)
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("used_at", Moment),
)
workstation = Table(
    "workstation",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("device_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("store_kind", Text, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("enrolled_by", BigInteger),
    Column("revoked_at", Moment),
)
counter = Table(
    "counter",
    metadata,
    Column("workstation", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)
command = Table(
    "command",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("result", Text, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("user_id", BigInteger),
    Column("workstation", Integer, nullable=False),
    Column("session", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject_kind", Text),
    Column("subject_id", BigInteger),
    Column("patient_id", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("detail", Text, nullable=False),
    Column("mac", LargeBinary, nullable=False),
)
audit_epoch = Table(
    "audit_epoch",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("mac_key", LargeBinary, nullable=False),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("last_mac", LargeBinary, nullable=False),
)
audit_review = Table(
    "audit_review",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("week", Day, nullable=False),
    Column("findings", Integer, nullable=False),
    Column("own", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("audit_seq", Integer, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)
emergency_access = Table(
    "emergency_access",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("workstation", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("signed_by", BigInteger),
    Column("signed_at", Moment),
    Column("comment", Text, nullable=False, server_default=""),
)
practice = Table(
    "practice",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("street2", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("zip", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("npi", Text, nullable=False),
    Column("tin", Text, nullable=False),
    Column("taxonomy", Text, nullable=False),
    Column("privacy_officer", Integer),
    Column("security_officer", Integer),
)
provider = Table(
    "provider",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("last", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("credential", Text, nullable=False),
    Column("npi", Text, nullable=False),
    Column("taxonomy", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("source_ref", Text),
)
place = Table(
    "place",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("pos", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("zip", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("source_ref", Text),
)
payer = Table(
    "payer",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("payer_code", Text, nullable=False),
    Column("filing_indicator", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("zip", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("source_ref", Text),
)
guarantor = Table(
    "guarantor",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("last", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("mailing_name", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("street2", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("zip", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("bad_address_on", Day),
    Column("no_mail_on", Day),
    Column("deceased_on", Day),
    Column("bankrupt_on", Day),
    Column("dispute_on", Day),
    Column("collection_on", Day),
    Column("created_at", Moment, nullable=False),
)
patient = Table(
    "patient",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("account", Text, nullable=False),
    Column("last", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("middle", Text, nullable=False),
    Column("suffix", Text, nullable=False),
    Column("mailing_name", Text, nullable=False),
    Column("former_names", Text, nullable=False),
    Column("birth_date", Day, nullable=False),
    Column("sex", Text, nullable=False),
    Column("ssn", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("street2", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("zip", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("deceased_on", Day),
    Column("guarantor_id", BigInteger, nullable=False),
    Column("relationship", Text, nullable=False),
    Column("source_ref", Text),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
)
patient_key = Table(
    "patient_key",
    metadata,
    Column("key", Text, primary_key=True),
    Column("patient_id", BigInteger, primary_key=True),
)
contact = Table(
    "contact",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("patient_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("relationship", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("street2", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("zip", Text, nullable=False),
    Column("permission", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),
)
coverage = Table(
    "coverage",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("patient_id", BigInteger, nullable=False),
    Column("payer_id", BigInteger, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("group_number", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("relationship", Text, nullable=False),
    Column("subscriber_last", Text, nullable=False),
    Column("subscriber_first", Text, nullable=False),
    Column("subscriber_birth", Day),
    Column("subscriber_sex", Text, nullable=False),
    Column("subscriber_street", Text, nullable=False),
    Column("subscriber_city", Text, nullable=False),
    Column("subscriber_state", Text, nullable=False),
    Column("subscriber_zip", Text, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),
    Column("source_ref", Text),
    Column("created_at", Moment, nullable=False),
)
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
