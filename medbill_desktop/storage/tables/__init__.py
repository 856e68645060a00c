"""Every table, once, for queries, a file per family. Migrations are frozen SQL and do not import this; a test compares."""

from medbill_desktop.storage.tables.access import (
    audit,
    audit_epoch,
    audit_review,
    command,
    counter,
    emergency_access,
    recovery_code,
    user,
    workstation,
)
from medbill_desktop.storage.tables.keeping import backup, backup_identity, draft, preference
from medbill_desktop.storage.tables.ledger import deposit, journal_line, payment, posting
from medbill_desktop.storage.tables.office import payer, place, practice, provider, setting, vault
from medbill_desktop.storage.tables.patients import contact, coverage, guarantor, patient, patient_key
from medbill_desktop.storage.tables.statements import statement, statement_line
from medbill_desktop.storage.tables.types import Day, Moment, metadata
from medbill_desktop.storage.tables.visits import charge, diagnosis, fee, visit

__all__ = [
    "Day",
    "Moment",
    "audit",
    "audit_epoch",
    "audit_review",
    "backup",
    "backup_identity",
    "charge",
    "command",
    "contact",
    "counter",
    "coverage",
    "deposit",
    "diagnosis",
    "draft",
    "emergency_access",
    "fee",
    "guarantor",
    "journal_line",
    "metadata",
    "patient",
    "patient_key",
    "payer",
    "payment",
    "place",
    "posting",
    "practice",
    "preference",
    "provider",
    "recovery_code",
    "setting",
    "statement",
    "statement_line",
    "user",
    "vault",
    "visit",
    "workstation",
]
