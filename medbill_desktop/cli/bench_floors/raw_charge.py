"""Floor of the charge row: the rows that one charge writes, as bare INSERTs through sqlcipher3.

`python raw_charge.py FOLDER COUNT` makes an encrypted database with the program's own schema in FOLDER and prints the
seconds of each transaction as a JSON list. Same settings, same rows, no program around them.
"""

import json
import sys
import time
from importlib.resources import files
from typing import Any

from medbill_desktop.cli.bench_floors.raw_database import raw_database

NOW = "2026-11-18T15:00:00.000000+00:00"
DAY = "2026-11-18"
SNAPSHOT = "x" * 2_000  # as long as what a claim of one line says


def main(folder: str, count: str) -> None:
    conn = raw_database(folder)
    for script in sorted(files("medbill_desktop.storage").joinpath("migrations").iterdir(), key=lambda each: each.name):
        if script.name.endswith(".sql"):
            conn.executescript(script.read_text(encoding="utf-8"))
    ready(conn)
    print(json.dumps([charge(conn, 1_000_000 + number * 100) for number in range(int(count))]))


def insert(conn: Any, table: str, **row: Any) -> None:
    marks = ",".join("?" * len(row))
    conn.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608


def ready(conn: Any) -> None:
    insert(conn, "user", id=1, name="A", folded="a", roles="[]", created_at=NOW)
    insert(conn, "guarantor", id=1, last="A", mailing_name="A", created_at=NOW)
    insert(conn, "patient", id=1, account="1-1", last="A", mailing_name="A", birth_date=DAY, sex="U", guarantor_id=1,
           created_at=NOW)  # fmt: skip
    insert(conn, "provider", id=1, last="A")
    insert(conn, "place", id=1, name="A", pos="11")
    insert(conn, "payer", id=1, name="A")
    insert(conn, "coverage", id=1, patient_id=1, payer_id=1, rank=1, member_id="A", first_day=DAY, created_at=NOW)


def charge(conn: Any, at: int) -> float:
    """Write an insured visit with one charge, what is posted, its draft of a claim and two log rows; return seconds."""
    begin = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    insert(conn, "visit", id=at, patient_id=1, service_date=DAY, provider_id=1, place_id=1, coverage_id=1,
           status="charged", created_at=NOW)  # fmt: skip
    insert(conn, "diagnosis", id=at + 1, visit_id=at, position=1, code="I10")
    insert(conn, "charge", id=at + 2, visit_id=at, patient_id=1, line_no=1, control_number=f"1-{at}", service_date=DAY,
           provider_id=1, place_id=1, coverage_id=1, guarantor_id=1, code="99213", description="Visit",
           generic_words="Office visit", units=1, fee_cents=100, amount_cents=100, pointers="[0]", entered_by=1,
           entered_at=NOW)  # fmt: skip
    insert(conn, "posting", id=at + 3, posted_on=DAY, recorded_at=NOW, kind="charge", user_id=1, command_id=at + 6)
    for place, (account, cents) in enumerate((("receivable", 100), ("revenue", -100))):
        party: dict[str, Any] = {"coverage_id": 1, "cause": "charge"} if cents > 0 else {"provider_id": 1}
        insert(conn, "journal_line", id=at + 4 + place, posting_id=at + 3, account=account, cents=cents, patient_id=1,
               charge_id=at + 2, **party)  # fmt: skip
    draft(conn, at)
    insert(conn, "command", id=at + 6, case_name="charge.enter", digest=b"0" * 32, user_id=1, at=NOW, result="{}")
    for kind in ("line", "claim"):
        conn.execute(
            "INSERT INTO counter (workstation, kind, last) VALUES (1, ?, 1)"
            " ON CONFLICT (workstation, kind) DO UPDATE SET last = last + 1",
            (kind,),
        )
    for seq in (at, at + 1):  # of the batch, and of its visit
        insert(conn, "audit", seq=seq, at=NOW, user_id=1, workstation=1, session="s", action="charge.enter",
               outcome="done", detail="{}", mac=b"0" * 32)  # fmt: skip
    conn.execute("COMMIT")
    return time.perf_counter() - begin


def draft(conn: Any, at: int) -> None:
    insert(conn, "claim_snapshot", id=at + 7, content=SNAPSHOT, sha256="0" * 64, cents=100, line_count=1)
    insert(conn, "claim", id=at + 8, number=f"1-{at}", visit_id=at, patient_id=1, coverage_id=1, payer_id=1,
           status="draft", snapshot_id=at + 7, made_at=NOW)  # fmt: skip
    insert(conn, "claim_line", claim_id=at + 8, charge_id=at + 2, coverage_id=1)
    insert(conn, "claim_event", claim_id=at + 8, step=1, event="made", to_status="draft", snapshot_id=at + 7,
           made_by=1, made_at=NOW)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:3])
