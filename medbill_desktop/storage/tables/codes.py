"""Code sets by release, fee schedules and contracts by payer, authorizations (BILLING C2-C8, R12; EDI K)."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

code_release = Table(
    "code_release",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("code_set", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("effective_from", Day, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("imported_at", Moment, nullable=False),
    Column("imported_by", BigInteger, nullable=False),
    Column("content", LargeBinary),
)
ncci_group = Table(
    "ncci_group",
    metadata,
    Column("release_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("pairs", LargeBinary, nullable=False),
)
mue_limit = Table(
    "mue_limit",
    metadata,
    Column("release_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, primary_key=True),
    Column("units", Integer, nullable=False),
    Column("kind", Integer, nullable=False),
)
rvu = Table(
    "rvu",
    metadata,
    Column("release_id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, primary_key=True),
    Column("modifier", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("work", Integer, nullable=False),
    Column("office_expense", Integer, nullable=False),
    Column("facility_expense", Integer, nullable=False),
    Column("malpractice", Integer, nullable=False),
    Column("factor", Integer, nullable=False),
)
gpci = Table(
    "gpci",
    metadata,
    Column("release_id", BigInteger, primary_key=True, autoincrement=False),
    Column("carrier", Text, primary_key=True),
    Column("locality", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("work", Integer, nullable=False),
    Column("expense", Integer, nullable=False),
    Column("malpractice", Integer, nullable=False),
)
payer_schedule = Table(
    "payer_schedule",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("payer_id", BigInteger, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),
)
contract_rate = Table(
    "contract_rate",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("payer_id", BigInteger, nullable=False),
    Column("plan", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("modifier", Text, nullable=False),
    Column("place_class", Text, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),
)
prior_authorization = Table(
    "prior_authorization",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("patient_id", BigInteger, nullable=False),
    Column("payer_id", BigInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("codes", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("allowed", Integer, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("created_by", BigInteger, nullable=False),
)
referral = Table(
    "referral",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("patient_id", BigInteger, nullable=False),
    Column("provider_id", BigInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("visits", Integer),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),
    Column("created_at", Moment, nullable=False),
    Column("created_by", BigInteger, nullable=False),
)
lab_certificate = Table(
    "lab_certificate",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("place_id", BigInteger, nullable=False),
    Column("number", Text, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day),
)
