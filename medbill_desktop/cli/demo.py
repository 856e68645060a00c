"""`medbill demo`: a training practice, one office day in it, and what the day leaves behind (DESIGN 11)."""

import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medbill_desktop.cli import backups
from medbill_desktop.cli.audit import document as audit_document
from medbill_desktop.cli.output import Exit, Output, table, write_private
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.training import founding
from medbill_desktop.training.day import DayDone, OfficeDay
from medbill_desktop.training.founding import Founded
from medbill_desktop.usecases.audit_log import AuditVerdict, VerifyAudit, verify_audit
from medbill_desktop.usecases.backup import BackupMade, MakeBackup, make_backup
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.figures import Figures, LookOver, look_over
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.restore import verify_bundle

LEAST_PATIENTS, MOST_PATIENTS = 5, 100_000


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="a folder without a practice in it")
    parser.add_argument("--seed", type=int, default=founding.SEED, metavar="N", help="another seed, other people")
    parser.add_argument("--patients", type=int, default=founding.PATIENTS, metavar="N")
    parser.add_argument("--headless", action="store_true", help="use cases only, no pages and no pictures")


@dataclass(slots=True)
class _Made:
    """What the demo has so far."""

    out: Path
    day: DayDone = field(default_factory=DayDone)
    outputs: dict[str, Any] = field(default_factory=dict)


def run(args: Namespace, out: Output) -> int:
    folder = args.out.expanduser().absolute()
    if not LEAST_PATIENTS <= args.patients <= MOST_PATIENTS:
        raise Refused(f"A training practice has {LEAST_PATIENTS} to {MOST_PATIENTS:,} patients.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    founded = founding.found(folder / "practice", args.seed, args.patients, out)
    founded.office.close()
    made = _Made(folder)
    identity = _keep_kit(founded, made)
    with (_at_the_desk if args.headless else _at_the_window)(founded, made, out) as desk:
        _keep_papers(made)
        document, sound = _proof(desk, made, identity, out)
    out.result(document, _say(document, made))
    return Exit.DONE if sound else Exit.FINDINGS


@contextmanager
def _at_the_desk(founded: Founded, made: _Made, out: Output) -> Iterator[Desk]:
    """Work the day without a window."""
    office = open_office(made.out / "practice", training=True)
    try:
        office.look()
        desk = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
        day = OfficeDay(desk, founded.made, made.day, out)
        day.work()
        day.statements()
        yield desk
    finally:
        office.close()


@contextmanager
def _at_the_window(founded: Founded, made: _Made, out: Output) -> Iterator[Desk]:
    """Work the day at the real window; what its pages leave open is done as they would do it."""
    from medbill_desktop.ui import office_day  # Qt is loaded only where there are pages to show

    pictures, secret = made.out / "screenshots", TRAINING_SIGN_IN.password
    shutil.rmtree(pictures, ignore_errors=True)
    office = open_office(made.out / "practice", training=True)
    with office_day.opened(office) as window:
        for words, result in office_day.morning(window, TRAINING_SIGN_IN.name, secret, pictures, out):
            made.day.did(words, result)
        day = OfficeDay(office.desk, founded.made, made.day, out)
        day.work()
        for words, result in office_day.evening(window, secret, pictures):
            made.day.did(words, result)
        day.statements()
        made.outputs["screenshots"] = sorted(str(each) for each in pictures.glob("*.png"))
        yield office.desk


def _keep_kit(founded: Founded, made: _Made) -> Path:
    path = made.out / "recovery-kit.txt"
    write_private(path, f"{founded.kit_line}\n".encode())
    write_private(made.out / "recovery-kit.pdf", founded.kit_pdf)
    made.outputs["recovery_kit"] = str(made.out / "recovery-kit.pdf")
    return path


def _keep_papers(made: _Made) -> None:
    if made.day.statements_pdf is not None:
        write_private(made.out / "statements.pdf", made.day.statements_pdf)
        made.outputs["statements"] = str(made.out / "statements.pdf")
    receipts = []
    for number, pdf in made.day.receipts:
        path = made.out / f"receipt-{number}.pdf"
        write_private(path, pdf)
        receipts.append(str(path))
    made.outputs["receipts"] = receipts


def _proof(desk: Desk, made: _Made, identity: Path, out: Output) -> tuple[dict[str, Any], bool]:
    """Back up, open that backup again with the kit alone, and verify what the practice says of itself."""
    target = made.out / "backups"
    target.mkdir(exist_ok=True, mode=0o700)
    bundle = desk.run(make_backup, MakeBackup(desk.new_id(), str(target)), out)
    facts = verify_bundle(target / bundle.name, backups.read_identity(identity), out)
    figures = desk.ask(look_over, LookOver(), out)
    verdict = desk.ask(verify_audit, VerifyAudit(), out)
    made.day.did("Made an encrypted backup and read it back with the kit", f"{bundle.bytes:,} bytes")
    made.day.did("Verified the audit log", f"{verdict.rows:,} rows")
    sound = verdict.verified and figures.journal_sound and facts.sha256 == bundle.sha256
    return _document(made, figures, verdict, bundle, target / bundle.name, identity), sound


def _document(
    made: _Made, figures: Figures, verdict: AuditVerdict, bundle: BackupMade, path: Path, identity: Path
) -> dict[str, Any]:
    return {
        "patients": figures.patients,
        "charges": figures.charges,
        "claims": 0,  # claims come with their own part of the program
        "statements": made.day.statements,
        "postings": figures.postings,
        "trial_balance_cents": figures.trial_balance_cents,
        "receivable_cents": figures.receivable_cents,
        "audit": audit_document(verdict),
        "backup": {"path": str(path), "bytes": bundle.bytes, "verified": True, "identity": str(identity)},
        "outputs": {"practice": str(made.out / "practice"), **made.outputs},
        "sign_in": {"user": TRAINING_SIGN_IN.name, "password": TRAINING_SIGN_IN.password},
    }


def _say(document: dict[str, Any], made: _Made) -> list[str]:
    facts = [
        ("Patients", f"{document['patients']:,}"),
        ("Charges", f"{document['charges']:,}"),
        ("Postings", f"{document['postings']:,}"),
        ("Trial balance", format_cents(document["trial_balance_cents"])),
        ("Receivable", format_cents(document["receivable_cents"])),
        ("Audit log", "verified" if document["audit"]["verified"] else "NOT whole"),
        ("Backup", "verified"),
    ]
    return [
        "An office day in a TRAINING practice: every person in it is made up.",
        "",
        *table([*made.day.rows, ("", ""), *facts], right=(1,)),
        "",
        f"Papers, kit and backup lie in {made.out}.",
        f"Open it: medbill --data {made.out / 'practice'}   ({TRAINING_SIGN_IN.name}, {TRAINING_SIGN_IN.password})",
    ]
