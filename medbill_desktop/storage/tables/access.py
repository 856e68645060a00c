"""Who may come in, and what was done."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

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
