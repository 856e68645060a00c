"""Judge the log by its anchors, print one, and explain one that was not reached (SECURITY A12, A14)."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select
from sqlalchemy import Table as SqlTable

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.gateways import folder_target
from medbill_desktop.gateways.targets import TargetError
from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.storage import audit as audit_rows
from medbill_desktop.storage import backups
from medbill_desktop.storage.tables import audit, audit_explained, backup, patient, posting, practice
from medbill_desktop.usecases import gap_makers
from medbill_desktop.usecases.audit_chain import RESTORE, AuditVerdict, Fault, FaultKind, Trail, walked
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

NOTE_LEAST: Final = 10
NOTE_MOST: Final = 2000
STORE: Final = "the credential store"
PAGE: Final = "the printed page"
_TYPED: Final = re.compile(r"(\d{1,15})[:\s]+([0-9a-f]{16,64})", re.IGNORECASE)
_RECEIPT: Final = ".receipt.json"
_MOST_RECEIPT_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class PrintedAnchor:
    """An anchor as it stands on paper: a row, and how its mac begins."""

    seq: int
    head: str  # 16 hex digits or more


@dataclass(frozen=True, slots=True)
class VerifyAudit:
    """Walk the whole chain; `printed` are anchors from paper."""

    printed: tuple[PrintedAnchor, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintAnchor:
    """Make the page that is signed and filed."""


@dataclass(frozen=True, slots=True)
class ExplainGap:
    """An officer says why anchors know rows that the log does not have; `seq` is the last row that was looked at."""

    id: Id
    note: str = field(repr=False)


def read_anchor(typed: str) -> PrintedAnchor:
    """Read `1234:0123456789abcdef` as it is printed; raises Refused."""
    match = _TYPED.fullmatch(typed.strip())
    if match is None or len(match[2]) % 2:
        raise Refused("Type an anchor as it is printed: the row, a colon, and the 16 digits of the head.")
    return PrintedAnchor(int(match[1]), match[2].lower())


@query("audit.verify", needs=Permission.READ_AUDIT, audit="audit.verify")
def verify_audit(read: Reading, asked: VerifyAudit) -> AuditVerdict:
    verdict = replace(_judged(read, asked.printed), barred=gap_makers.why_not(read))
    read.entry.about("audit", verdict.head_seq, rows=verdict.rows, faults=len(verdict.faults))
    if asked.printed:
        read.entry.detail["printed"] = len(asked.printed)
    return verdict


@query("audit.anchor_page", needs=Permission.READ_AUDIT, audit="audit.anchor_page")
def print_anchor(read: Reading, asked: PrintAnchor) -> bytes:
    """Return the page as PDF: the head of the log as it stands now, outside the reach of whoever changes files."""
    last = audit_rows.head(read.conn)
    if last is None:
        raise Refused("The log is empty, so there is nothing to anchor.")
    seq, mac, at = last
    trail: Trail = read.session.trail
    counts = (
        ("Rows of the log", _count(read.conn, audit)),
        ("Patients", _count(read.conn, patient)),
        ("Postings of the journal", _count(read.conn, posting)),
        ("Backups", _count(read.conn, backup)),
    )
    read.entry.about("audit", seq, head=mac.hex()[:16])
    name = read.conn.execute(select(practice.c.name)).scalar_one()
    from medbill_desktop.documents.audit_anchor import (  # heavy: only where one is printed
        AnchorContent,
        audit_anchor_pdf,
    )

    content = AnchorContent(name, trail.vault_id[:8], trail.epoch, seq, mac.hex()[:16], at, read.clock.now(), counts)
    return audit_anchor_pdf(content)


def _looked(read: Reading, cmd: ExplainGap) -> AuditVerdict:
    return _judged(read, ())


@usecase("audit.explain", needs=Permission.SIGN_OFF_AUDIT, topics={"review"}, prepare=_looked)
def explain_gap(work: Work, cmd: ExplainGap, plan: AuditVerdict) -> int:
    """Keep the note with who signed it, and write the anchor of this computer anew; return what it explains.

    Only anchors are explained, and not by who came in first after the gap. A changed or missing row stays a finding
    for ever.
    """
    note, problems = tidy(cmd.note), Findings()
    if len(note) < NOTE_LEAST:
        problems.stop("note", "note", "Say what happened and how you know.", "Write at least ten letters.")
    if len(note) > NOTE_MOST:
        problems.stop("note", "note", f"The note is over {NOTE_MOST:,} letters.", "Make it shorter.")
    problems.raise_stops()
    unreached = [each for each in plan.faults if each.anchor_seq is not None or each.source == STORE]
    if not unreached and not plan.restores:
        raise Refused("Every anchor agrees and no restore waits. There is nothing to explain.")
    if barred := gap_makers.why_not(work):
        raise Refused(barred)
    own_gap = work.user.id in gap_makers.came_first(work.conn)
    last = work.conn.execute(select(func.max(audit.c.seq))).scalar() or 0
    signed = {"note": note, "head_seq": last, "user_id": work.user.id, "at": work.now}
    spans = [(each.from_seq + 1, max(each.left_seq or 0, each.from_seq + 1), RESTORE) for each in plan.restores]
    known = [(first, until) for first, until, _ in spans]
    for each in unreached:
        seq = each.seq if each.anchor_seq is None else each.anchor_seq
        if not any(first <= seq <= until for first, until in known):
            spans.append((seq, seq, each.source))
    for first, until, source in dict.fromkeys(spans):
        row = {"id": work.new_id(), "seq": first, "until_seq": until, "source": source, **signed}
        work.conn.execute(insert(audit_explained).values(row))
    work.entry.about(
        "audit", last, anchors=len(unreached), restores=len(plan.restores), first=min(first for first, _, _ in spans),
        until=max(until for _, until, _ in spans), left_head=next((r.left_head for r in plan.restores), None),
        from_head=next((r.from_head for r in plan.restores), None), own_gap=own_gap,
    )  # fmt: skip
    work.once_committed(work.session.trail.anchor_anew)
    return len(spans)


def _judged(read: Reading, printed: tuple[PrintedAnchor, ...]) -> AuditVerdict:
    trail: Trail = read.session.trail
    more = [Anchor(each.seq, bytes.fromhex(each.head), PAGE) for each in printed]
    more += _beside_backups(read, trail.vault_id)
    verdict = walked(read.conn, trail, read.watch, more)
    if trail.anchor_missing:
        text = "This computer remembers no row of the log: what it kept was removed."
        missing = Fault(verdict.head_seq, FaultKind.ANCHOR, text, source=STORE)
        verdict = replace(verdict, faults=(missing, *verdict.faults))
    return verdict


def _beside_backups(read: Reading, vault_id: str) -> Iterator[Anchor]:
    """Yield the heads in the receipts that lie beside the backups: those of the database could be changed with it.

    A drive that is not there has none today; what can't be read is no anchor.
    """
    keys: Any = getattr(read.session, "backup_keys", None)
    if keys is None:
        return
    chosen = backups.chosen_folder(read.conn, read.today)
    folder = keys.folder / "backups" if chosen is None else Path(chosen.folder)
    target = folder_target.FolderTarget(folder, keys.folder, None if chosen is None else chosen.marker)
    with suppress(TargetError):
        target.check()
        for held in target.list():
            if held.name.endswith(_RECEIPT) and held.bytes <= _MOST_RECEIPT_BYTES:
                with suppress(ValueError, KeyError, TypeError), target.get(held.name) as source:
                    told = json.loads(source.read(_MOST_RECEIPT_BYTES))
                    if told["vault"] == vault_id:
                        name = held.name.removesuffix(_RECEIPT)
                        head = bytes.fromhex(told["audit_head"])
                        yield Anchor(int(told["audit_seq"]), head, f"the receipt beside backup {name}")


def _count(conn: Connection, which: SqlTable) -> int:
    return int(conn.execute(select(func.count()).select_from(which)).scalar_one())
