from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import insert, select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Busy, LockedError, NotAllowed, OverLimit, Refused, SameIdOtherCommand
from medbill_desktop.domain.users import Limit, Permission, Role, Use
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import bare_connection, create_file, open_vault
from medbill_desktop.usecases import declare
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.declare import query, usecase
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.watch import Cancelled
from tests.door import KEY


@dataclass(frozen=True, slots=True)
class Keep:
    id: Id
    name: str
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    payer_id: Id
    on: date


@pytest.fixture
def cases():
    """Use cases of this test alone, taken out of the registry afterwards."""
    before = dict(declare.REGISTRY)

    def limits(work, cmd):
        return [Use(Limit.WRITE_OFF_CHARGE_CENTS, cmd.cents)]

    @usecase("test.keep", needs=Permission.WRITE_OFF, topics={"payers"}, limit=limits)
    def keep(work, cmd: Keep) -> Kept:
        work.conn.execute(insert(t.payer).values(id=work.new_id(), name=cmd.name))
        if cmd.name == "cancel":
            raise Cancelled
        if cmd.name == "refuse":
            raise Refused("no")
        if cmd.name == "break":
            raise ZeroDivisionError
        work.entry.about("payer", 7, cents=cmd.cents)
        return Kept(Id(7), work.today)

    @query("test.read", needs=Permission.VIEW_ACCOUNT, audit="test.read")
    def read(reading, query: int) -> list[str]:
        reading.entry.about("patient", query, query)
        return list(reading.conn.execute(select(t.payer.c.name)).scalars())

    yield keep, read
    declare.REGISTRY.clear()
    declare.REGISTRY.update(before)


def log(vault):
    with vault.reader.begin() as conn:
        return [(r.seq, r.action, r.outcome) for r in conn.execute(select(t.audit).order_by(t.audit.c.seq))]


def payers(vault):
    with vault.reader.begin() as conn:
        return list(conn.execute(select(t.payer.c.name)).scalars())


def test_a_change_and_its_row_are_one(desk, vault, cases):
    assert desk.run(cases[0], Keep(desk.new_id(), "Summit")) == Kept(Id(7), date(2026, 11, 18))
    assert payers(vault) == ["Summit"]
    assert log(vault) == [(1, "test.keep", "done")]


def test_the_same_id_twice_is_done_once_and_answers_the_same(desk, vault, cases):
    command = Keep(desk.new_id(), "Summit")
    assert desk.run(cases[0], command) == desk.run(cases[0], command)
    assert payers(vault) == ["Summit"]
    with pytest.raises(SameIdOtherCommand):
        desk.run(cases[0], Keep(command.id, "Other"))


@pytest.mark.parametrize(
    ("name", "error", "outcome"),
    [("cancel", Cancelled, "cancelled"), ("refuse", Refused, "refused"), ("break", ZeroDivisionError, "failed")],
)
def test_a_failure_changes_nothing_and_is_audited(desk, vault, cases, name, error, outcome):
    with pytest.raises(error):
        desk.run(cases[0], Keep(desk.new_id(), name))
    assert payers(vault) == []
    assert log(vault) == [(1, "test.keep", outcome)]


def test_without_the_right_it_is_refused_and_audited(desk_as, vault, cases):
    desk = desk_as(Role.FRONT_DESK)
    assert not desk.may(cases[0])
    with pytest.raises(NotAllowed, match="biller, practice manager or owner"):
        desk.run(cases[0], Keep(desk.new_id(), "Summit"))
    assert (payers(vault), log(vault)) == ([], [(1, "test.keep", "denied")])


@pytest.mark.parametrize(("role", "most"), [(Role.BILLER, 25_00), (Role.MANAGER, 500_00), (Role.OWNER, 5_000_00)])
def test_the_limit_is_the_edge(desk_as, vault, cases, role, most):
    desk = desk_as(role)
    desk_as(Role.BILLER, number=3)  # an owner without anybody who could countersign stands alone
    desk.run(cases[0], Keep(desk.new_id(), "at the limit", most))
    with pytest.raises(OverLimit):
        desk.run(cases[0], Keep(desk.new_id(), "one cent more", most + 1))
    assert payers(vault) == ["at the limit"]


