"""The pages in the order of the rail; the shell builds those whose case the person may run."""

from medbill_desktop.ui.pages.account import AccountPage
from medbill_desktop.ui.pages.approvals import ApprovalsPage
from medbill_desktop.ui.pages.audit import AuditPage
from medbill_desktop.ui.pages.backup import BackupPage
from medbill_desktop.ui.pages.charges import ChargesPage
from medbill_desktop.ui.pages.collections import CollectionsPage
from medbill_desktop.ui.pages.day_sheet import DaySheetPage
from medbill_desktop.ui.pages.deposits import DepositsPage
from medbill_desktop.ui.pages.drafts import DraftsPage
from medbill_desktop.ui.pages.duplicates import DuplicatesPage
from medbill_desktop.ui.pages.import_page import ImportPage
from medbill_desktop.ui.pages.imported_ledgers import ImportedLedgersPage
from medbill_desktop.ui.pages.missing_charges import MissingChargesPage
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patients import PatientsPage
from medbill_desktop.ui.pages.payments import PaymentsPage
from medbill_desktop.ui.pages.plans import PlansPage
from medbill_desktop.ui.pages.refunds import RefundsPage
from medbill_desktop.ui.pages.registration import RegistrationPage
from medbill_desktop.ui.pages.roles import RolesPage
from medbill_desktop.ui.pages.settings import TABS, SettingsPage
from medbill_desktop.ui.pages.small_balances import SmallBalancesPage
from medbill_desktop.ui.pages.statement_returned import ReturnedMailPage
from medbill_desktop.ui.pages.statement_runs import StatementRunsPage
from medbill_desktop.ui.pages.statements import StatementsPage
from medbill_desktop.ui.pages.today import TodayPage
from medbill_desktop.ui.pages.users import UsersPage
from medbill_desktop.ui.places import PageSpec, Part
from medbill_desktop.usecases.audit_log import list_audit
from medbill_desktop.usecases.audit_review import review_status
from medbill_desktop.usecases.backup import backup_status
from medbill_desktop.usecases.charges import enter_superbills
from medbill_desktop.usecases.collections import list_cases
from medbill_desktop.usecases.day_sheet import day_sheet
from medbill_desktop.usecases.deposits import list_slips
from medbill_desktop.usecases.drafts import list_drafts
from medbill_desktop.usecases.emergency import list_alerts
from medbill_desktop.usecases.imports import preview_import
from medbill_desktop.usecases.ledger_imports import list_imports
from medbill_desktop.usecases.merging import find_alike
from medbill_desktop.usecases.patients import find_patients, open_patient, register_patient
from medbill_desktop.usecases.payments import take_payment
from medbill_desktop.usecases.plans import list_plans
from medbill_desktop.usecases.practice import open_practice
from medbill_desktop.usecases.proposals import list_alone, list_proposals
from medbill_desktop.usecases.refunds import list_refunds
from medbill_desktop.usecases.roles import show_matrix
from medbill_desktop.usecases.small_balances import list_small_balances
from medbill_desktop.usecases.statement_life import list_returned
from medbill_desktop.usecases.statements import list_runs, select_statements
from medbill_desktop.usecases.users import list_users, my_account
from medbill_desktop.usecases.visits import day_visits, missing_charges

PAGES: list[PageSpec] = [
    PageSpec("today", "Today", "ph.sun-horizon", day_visits, TodayPage),
    PageSpec(
        "approvals", "Approvals", "ph.stamp", list_proposals, ApprovalsPage, rail=False, parent="today",
        parts=(Part("decided", "All decisions", list_proposals), Part("alone", "Done alone", list_alone)),
    ),
    PageSpec("drafts", "Half-finished work", "ph.note-pencil", list_drafts, DraftsPage, rail=False, parent="today"),
    PageSpec("patients", "Patients", "ph.users", find_patients, PatientsPage),
    PageSpec("charges", "Charges", "ph.note-pencil", enter_superbills, ChargesPage),
    PageSpec(
        "missing_charges", "Visits without a charge", "ph.note-pencil", missing_charges, MissingChargesPage, rail=False,
        parent="charges",
    ),
    PageSpec("import", "Import", "ph.file-arrow-down", preview_import, ImportPage, rail=False, parent="patients"),
    PageSpec(
        "ledgers", "Imported ledgers", "ph.books", list_imports, ImportedLedgersPage, rail=False, parent="patients"
    ),
    PageSpec(
        "patient", "Patient", "ph.user", open_patient, PatientPage, rail=False, parent="patients", found=False
    ),
    PageSpec(
        "registration", "Register a patient", "ph.user-plus", register_patient, RegistrationPage, rail=False,
        parent="patients",
    ),
    PageSpec(
        "duplicates", "Possible duplicates", "ph.copy", find_alike, DuplicatesPage, rail=False, parent="patients"
    ),
    PageSpec("payments", "Payments", "ph.money", take_payment, PaymentsPage),
    PageSpec("deposits", "Deposits", "ph.bank", list_slips, DepositsPage, rail=False, parent="payments"),
    PageSpec("day_sheet", "Day sheet", "ph.scales", day_sheet, DaySheetPage, rail=False, parent="payments"),
    PageSpec("refunds", "Refunds", "ph.arrow-u-up-left", list_refunds, RefundsPage, rail=False, parent="payments"),
    PageSpec("plans", "Payment plans", "ph.calendar-check", list_plans, PlansPage, rail=False, parent="payments"),
    PageSpec("collections", "Collections", "ph.gavel", list_cases, CollectionsPage, rail=False, parent="payments"),
    PageSpec(
        "small_balances", "Small balances", "ph.coins", list_small_balances, SmallBalancesPage, rail=False,
        parent="collections",
    ),
    PageSpec("statements", "Statements", "ph.envelope", select_statements, StatementsPage),
    PageSpec(
        "statement_runs", "Statement runs", "ph.envelope-open", list_runs, StatementRunsPage, rail=False,
        parent="statements",
    ),
    PageSpec(
        "returned_mail", "Returned mail", "ph.arrow-u-up-left", list_returned, ReturnedMailPage, rail=False,
        parent="statements",
    ),
    PageSpec("backup", "Backup", "ph.hard-drives", backup_status, BackupPage, at_foot=True),
    PageSpec("users", "Users", "ph.user-gear", list_users, UsersPage, at_foot=True),
    PageSpec("roles", "Roles", "ph.users-three", show_matrix, RolesPage, rail=False, parent="users"),
    PageSpec(
        "audit", "Audit log", "ph.clipboard-text", list_audit, AuditPage, at_foot=True,
        parts=(
            Part("unusual", "Unusual", list_audit, "findings patterns"),
            Part("review", "Weekly review", review_status, "sign week"),
            Part("emergency", "Emergency accesses", list_alerts, "break glass"),
            Part("access", "Access review", list_audit, "quarter rights roles"),
            Part("keeping", "Keeping of the log", list_audit, "anchors archives hold"),
        ),
    ),
    PageSpec(
        "settings", "Settings", "ph.gear-six", open_practice, SettingsPage, at_foot=True,
        parts=tuple(Part(each.key, each.title, each.case, each.also) for each in TABS),
    ),
    PageSpec("account", "My account", "ph.user-circle", my_account, AccountPage, at_foot=True),
]  # fmt: skip
