"""What the audit log costs: one change with and without its row, and the walk of the chain beside bare HMACs.

`python audit_cost.py PRACTICE COUNT` prints JSON: `with` and `without` are the seconds of each change, taken in turn;
`rows`, `verify` and `bare` are the rows of the log, the seconds of the walk, and of as many HMACs over the same bytes.
"""

import hmac
import json
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from medbill_desktop.security import audit_mac
from medbill_desktop.storage import audit
from medbill_desktop.usecases import audit_chain
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
from medbill_desktop.usecases.watch import Quiet

ROUNDS = 3


def main(folder: str, count: str) -> None:
    office = open_office(Path(folder), training=True)
    try:
        office.look()
        desk = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
        office.settle()
        told: dict[str, Any] = changes(desk, int(count))
        with office.trail.vault.reader.begin() as conn:
            told |= walk(conn, office.trail)
    finally:
        office.close()
    print(json.dumps(told))


def changes(desk: Any, count: int) -> dict[str, list[float]]:
    """Make the same change with its row and without, in turn; without one the chain simply goes on later."""
    real = audit.append_all
    taken: dict[str, list[float]] = {"with": [], "without": []}
    for number in range(2 * count):
        which = "with" if number % 2 else "without"
        audit.append_all = real if number % 2 else lambda conn, rows, link: 0
        command = SetLockMinutes(desk.new_id(), 2 + number % 10)
        begin = time.perf_counter()
        desk.run(set_lock_minutes, command)
        taken[which].append(time.perf_counter() - begin)
    audit.append_all = real
    return taken


def walk(conn: Any, trail: Any) -> dict[str, float]:
    """Walk the chain and make the bare HMACs in turn, and return the least of each: what else runs costs neither."""
    lines = [audit_mac.canon(row) for _, row, _ in audit_chain._rows(conn)]
    verify, bare = [], []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        verdict = audit_chain.walked(conn, trail, Quiet())
        verify.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        previous = bytes(32)
        for seq, line in enumerate(lines):
            previous = hmac.digest(trail.key, previous + seq.to_bytes(8, "big") + line, sha256)
        bare.append(time.perf_counter() - begin)
    return {"rows": verdict.rows, "verify": min(verify), "bare": min(bare)}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
