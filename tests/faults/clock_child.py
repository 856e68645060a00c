"""One run of the program at a wrong time, for `test_wrong_clock.py`: `python clock_child.py HOME WHAT`, JSON out."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.security import totp
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.office import NewPractice, Office, SignInFailed, TooSoon
from tests.fast_policy import FAST
from tests.office_factory import FACTS, PASSWORD

NAME = "Zoë Ångström"


def office_at(home):
    return Office(home / "practice", FAST, SystemClock(), None, config_folder=home / "config")


def founded(home):
    office = office_at(home)
    founding = office.set_up(NewPractice(FACTS, NAME, "Front desk", "practice"), protected_file=True)
    now = datetime.now(UTC)
    assert founding.enrolment.prove(totp.code_at(founding.enrolment.secret, now), now)
    assert founding.retype(" ".join(founding.kit_groups))
    founding.finish(PASSWORD)
    office.close()
    return {"secret": founding.enrolment.secret, "codes": list(founding.enrolment.codes)}


def tried(home, password, code):
    """Try once: what came of it, and what the log says."""
    office = office_at(home)
    office.look()
    told = {"now": datetime.now(UTC).isoformat(), "wait": office.wait_seconds(NAME)}
    try:
        desk = office.sign_in(NAME, password, code)
    except TooSoon as soon:
        return {**told, "outcome": "too soon", "seconds": soon.seconds}
    except SignInFailed:
        return {**told, "outcome": "refused", "wait_after": office.wait_seconds(NAME)}
    office.settle()
    (home / "drive").mkdir(exist_ok=True)
    desk.run(make_backup, MakeBackup(desk.new_id(), to=str(home / "drive")))
    with office.trail.vault.reader.begin() as conn:
        told_back = t.audit.c.detail.like('%"clock_regressed"%')
        regressed = conn.execute(select(func.count()).where(told_back)).scalar_one()
    faults = [each.text for each in desk.ask(verify_audit, VerifyAudit()).faults]
    office.close()
    return {
        **told, "outcome": "in", "faults": faults, "regressed": regressed,
        "backups": len(list((home / "drive").glob("*.mbb.age"))),
    }  # fmt: skip


def main():
    home, orders = Path(sys.argv[1]), json.load(sys.stdin)
    if orders["do"] == "found":
        return founded(home)
    code = orders.get("code") or (totp.code_at(orders["secret"], datetime.now(UTC)) if "secret" in orders else "")
    return tried(home, orders["password"], code)


if __name__ == "__main__":
    print(json.dumps(main()))
