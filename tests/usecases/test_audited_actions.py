"""Every kind of action that SECURITY A15 names leaves a row: declared on a use case, or written where it happens."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from sqlalchemy import update

import medbill_desktop
from medbill_desktop import usecases
from medbill_desktop.domain.audit_words import ACTIONS, EXPORTS, READS
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_log import ListAudit, list_audit
from medbill_desktop.usecases.declare import REGISTRY, UNAUDITED, Ask, UseCase
from tests.office_factory import make_office

for module in pkgutil.iter_modules(usecases.__path__):
    importlib.import_module(f"medbill_desktop.usecases.{module.name}")
AUDITED = {case.audit for case in REGISTRY.values() if case.audit is not None}
SOURCE = "\n".join(
    each.read_text(encoding="utf-8")
    for each in Path(medbill_desktop.__file__).parent.rglob("*.py")
    if each.name != "audit_words.py"
)

A15 = {
    "sign-in ok and fail": ("session.sign_in",),
    "lock, unlock, seal": ("session.lock", "session.unlock", "session.seal", "session.sign_out"),
    "users, roles": ("user.add", "user.deactivate", "user.roles", "user.officers"),
    "TOTP": ("user.authenticator", "user.codes"),
    "key slots": ("keys.write", "keys.rotate", "keys.close", "keys.open", "keys.put_back"),
    "reads": tuple(READS),
    "create, update, void": ("patient.register", "patient.change", "charge.enter", "charge.void", "payment.void"),
    "print, PDF, export": ("document.print", "document.save", "file.save", *EXPORTS),
    "copy of SSN or member id": ("clipboard.copy", "coverage.show_member_id"),
    "import": ("import.rows",),
    "write-off": ("adjustment.write_off", "adjustment.undo"),
    "refund": ("refund.ask", "refund.approve", "refund.pay"),
    "break-glass": ("emergency.begin", "emergency.end", "emergency.sign"),
    "settings": ("practice.change", "practice.lock_minutes", "statement.rules_set", "office.hours_set"),
    "backup, verify, restore": ("backup.make", "backup.verify", "backup.target", "restore", "restore.confirm"),
    "integrity": ("health.check", "audit.verify", "audit.anchor", "audit.explain"),
    "keeping": ("audit.purge", "audit.open_archive", "log.hold", "log.lift_hold", "audit.anchor_page"),
    "screen": ("screen.pictures",),
    "upgrade": ("practice.upgrade",),
}  # fmt: skip
SPELLINGS = {"statement.of-guarantor", "payment.receipt"}  # of rows that older programs wrote


@pytest.mark.parametrize("kind", A15)
def test_each_kind_of_action_leaves_a_row(kind):
    for action in A15[kind]:
        assert action in ACTIONS, action
        declared = action in AUDITED or f'"{action}"' in SOURCE or action.startswith("document.")
        assert declared or action in SPELLINGS, action


def test_a_print_and_a_saved_document_are_written_where_they_happen():
    assert 'f"document.{how}"' in SOURCE
    assert 'self._handed("print", count)' in SOURCE
    assert 'self._handed("save", ' in SOURCE


def test_no_change_is_silent_but_drafts_and_preferences():
    silent = {name for name, case in REGISTRY.items() if isinstance(case, UseCase) and case.audit is None}
    assert all(name.startswith((*UNAUDITED, "test.")) for name in silent)


def test_a_query_that_opens_a_record_is_declared_with_its_row():
    opened = {name for name, case in REGISTRY.items() if isinstance(case, Ask) and case.audit in READS}
    assert opened, "positive control"
    assert {"patient.open", "account.open", "visit.patient"} <= {REGISTRY[name].audit for name in opened}


def test_another_version_of_the_program_is_written_down_once(tmp_path):
    office, facts = make_office(tmp_path)
    with office.trail.writing() as conn:
        conn.execute(update(t.vault).values(app_version="0.0.9"))
    for _ in range(2):
        office.sign_out()
        office.close()
        office = facts.another_office(tmp_path / "practice")
        office.sign_in(facts.name, facts.password, facts.code())
    rows = office.desk.ask(list_audit, ListAudit(action="practice.upgrade"))
    assert [each.detail for each in rows] == [{"before": "0.0.9", "after": medbill_desktop.__version__}]
    office.close()