def test_no_row_no_data(desk, vault, cases):
    assert desk.ask(cases[1], 5) == []
    assert log(vault) == [(1, "test.read", "done")]
    with bare_connection(vault.path, lambda: KEY) as conn:
        conn.execute("CREATE TRIGGER no_room BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(Exception, match="no"):
        desk.ask(cases[1], 5)


def test_what_was_not_done_names_whom_it_was_about(desk_as, vault):
    front, biller = desk_as(Role.FRONT_DESK), desk_as(Role.BILLER, number=3)
    with pytest.raises(NotAllowed):
        front.run(write_off, WriteOff(front.new_id(), Id(77), Cents(100), "courtesy"))
    with pytest.raises(Refused):
        biller.ask(open_patient, OpenPatient(Id(78)))
    with vault.reader.begin() as conn:
        found = conn.execute(select(t.audit).order_by(t.audit.c.seq.desc()).limit(2)).all()
    said = [(row.outcome, row.subject_kind, row.subject_id, row.patient_id) for row in found]
    assert said == [("refused", "patient", 78, 78), ("denied", "charge", 77, None)]


def test_locked_means_nothing(desk, vault, cases):
    desk._session.open = False
    for call in (lambda: desk.run(cases[0], Keep(Id(1), "x")), lambda: desk.ask(cases[1], 5)):
        with pytest.raises(LockedError):
            call()
    assert (payers(vault), log(vault), desk._session.refused) == ([], [], 2)


def test_a_change_is_announced_by_its_topics(desk, cases):
    heard = []
    desk.on_changed(heard.append)
    desk.run(cases[0], Keep(desk.new_id(), "Summit"))
    assert heard == [frozenset({"payers"})]


def test_a_plan_that_went_stale_is_made_again(desk, vault, cases):
    plans = []

    def prepare(reading, cmd):
        names = reading.conn.execute(select(t.payer.c.name)).scalars().all()
        plans.append(list(names))
        if len(plans) == 1 or cmd.cents:
            desk.run(cases[0], Keep(desk.new_id(), f"between {len(plans)}"))
        return names

    @usecase("test.plan", needs=Permission.WRITE_OFF, prepare=prepare, reads={"payers"})
    def plan(work, cmd, names) -> int:
        return len(names)

    assert desk.run(plan, Keep(desk.new_id(), "")) == 1
    assert plans == [[], ["between 1"]]
    with pytest.raises(Busy):
        desk.run(plan, Keep(desk.new_id(), "", cents=1))


@pytest.mark.parametrize("table", ["audit", "posting", "journal_line"])
def test_history_cannot_be_rewritten(desk, vault, cases, table):
    desk.run(cases[0], Keep(desk.new_id(), "Summit"))
    with vault.writer.begin() as conn:
        if table != "audit":
            conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            conn.exec_driver_sql("INSERT INTO posting VALUES (1, '2026-01-01', '', 'charge', '', 1, 1, '', NULL, NULL)")
            conn.exec_driver_sql(
                "INSERT INTO journal_line (id, posting_id, account, cents, payer_id, remittance_id)"
                " VALUES (1, 1, 'interest', 5, (SELECT id FROM payer), 1)"
            )
    for sql in (
        f"DELETE FROM {table}",
        f"UPDATE {table} SET rowid = rowid",
        f"REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(Exception, match="append-only"), vault.writer.begin() as conn:
            conn.exec_driver_sql(sql)


@pytest.mark.parametrize(
    "sql", ["ATTACH ':memory:' AS x", "DROP TABLE audit", "DROP TRIGGER audit_no_delete", "PRAGMA rekey='x'",
            "PRAGMA writable_schema=ON", "PRAGMA recursive_triggers=OFF", "PRAGMA cipher_memory_security=OFF",
            "ALTER TABLE audit RENAME TO gone", "CREATE TEMP TABLE audit(seq)", "DETACH main",
            "CREATE TEMP TRIGGER no_row BEFORE INSERT ON audit BEGIN SELECT RAISE(IGNORE); END",
            "CREATE TRIGGER no_row BEFORE INSERT ON audit BEGIN SELECT RAISE(IGNORE); END",
            "CREATE TEMP VIEW audit AS SELECT 1", "PRAGMA ignore_check_constraints=ON", "PRAGMA user_version=0"]
)  # fmt: skip
def test_the_connection_refuses_tricks(vault, sql):
    with pytest.raises(Exception, match="not authorized"), vault.writer.connect() as conn:
        conn.exec_driver_sql(sql)


def test_readers_cannot_write_and_the_file_is_cipher(vault):
    with pytest.raises(Exception, match="readonly"), vault.reader.begin() as conn:
        conn.execute(insert(t.payer).values(id=1, name="x"))
    assert not vault.path.read_bytes().startswith(b"SQLite format 3")


def test_a_wrong_key_reads_as_damage_not_as_a_traceback(vault, tmp_path):
    with pytest.raises(Refused, match="damaged"):
        open_vault(vault.path, lambda: "ff" * 32)
    with pytest.raises(FileExistsError):
        create_file(vault.path, lambda: "ff" * 32)
