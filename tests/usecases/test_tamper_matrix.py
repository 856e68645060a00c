"""Whatever is done to the log is found and placed, and each anchor alone finds what the chain can't (SECURITY A8, A12).

Who tampers here holds the data key and edits the file under the program; the worst computes the whole chain anew.
"""

import json
import shutil
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import audit_mac
from medbill_desktop.security.audit_mac import Anchor, FaultKind
from medbill_desktop.storage import audit
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.audit import sealed_form
from medbill_desktop.storage.engine import bare_connection, open_vault
from medbill_desktop.usecases.audit_anchors import (
    ExplainGap,
    PrintAnchor,
    PrintedAnchor,
    VerifyAudit,
    explain_gap,
    print_anchor,
    read_anchor,
    verify_audit,
)
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
from tests.backed_up import make_practice

ROWS = 8
COLUMNS = [each.name for each in t.audit.c]


@pytest.fixture
def made(tmp_path):
    practice = make_practice(tmp_path / "practice")
    desk = practice.desk()
    for minutes in range(2, 2 + ROWS):
        desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), minutes))
    yield practice
    practice.vault.close()


def edited(practice, *statements):
    """Write to the file as somebody with the key does, past triggers and authorizer."""
    with bare_connection(practice.vault.path, practice.keys.key_hex) as raw:
        for name in ("audit_no_update", "audit_no_delete"):
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("BEGIN")
        for statement in statements:
            raw.execute(*statement) if isinstance(statement, tuple) else raw.execute(statement)
        raw.execute("COMMIT")


def recomputed(practice, change=lambda row: row, until=None):
    """Compute the chain anew with the data key, as a signed-in person can who knows how."""
    with practice.vault.reader.begin() as conn:
        rows = [dict(row) for row in conn.execute(select(t.audit).order_by(t.audit.c.seq)).mappings()]
    rows = rows[:until]
    link, mac, sets = audit_mac.linker(practice.keys.key, practice.keys.vault_id, 1), None, []
    for row in rows:
        columns = change(row)
        mac = link(mac, row["seq"], sealed_form(columns))
        sets.append(("UPDATE audit SET mac = ?, action = ?, outcome = ? WHERE seq = ?",
                     (mac, columns["action"], columns["outcome"], row["seq"])))  # fmt: skip
    edited(practice, *sets, ("DELETE FROM audit WHERE seq > ?", (rows[-1]["seq"],)))


def found(practice, printed=(), desk=None):
    verdict = (desk or practice.desk()).ask(verify_audit, VerifyAudit(tuple(printed)))
    return [(each.seq, each.kind, each.source) for each in verdict.faults]


def head(practice):
    with practice.vault.reader.begin() as conn:
        return audit.head(conn)


SWAP = ("UPDATE audit SET (action, subject_kind, subject_id, detail, at, mac) = "
        "(SELECT action, subject_kind, subject_id, detail, at, mac FROM kept WHERE kept.seq = 11 - audit.seq)"
        " WHERE seq IN (5, 6)")  # fmt: skip
