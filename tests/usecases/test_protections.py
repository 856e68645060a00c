"""The security page tells the true state: what is weak is red and says what to do, and each clause has its evidence."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from medbill_desktop.domain.problems import NotAllowed
from medbill_desktop.domain.protections import Level, Protection, evidence, protections
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_anchors import PrintAnchor, VerifyAudit, print_anchor, verify_audit
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.protections import (
    AskProtections,
    PrintProtections,
    print_protections,
    security_state,
)
from tests.backed_up import make_practice

CLAUSES = {"H3", "H4", "H5", "H6", *(f"H{n}" for n in range(15, 25))}


@pytest.fixture
def made(tmp_path):
    practice = make_practice(tmp_path / "practice")
    yield practice
    practice.vault.close()


def lines(desk):
    return {each.name: each for each in protections(desk.ask(security_state, AskProtections()))}


def test_what_was_never_done_is_weak_and_says_what_to_do(made):
    found = lines(made.desk())
    for name in ("Codes at sign-in", "Audit log verified", "Audit anchor on paper", "Backup on another disk"):
        assert found[name].level is Level.WEAK
        assert found[name].do


def test_what_is_done_is_in_order_until_it_gets_old(made):
    desk = made.desk()
    with made.vault.writer.begin() as conn:
        conn.execute(update(t.user).values(totp_secret="x"))
    desk.ask(verify_audit, VerifyAudit())
    desk.ask(print_anchor, PrintAnchor())
    assert lines(desk)["Audit anchor on paper"].level is Level.WEAK, "looked at on the screen is not on paper"
    desk.record("document.print", kind="audit-anchor", pages=1)
    desk.run(make_backup, MakeBackup(desk.new_id()))
    with made.vault.writer.begin() as conn:
        conn.execute(update(t.backup).values(other_disk=True))
    done = ("Codes at sign-in", "Audit log verified", "Audit anchor on paper", "Backup on another disk")
    assert {lines(desk)[name].level for name in done} == {Level.GOOD}
    made.clock.move(days=45)
    assert [name for name in done if lines(desk)[name].level is Level.WEAK] == [*done[1:]]


def test_every_clause_names_its_feature_and_its_evidence_of_today(made):
    found = evidence(made.desk().ask(security_state, AskProtections()))
    assert {each.id for each in found} >= CLAUSES
    assert all(each.clause.startswith("164.") and each.feature and each.today for each in found)


def test_the_printed_page_holds_all_of_it_and_is_audited(made):
    desk = made.desk()
    here = (Protection("Disk", "No encryption is seen.", Level.WEAK, "Encrypt the disk."),)
    pages = PdfReader(BytesIO(desk.ask(print_protections, PrintProtections(here)))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for words in ("Harbor Street Family Medicine", "! Disk", "Encrypt the disk.", "H21 164.312(b)", "Person 1"):
        assert words in text
    with made.vault.reader.begin() as conn:
        assert conn.execute(select(t.audit.c.action).where(t.audit.c.action == "security.page")).all()


def test_a_practice_in_use_for_years_counts_its_overdue_weeks(made):
    made.clock.move(days=60)
    assert lines(made.desk())["Weekly review"].level is Level.WEAK


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BILLER])
def test_who_may_not_read_the_log_does_not_see_it(made, role):
    desk = made.desk(role, number=5)
    with pytest.raises(NotAllowed):
        desk.ask(security_state, AskProtections())
