"""Every table, once, a file per family. Migrations are frozen SQL and do not import this; a test compares."""

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
from medbill_desktop.storage.tables.audit_keeping import audit_archive, audit_explained, legal_hold, watched_patient
from medbill_desktop.storage.tables.codes import (
    code_release,
    contract_rate,
    gpci,
    lab_certificate,
    mue_limit,
    ncci_group,
    payer_schedule,
    prior_authorization,
    referral,
    rvu,
)
from medbill_desktop.storage.tables.joining import invitation, leave, staff_review, staff_task
from medbill_desktop.storage.tables.keeping import backup, backup_identity, draft, preference
from medbill_desktop.storage.tables.ledger import deposit, journal_line, payment, posting
from medbill_desktop.storage.tables.office import payer, place, practice, provider, setting, vault
from medbill_desktop.storage.tables.patients import contact, coverage, guarantor, patient, patient_key
from medbill_desktop.storage.tables.roles import access_review, access_review_line, own_role, owner_review, proposal
from medbill_desktop.storage.tables.statements import statement, statement_line
from medbill_desktop.storage.tables.types import Day, Moment, metadata
from medbill_desktop.storage.tables.visits import charge, diagnosis, fee, visit

__all__ = [
    "Day",
    "Moment",
    "access_review",
    "access_review_line",
    "audit",
    "audit_archive",
    "audit_epoch",
    "audit_explained",
    "audit_review",
    "backup",
    "backup_identity",
    "charge",
    "code_release",
    "command",
    "contact",
    "contract_rate",
    "counter",
    "coverage",
    "deposit",
    "diagnosis",
    "draft",
    "emergency_access",
    "fee",
    "gpci",
    "guarantor",
    "invitation",
    "journal_line",
    "lab_certificate",
    "leave",
    "legal_hold",
    "metadata",
    "mue_limit",
    "ncci_group",
    "own_role",
    "owner_review",
    "patient",
    "patient_key",
    "payer",
    "payer_schedule",
    "payment",
    "place",
    "posting",
    "practice",
    "preference",
    "prior_authorization",
    "proposal",
    "provider",
    "recovery_code",
    "referral",
    "rvu",
    "setting",
    "staff_review",
    "staff_task",
    "statement",
    "statement_line",
    "user",
    "vault",
    "visit",
    "watched_patient",
    "workstation",
]
