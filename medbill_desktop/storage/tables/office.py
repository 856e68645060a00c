"""The practice itself: its data, its settings, and whom it works with."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

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
    Column("kind", Text, nullable=False),
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
