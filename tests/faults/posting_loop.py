"""Started by test_kill_posting: forks a poster for every line it reads, so that each starts in milliseconds.

A poster posts through the Desk until it is killed and says `ack <command id> <postings>` after each command that the
Desk reported as done.
"""

import os
import sys
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.desk import Desk, Keys
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, UndoLast, take_payment, undo_last
from tests.door import KEY, OpenSession, link, person
from tests.ledger_rows import Folk, a_superbill

NORA = Folk(1_000_001, 2_000_001, 3_000_001)


def say(words):
    os.write(1, f"{words}\n".encode())


def post_until_killed(path, seed):
    random, vault = Random(seed), open_vault(path, lambda: KEY)
    desk = Desk(vault, OpenSession(person({Role.OWNER})), Keys(link, b"command key of the tests"), SystemClock())
    charges = []
    while True:
        new_id = desk.new_id()
        bill = a_superbill(NORA, desk.clock.today(), "99213", "20610", self_pay=True)
        payment = PatientPayment(NORA.guarantor_id, random.randint(1, 40_000), "cash")
        case, command = random.choice(
            [
                (enter_superbills, EnterSuperbills(new_id, (bill,))),
                (take_payment, TakePayment(new_id, payment)),
                (write_off, WriteOff(new_id, charges[-1] if charges else 0, random.randint(1, 100), "hardship")),
                (undo_last, UndoLast(new_id)),
            ]
        )
        try:
            done = desk.run(case, command)
        except Refused:
            continue
        if case is enter_superbills:
            charges += done.charge_ids
        with vault.reader.begin() as conn:
            count = select(func.count()).where(t.posting.c.command_id == new_id)
            say(f"ack {new_id} {conn.execute(count).scalar_one()}")


def main():
    path = Path(sys.argv[1])
    for seed in sys.stdin:
        pid = os.fork()
        if pid == 0:
            say(f"pid {os.getpid()}")
            post_until_killed(path, int(seed))
        os.waitpid(pid, 0)
        say("gone 0")


if __name__ == "__main__":
    main()
