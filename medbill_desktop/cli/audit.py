"""`medbill audit verify`: walk the chain of the audit log and its anchors (SECURITY A8, A12)."""

from argparse import ArgumentParser, Namespace

from medbill_desktop.cli import signing_in
from medbill_desktop.cli.output import Exit, Output
from medbill_desktop.usecases.audit_log import AuditVerdict, VerifyAudit, verify_audit


def add_arguments(parser: ArgumentParser) -> None:
    signing_in.add_arguments(parser)


def run(args: Namespace, out: Output) -> int:
    with signing_in.signed_in(args) as desk:
        verdict = desk.ask(verify_audit, VerifyAudit(), out)
    out.result(document(verdict), _say(verdict))
    return Exit.DONE if verdict.verified else Exit.FINDINGS


def document(verdict: AuditVerdict) -> dict[str, object]:
    return {
        "rows": verdict.rows,
        "verified": verdict.verified,
        "head_seq": verdict.head_seq,
        "head": verdict.head,
        "anchors": verdict.anchors,
        "faults": [{"kind": str(each.kind), "seq": each.seq, "text": each.text} for each in verdict.faults],
    }


def _say(verdict: AuditVerdict) -> list[str]:
    if verdict.verified:
        return [f"The audit log is whole: {verdict.rows:,} rows, {verdict.anchors} anchors, head {verdict.head}."]
    return [f"The audit log is NOT whole: {len(verdict.faults)} findings.", *(each.text for each in verdict.faults)]
