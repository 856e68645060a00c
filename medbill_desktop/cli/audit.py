"""`medbill audit verify`: walk the chain of the audit log and its anchors (SECURITY A8, A12, A18).

`--anchor ROW:HEAD` holds the log to an anchor from paper; it may be given several times. `medbill audit open-archive`
reads a year that left the log; `--identity` names the kit of its time.
"""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from medbill_desktop.cli import signing_in
from medbill_desktop.cli.backups import read_identity
from medbill_desktop.cli.output import Exit, Output
from medbill_desktop.domain.problems import Refused
from medbill_desktop.usecases.audit_anchors import VerifyAudit, read_anchor, verify_audit
from medbill_desktop.usecases.audit_chain import AuditVerdict
from medbill_desktop.usecases.audit_keeping import OpenArchive, open_archive


def add_arguments(parser: ArgumentParser, verb: str = "verify") -> None:
    signing_in.add_arguments(parser)
    if verb == "open-archive":
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--identity", type=Path, metavar="KEYFILE", help="the recovery kit as text")
        return
    parser.add_argument(
        "--anchor", action="append", default=[], metavar="ROW:HEAD", help="hold the log to an anchor from paper"
    )


def run(args: Namespace, out: Output) -> int:
    return _open_archive(args, out) if args.verb == "open-archive" else _verify(args, out)


def _open_archive(args: Namespace, out: Output) -> int:
    kit = "" if args.identity is None else read_identity(args.identity)
    file = str(args.file.expanduser().absolute())
    args.file.stat()  # one that is not there is unreadable input
    with signing_in.signed_in(args) as desk:
        facts = desk.ask(open_archive, OpenArchive(file, kit), out)
    words = "The log goes on behind it." if facts.joined else "This practice's log does not go on behind it."
    said = f"The archive of {facts.year} is whole: {facts.rows:,} rows, {facts.first_seq:,} to {facts.last_seq:,}."
    out.result(asdict(facts), [said, words])
    return Exit.DONE if facts.joined else Exit.FINDINGS


def _verify(args: Namespace, out: Output) -> int:
    try:
        printed = tuple(read_anchor(each) for each in args.anchor)
    except Refused as error:
        raise signing_in.UsageError(str(error)) from None
    with signing_in.signed_in(args) as desk:
        verdict = desk.ask(verify_audit, VerifyAudit(printed), out)
    out.result(document(verdict), _say(verdict))
    return Exit.DONE if verdict.verified else Exit.FINDINGS


def document(verdict: AuditVerdict) -> dict[str, object]:
    return {
        "rows": verdict.rows,
        "verified": verdict.verified,
        "head_seq": verdict.head_seq,
        "head": verdict.head,
        "anchors": verdict.anchors,
        "archived": verdict.archived,
        "faults": [{"kind": str(each.kind), "seq": each.seq, "text": each.text} for each in verdict.faults],
        "explained": [
            {"first": each.first_seq, "last": each.last_seq, "source": each.source, "at": each.at.isoformat()}
            for each in verdict.gaps
        ],
        "restores_to_confirm": [each.seq for each in verdict.restores],
    }


def _say(verdict: AuditVerdict) -> list[str]:
    waits = [f"Row {each.seq}: a backup was restored and no officer has confirmed it yet." for each in verdict.restores]
    known = [
        f"Rows {each.first_seq} to {each.last_seq}, known to {each.source}: explained by {each.person}."
        for each in verdict.gaps
    ]
    if verdict.verified:
        whole = f"The audit log is whole: {verdict.rows:,} rows, {verdict.anchors} anchors, head {verdict.head}."
        return [whole, *known, *waits]
    count = len(verdict.faults)
    return [
        f"The audit log is NOT whole: {count} {'finding' if count == 1 else 'findings'}.",
        *(each.text for each in verdict.faults), *known, *waits,
    ]  # fmt: skip