CHAIN = {
    "edit": (["UPDATE audit SET outcome = 'denied' WHERE seq = 4"], (4, FaultKind.CHANGED)),
    "edit of a detail": (["UPDATE audit SET detail = '{}' WHERE seq = 4"], (4, FaultKind.CHANGED)),
    "delete": (["DELETE FROM audit WHERE seq = 4"], (4, FaultKind.MISSING)),
    "swap": (["CREATE TEMP TABLE kept AS SELECT * FROM audit", SWAP], (5, FaultKind.CHANGED)),
    "cut head": (["DELETE FROM audit WHERE seq <= 3"], (1, FaultKind.MISSING)),
    "replay": (
        [("INSERT INTO audit SELECT 10, at, user_id, workstation, session, action, subject_kind, subject_id,"
         " patient_id, outcome, reason, detail, mac FROM audit WHERE seq = 3")],
        (10, FaultKind.CHANGED),
    ),
    "insert": (
        [("INSERT INTO audit SELECT seq + 100, at, user_id, workstation, session, action, subject_kind, subject_id,"
         " patient_id, outcome, reason, detail, mac FROM audit WHERE seq > 5"),
         "DELETE FROM audit WHERE seq BETWEEN 6 AND 99",
         ("INSERT INTO audit SELECT 6, at, user_id, workstation, session, 'x', subject_kind, subject_id, patient_id,"
         " outcome, reason, detail, mac FROM audit WHERE seq = 5"),
         "UPDATE audit SET seq = seq - 99 WHERE seq > 100"],
        (6, FaultKind.CHANGED),
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", CHAIN)
def test_the_chain_itself_places_what_was_done_without_the_audit_key(made, how):
    statements, (seq, kind) = CHAIN[how]
    made.vault.close()
    edited(made, *statements)
    assert found(made)[0][:2] == (seq, kind)


def anchored_by(practice, which):
    """Leave one anchor of the present head at one place alone; return what is asked of the verifier."""
    seq, mac, _ = head(practice)
    if which == "the credential store":
        practice.keys.known = (Anchor(seq, mac, which),)
        return (), which
    if which == "the printed page":
        text = PdfReader(BytesIO(practice.desk().ask(print_anchor, PrintAnchor()))).pages[0].extract_text()
        typed = next(word for word in text.split() if ":" in word and word.partition(":")[0].isdigit())
        return (read_anchor(typed),), which
    desk = practice.desk()
    backup = desk.run(make_backup, MakeBackup(desk.new_id()))
    with bare_connection(practice.vault.path, practice.keys.key_hex) as raw:
        raw.execute("DELETE FROM backup")  # who changes the log changes this as well; the file beside the bundle stays
    return (), f"the receipt beside backup {backup.name}"


ANCHORS = ("the credential store", "the receipt beside backup", "the printed page")


@pytest.mark.parametrize("which", ANCHORS)
def test_each_anchor_alone_finds_a_tail_that_was_cut_off(made, which):
    printed, source = anchored_by(made, which)
    made.vault.close()
    edited(made, "DELETE FROM audit WHERE seq > 5")
    assert [each[1:] for each in found(made, printed)] == [(FaultKind.SHORT, source)]


@pytest.mark.parametrize("which", ANCHORS)
def test_each_anchor_alone_finds_a_chain_that_was_computed_anew_with_the_key(made, which):
    printed, source = anchored_by(made, which)
    made.vault.close()
    recomputed(made, lambda row: {**row, "outcome": "refused"} if row["seq"] == 4 else row)
    with_none = found(made) if which == "the printed page" else None
    assert with_none in (None, []), "positive control: without the page nothing tells"
    assert [each[1:] for each in found(made, printed)] == [(FaultKind.ANCHOR, source)]


@pytest.mark.parametrize("which", ANCHORS)
def test_each_anchor_alone_finds_an_old_database_put_back(made, tmp_path, which):
    made.vault.close()
    old = tmp_path / "old.db"
    shutil.copyfile(made.vault.path, old)
    desk = made.desk()
    for minutes in (11, 12, 13):
        desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), minutes))
    printed, source = anchored_by(made, which)
    made.vault.close()
    for each in made.vault.path.parent.glob(f"{made.vault.path.name}*"):
        each.unlink()
    shutil.copyfile(old, made.vault.path)
    assert [each[1:] for each in found(made, printed)] == [(FaultKind.SHORT, source)]


@pytest.mark.parametrize("which", ANCHORS)
def test_a_log_that_nobody_touched_reaches_every_anchor(made, which):
    printed, _ = anchored_by(made, which)
    desk = made.desk()
    desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), 15))
    assert found(made, printed) == []


def test_two_anchors_of_one_row_are_both_judged(made):
    seq, mac, _ = head(made)
    made.keys.known = (Anchor(seq, mac, "the credential store"),)
    assert found(made, [PrintedAnchor(seq, "00" * 8)]) == [(seq, FaultKind.ANCHOR, "the printed page")]


def test_a_page_of_a_patient_put_back_is_not_found_and_we_do_not_claim_it(made, tmp_path):
    """SECURITY D14: the seal of a page binds its number, not its age."""
    from medbill_desktop.ui.pages.security_page import LIMITS

    path = made.vault.path
    with made.vault.writer.begin() as conn:
        conn.execute(update(t.patient).values(mailing_name="Before"))
    made.vault.close()
    with bare_connection(path, made.keys.key_hex) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    with bare_connection(path, made.keys.key_hex) as raw:
        raw.execute("UPDATE patient SET mailing_name = 'After--'")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    now, size = bytearray(path.read_bytes()), 4096
    cut = [slice(at * size, (at + 1) * size) for at in range(1, len(now) // size)]
    pages = [each for each in cut if now[each] != before[each]]
    assert pages
    for each in pages:
        now[each] = before[each]
    path.write_bytes(now)
    vault = open_vault(path, made.keys.key_hex)
    with vault.reader.begin() as conn:
        assert set(conn.execute(select(t.patient.c.mailing_name)).scalars()) == {"Before"}
    vault.close()
    assert found(made) == []
    assert any("an old patient record is not" in words for words in LIMITS)


def test_a_page_of_the_log_put_back_is_found(made):
    path = made.vault.path
    made.vault.close()
    with bare_connection(path, made.keys.key_hex) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.execute("DROP TRIGGER audit_no_update")
        before = path.read_bytes()
        raw.execute("UPDATE audit SET outcome = 'denied' WHERE seq = 4")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.read_bytes() != before
    assert found(made)[0][:2] == (4, FaultKind.CHANGED)


def test_a_row_of_a_clock_that_went_back_carries_the_mark_and_keeps_its_place(made):
    """SECURITY A13."""
    desk = made.desk()
    made.clock.move(hours=-3)
    desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), 14))
    made.clock.move(hours=4)
    desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), 13))
    with made.vault.reader.begin() as conn:
        last = conn.execute(select(t.audit.c.detail).order_by(t.audit.c.seq.desc()).limit(2)).scalars().all()
    assert [json.loads(each).get("clock_regressed") for each in last] == [None, True]
    assert found(made) == []


