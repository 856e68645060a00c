"""`medbill backup`, `medbill verify`, `medbill restore` (DESIGN 11, SECURITY B)."""

import platform
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from medbill_desktop.cli import signing_in
from medbill_desktop.cli.output import Exit, Output
from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.usecases import restore as restoring
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.restore import BundleFacts


def add_backup(parser: ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="another folder than the chosen one, this once")
    signing_in.add_arguments(parser)


def add_verify(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--identity", type=Path, metavar="KEYFILE", required=True, help="the recovery kit as text")


def add_restore(parser: ArgumentParser) -> None:
    add_verify(parser)
    parser.add_argument("--into", type=Path, metavar="DIR", required=True, help="an empty folder")
    parser.add_argument(
        "--protected-file",
        action="store_true",
        help="this computer has no credential store: keep its secret in a protected file",
    )


def backup(args: Namespace, out: Output) -> int:
    with signing_in.signed_in(args) as desk:
        to = None if args.to is None else str(args.to.expanduser().absolute())
        made = desk.run(make_backup, MakeBackup(desk.new_id(), to), out)
    document = {**asdict(made), "verified": True}
    where = f" in {to}" if to is not None else ""
    out.result(document, [f"Backed up and read back whole: {made.name}, {made.bytes:,} bytes{where}."])
    return Exit.DONE


def verify(args: Namespace, out: Output) -> int:
    facts = restoring.verify_bundle(_there(args.file), read_identity(args.identity), out)
    out.result({**asdict(facts), "verified": True}, _say(facts))
    return Exit.DONE


def restore(args: Namespace, out: Output) -> int:
    """Bring a practice back and enrol this computer in it; an ordinary sign-in follows."""
    identity, into = read_identity(args.identity), args.into.expanduser().absolute()
    back = restoring.restore(_there(args.file), identity, into, SystemClock(), out)
    office = open_office(into)
    try:
        office.look()
        # A training practice keeps its secret in a protected file by itself (SECURITY K30).
        protected = args.protected_file or office.kind == "training"
        office.enrol_with_kit(identity, platform.node() or "This computer", protected_file=protected)
    finally:
        office.close()
    out.result(
        {"vault": back.vault, "epoch": back.epoch, "users": back.users},
        [
            f"{back.practice} stands in {into} as of {say_date(back.made_at.astimezone().date())}.",
            "This computer is enrolled; sign in as before.",
        ],
    )
    return Exit.DONE


def _there(path: Path) -> Path:
    """A file that is not there is unreadable input, not a refusal."""
    path.stat()
    return path


def read_identity(path: Path) -> str:
    """Return the line of the recovery kit in a text file: of `age-keygen`, of the kit, or the line alone."""
    if path.stat().st_size > 64 * 1024 or not path.is_file():
        raise Refused("This is no recovery kit: it has one line that begins with AGE-SECRET-KEY-1.")
    text = path.read_text(encoding="utf-8", errors="replace")
    line = next((each.strip() for each in text.splitlines() if each.strip().upper().startswith("AGE-SECRET-KEY-")), "")
    return line or text.strip()


def _say(facts: BundleFacts) -> list[str]:
    owed = format_cents(facts.receivable_cents)
    return [
        f"Verified: {facts.practice}, backed up {facts.made_at:%Y-%m-%d %H:%M} UTC, epoch {facts.epoch}.",
        f"{facts.bytes:,} bytes, {facts.rows:,} rows, {facts.users} users, receivable {owed}.",
        f"The audit log goes to row {facts.audit_seq:,}.",
    ]
