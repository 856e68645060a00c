"""Statements as they were sent, what holds one back, how somebody wants their mail, and who settles an estate."""

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, Table, Text

from medbill_desktop.storage.tables.types import Day, Moment, metadata

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
    Column("drawn", LargeBinary),
    Column("returned_on", Day),
    Column("return_settled_on", Day),
)
statement_line = Table(
    "statement_line",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("statement_id", BigInteger, nullable=False),
    Column("charge_id", BigInteger, nullable=False),
    Column("owe_cents", BigInteger, nullable=False),
)
statement_hold = Table(
    "statement_hold",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("guarantor_id", BigInteger, nullable=False),
    Column("charge_id", BigInteger),
    Column("reason", Text, nullable=False),
    Column("until_on", Day, nullable=False),
    Column("made_by", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("released_on", Day),
    Column("released_by", BigInteger),
)
mail_wish = Table(
    "mail_wish",
    metadata,
    Column("guarantor_id", BigInteger, primary_key=True),
    Column("language", Text, nullable=False),
    Column("large_print", Boolean, nullable=False),
    Column("to_estate", Boolean, nullable=False),
    Column("set_by", BigInteger, nullable=False),
    Column("set_at", Moment, nullable=False),
)
estate = Table(
    "estate",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("guarantor_id", BigInteger, nullable=False),
    Column("role", Text, nullable=False),
    Column("representative", Text, nullable=False, server_default=""),
    Column("street", Text, nullable=False, server_default=""),
    Column("street2", Text, nullable=False, server_default=""),
    Column("city", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default=""),
    Column("zip", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
    Column("first_day", Day, nullable=False),
    Column("noted_by", BigInteger, nullable=False),
    Column("noted_at", Moment, nullable=False),
    Column("ended_on", Day),
    Column("ended_by", BigInteger),
)
