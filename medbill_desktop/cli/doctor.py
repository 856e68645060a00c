"""`medbill doctor`: what is installed, and whether the practice is whole (DESIGN 11).

Without a sign-in it tells what can be known without a key, of disk and swap as well (SECURITY P9); with one it reads
every page, sums the journal, walks the audit log and looks at the backups.
"""

import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from medbill_desktop import __version__
from medbill_desktop.cli import signing_in
from medbill_desktop.cli.output import Exit, Output, table
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.protections import Level, protections
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.backup import ShowBackups, backup_status
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.figures import LookOver, look_over
from medbill_desktop.usecases.installation import open_office, practice_folder
from medbill_desktop.usecases.protections import (
    AskProtections,
    PrintProtections,
    print_protections,
    security_state,
)
from medbill_desktop.usecases.this_disk import DiskFacts, disk_facts

LIBRARIES: Final = (
    "sqlcipher3", "SQLAlchemy", "cryptography", "pyrage", "argon2-cffi", "keyring", "PySide6-Essentials", "reportlab",
)  # fmt: skip
STALE: Final = timedelta(hours=36)
STORE_WORDS: Final = {
    True: "in the credential store of this computer",
    False: "no credential store answers here: it lies in a protected file",
}


def add_arguments(parser: ArgumentParser) -> None:
    signing_in.add_arguments(parser)
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="print the state of the protections into this file")


def run(args: Namespace, out: Output) -> int:
    folder = practice_folder(args.data)
    document: dict[str, Any] = {"versions": dict(_versions()), "practice": {"folder": str(folder), "state": "none"}}
    document["computer"] = _computer(disk_facts(folder))
    findings: list[str] = []
    signs_in = args.user is not None
    if folder.exists():
        office = open_office(folder)
        try:
            document["practice"] |= {"state": str(office.look()), "kind": office.kind, "store": office.has_store}
            signs_in = signs_in or office.prefill is not None
        finally:
            office.close()
    if signs_in:
        try:
            with signing_in.signed_in(args) as desk:
                document |= _looked_over(desk, out, findings)
                document["protections"] = _protections(desk, args.pdf)
                # With the practice open, since only then keys and pages are in memory.
                document["computer"] = _computer(disk_facts(folder))
        except Refused as error:
            if args.user is not None:
                raise
            out.say(f"Not looked inside: {error}")
    if args.pdf is not None and "protections" not in document:
        findings.append("Nothing was printed: the practice is not open here. Close its window, or sign in with --user.")
    elif args.pdf is not None and not document["protections"]:
        findings.append("Nothing was printed: this needs the right to read the audit log.")
    document["findings"] = findings
    out.result(document, _say(document, findings))
    return Exit.FINDINGS if findings else Exit.DONE


def _versions() -> Iterator[tuple[str, str]]:
    yield "MedBill Desktop", __version__
    yield "Python", platform.python_version()
    yield "system", platform.platform()
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"
    if sys.platform != "win32":
        import resource

        limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
        yield "lockable memory", "unlimited" if limit == resource.RLIM_INFINITY else f"{limit // 1024} KiB"


def _computer(facts: DiskFacts) -> dict[str, Any]:
    return {
        "disk": str(facts.disk),
        "disk_words": facts.disk_words,
        "swap": str(facts.swap),
        "swap_words": facts.swap_words,
        "locked_kib": facts.locked_kib,
        "locked_words": facts.memory_words,
        "crash_dumps": facts.dump_words,
    }


def _looked_over(desk: Desk, out: Output, findings: list[str]) -> dict[str, Any]:
    figures = desk.ask(look_over, LookOver(pages=True), out)
    verdict = desk.ask(verify_audit, VerifyAudit(), out)
    backups = desk.ask(backup_status, ShowBackups(limit=1))
    findings += [f"The database is damaged: {each}" for each in figures.faults]
    if not figures.journal_sound:
        findings.append(f"The journal is off by {figures.trial_balance_cents} cents or holds a wrong posting.")
    findings += [f"Audit log: {each.text}" for each in verdict.faults]
    newest = backups.newest
    if newest is None or datetime.now(UTC) - newest > STALE:
        findings.append("There is no verified backup of the last 36 hours. Make one: medbill backup")
    return {
        "figures": asdict(figures),
        "audit": {"rows": verdict.rows, "verified": verdict.verified, "anchors": verdict.anchors},
        "backups": {"newest": newest and newest.isoformat(), "target": backups.target, "chosen": backups.target_chosen},
    }


def _protections(desk: Desk, pdf: Path | None) -> list[dict[str, str]]:
    """Tell how each protection stands, and print it where a file is named; that is written down."""
    if not desk.may(security_state):
        return []
    if pdf is not None:
        data = desk.ask(print_protections, PrintProtections())
        handle = os.open(pdf.expanduser(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    judged = protections(desk.ask(security_state, AskProtections()))
    return [{"name": each.name, "level": str(each.level), "words": each.words, "do": each.do} for each in judged]


def _say(document: dict[str, Any], findings: list[str]) -> list[str]:
    rows = [*document["versions"].items(), *((f"practice {key}", _words(v)) for key, v in _practice(document))]
    told = document["computer"]
    rows += [("disk", told["disk_words"]), ("swap", told["swap_words"])]
    rows += [("locked memory", told["locked_words"]), ("crash dumps", told["crash_dumps"])]
    if "figures" in document:
        rows += [(key.replace("_", " "), _words(v)) for key, v in document["figures"].items() if key != "faults"]
        rows += [(f"audit {key}", _words(v)) for key, v in document["audit"].items()]
        rows += [(f"backup {key}", _words(v)) for key, v in document["backups"].items()]
    weak = [each for each in document.get("protections", ()) if each["level"] == Level.WEAK]
    rows += [(f"weak: {each['name']}", f"{each['words']} {each['do']}") for each in weak]
    whole = "Nothing is damaged; what is weak stands above." if weak else "Nothing to mend."
    seen = whole if "figures" in document else "Nothing to mend in what is seen without a sign-in."
    return [*table(rows), "", *(findings or [seen])]


def _practice(document: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield what is known of the practice, with whether a credential store answers in words."""
    for key, value in document["practice"].items():
        if key == "store":
            yield "secret", STORE_WORDS[bool(value)]
        else:
            yield key, value


def _words(value: object) -> str:
    """Say a value to a person: yes and no, and none where there is nothing."""
    if value is None:
        return "none"
    return str(value) if not isinstance(value, bool) else "yes" if value else "no"