def unreached(practice):
    seq, _, _ = head(practice)
    practice.keys.known = (Anchor(seq + 5, b"z" * 32, "the credential store"),)
    return practice.desk()


def test_an_anchor_that_is_not_reached_stays_red_until_an_officer_explains_it(made):
    desk = unreached(made)
    for _ in range(2):
        assert [each[1] for each in found(made, desk=desk)] == [FaultKind.SHORT]
    with pytest.raises(Invalid, match="Say what happened"):
        desk.run(explain_gap, ExplainGap(desk.new_id(), "ok"))
    desk.run(explain_gap, ExplainGap(desk.new_id(), "The disk was replaced by the copy of Monday."))
    verdict = desk.ask(verify_audit, VerifyAudit())
    assert verdict.verified
    (gap,) = verdict.gaps
    assert (gap.person, gap.source) == ("Person 1", "the credential store")
    assert "Monday" in gap.note
    with made.vault.reader.begin() as conn:
        rows = conn.execute(select(t.audit.c.detail).where(t.audit.c.action == "audit.explain")).scalars().all()
    assert all("Monday" not in each for each in rows)


def test_an_explanation_of_one_anchor_explains_no_other_and_no_changed_row(made):
    desk = unreached(made)
    desk.run(explain_gap, ExplainGap(desk.new_id(), "The disk was replaced."))
    seq, _, _ = head(made)
    assert [each[2] for each in found(made, [PrintedAnchor(seq, "00" * 8)], desk)] == ["the printed page"]
    with pytest.raises(Refused, match="nothing to explain"):
        desk.run(explain_gap, ExplainGap(desk.new_id(), "And once more for good measure."))
    made.vault.close()
    edited(made, "UPDATE audit SET outcome = 'denied' WHERE seq = 4")
    desk = made.desk()
    with pytest.raises(Refused, match="nothing to explain"):
        desk.run(explain_gap, ExplainGap(desk.new_id(), "That row was always like this."))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR, Role.BILLER])
def test_only_who_signs_reviews_explains(made, role):
    unreached(made)
    desk = made.desk(role, number=7)
    with pytest.raises(NotAllowed):
        desk.run(explain_gap, ExplainGap(desk.new_id(), "It is all in order."))


def test_a_signed_note_stays_as_it_is(made):
    desk = unreached(made)
    desk.run(explain_gap, ExplainGap(desk.new_id(), "The disk was replaced."))
    for change in (update(t.audit_explained).values(note="x"), t.audit_explained.delete()):
        with pytest.raises(Exception, match="stays as it is"), made.vault.writer.begin() as conn:
            conn.execute(change)


@pytest.mark.parametrize("typed", ["12", "12:xyz", "12:0123", ":0123456789abcdef", "12:0123456789abcdef0"])
def test_what_is_no_anchor_is_refused(typed):
    with pytest.raises(Refused, match="as it is printed"):
        read_anchor(typed)


def test_an_anchor_is_read_in_either_case():
    assert read_anchor(" 12:0123456789ABCDEF ") == PrintedAnchor(12, "0123456789abcdef")


def test_rows_called_archived_by_nobody_but_the_table_are_a_finding(made):
    """Somebody with the key cuts the head off and puts in the row that would make it a purge."""
    made.vault.close()
    with bare_connection(made.vault.path, made.keys.key_hex) as raw:
        mac = raw.execute("SELECT mac FROM audit WHERE seq = 3").fetchone()[0]
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute("DELETE FROM audit WHERE seq <= 3")
        raw.execute("INSERT INTO audit_archive VALUES (1, 2019, 1, 3, ?, 't', 'n', 1, 'x', 1, '2026-01-01')", (mac,))
    assert [(seq, kind) for seq, kind, _ in found(made)] == [(3, FaultKind.MISSING)]
