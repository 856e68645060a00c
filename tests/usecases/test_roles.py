"""Who may do what, for every use case there is: generated from the declarations (SECURITY A1, A15).

`python -m tests.usecases.test_roles` writes the table anew after a change that is meant; the diff is what to review.
"""

import importlib
import pkgutil
from pathlib import Path

import pytest
from sqlalchemy import select

from medbill_desktop import usecases
from medbill_desktop.domain.problems import LockedError, NotAllowed
from medbill_desktop.domain.users import RIGHTS, Permission, Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.declare import REGISTRY, UNAUDITED, Ask, UseCase

GOLDEN = Path(__file__).with_name("roles.golden.txt")

for module in pkgutil.iter_modules(usecases.__path__):
    importlib.import_module(f"medbill_desktop.usecases.{module.name}")
CASES = {name: case for name, case in sorted(REGISTRY.items()) if not name.startswith("test.")}


def table():
    marks = {True: "yes", False: "-"}
    head = ["use case", "needs", "in an emergency", *Role]
    rows = [
        [
            name,
            case.needs.name.lower(),
            marks[isinstance(case, Ask) and case.emergency],
            *(marks[case.needs in RIGHTS[role]] for role in Role),
        ]
        for name, case in CASES.items()
    ]
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def call(desk, case):
    return desk.run(case, None) if isinstance(case, UseCase) else desk.ask(case, None)


def test_the_table_of_rights_is_the_reviewed_one():
    assert table() == GOLDEN.read_text()


def test_every_writing_use_case_is_audited_or_listed_as_not():
    silent = [name for name, case in CASES.items() if isinstance(case, UseCase) and case.audit is None]
    assert all(name.startswith(UNAUDITED) for name in silent)
    assert {name.split(".")[0] + "." for name in silent} <= set(UNAUDITED)


@pytest.mark.parametrize("role", Role)
def test_whoever_lacks_the_right_is_refused_and_audited(desk_as, vault, role):
    desk = desk_as(role)
    lacking = [case for case in CASES.values() if case.needs not in RIGHTS[role]]
    assert lacking or role is Role.OWNER
    for case in lacking:
        assert not desk.may(case)
        with pytest.raises(NotAllowed):
            call(desk, case)
    with vault.reader.begin() as conn:
        rows = conn.execute(select(t.audit.c.action, t.audit.c.outcome).order_by(t.audit.c.seq)).all()
    assert [(row.action, row.outcome) for row in rows] == [(case.audit or case.name, "denied") for case in lacking]


def test_nothing_runs_while_locked(desk, vault):
    desk._session.open = False
    for case in CASES.values():
        with pytest.raises(LockedError):
            call(desk, case)
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.audit.c.seq)).all() == []


def test_no_record_document_or_report_is_read_unseen():
    opened = {"account", "audit", "receipt", "report"}
    unseen = [name for name, case in CASES.items() if name.split(".")[0] in opened and case.audit is None]
    assert unseen == []


def test_reading_clinical_data_or_money_is_never_free_for_all():
    for name, case in CASES.items():
        if isinstance(case, Ask) and name.split(".")[0] in {"account", "patient", "statement", "audit", "user"}:
            assert case.needs is not Permission.SELF or name == "user.me", name


if __name__ == "__main__":
    GOLDEN.write_text(table())
