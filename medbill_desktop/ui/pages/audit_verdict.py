"""The verdict on the chain: what was found, an anchor from paper to hold it to, and a gap explained (A12, A14)."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Slot

from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_signing import SigningPanel
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.usecases.audit_anchors import (
    ExplainGap,
    PrintedAnchor,
    VerifyAudit,
    explain_gap,
    read_anchor,
    verify_audit,
)
from medbill_desktop.usecases.audit_chain import RESTORE, AuditVerdict

MOST_FAULTS = 50
TITLE = "The log, verified"
RED = (
    "The log is not what was written. Change nothing, make no backup over the old ones, and call who looks after this"
    " computer."
)
EXPLAIN = (
    "An officer who knows why an anchor is not reached says so here. The note is kept with the name, and the anchor of"
    " this computer is written anew. A changed or missing row stays a finding for ever."
)


class VerdictPanel(SigningPanel):
    """The verdict with each finding; below it the anchor from paper, and the officer's note where one is wanted."""

    short = "Say what happened and how you know, in at least ten letters."
    said = "The gap is explained, and this computer's anchor is written anew. Verify again."

    def __init__(self, page: Page, verdict: AuditVerdict, now: datetime, again: Callable[[AuditVerdict], None]) -> None:
        super().__init__(page, explain_gap, "explain", "What happened", "Sign it")
        self._again = again
        self._say_verdict(verdict)
        self.facts(
            [("Verified", say_moment(now)), ("Rows", f"{verdict.rows:,}"), ("Last row", f"{verdict.head_seq:,}"),
             ("Chain head", verdict.head or "—"), ("Anchors compared", f"{verdict.anchors:,}")]
        )  # fmt: skip
        for fault in verdict.faults[:MOST_FAULTS]:
            self.status(f"{str(fault.kind).capitalize()}. {fault.text}", Tone.STOP)
        if len(verdict.faults) > MOST_FAULTS:
            self.sentence(f"and {len(verdict.faults) - MOST_FAULTS:,} more", Type.CAPTION, "2")
        self._say_known(verdict)
        self.anchor = FormField("Anchor from paper (row:digits)", LineField(name="typed_anchor", most=90))
        self.compare = Button("Compare", name="compare_anchor", pressed=self._on_compare)
        self.column.addWidget(self.anchor)
        self.column.addWidget(self.compare)
        unreached = any(each.anchor_seq is not None or each.source for each in verdict.faults)
        wanted = bool(unreached or verdict.restores) and page.desk.may(explain_gap)
        self.explains = wanted and not verdict.barred
        if wanted and verdict.barred:
            self.status(verdict.barred, Tone.WARN)
        if self.explains:
            self.sentence("Explain it", Type.STRONG)
            self.sentence(EXPLAIN, ink="2")
            self.ask_signature()
        self.end()

    @property
    def buttons(self) -> tuple[Button, ...]:
        return super().buttons if self.explains else ()

    def command(self, words: str) -> ExplainGap:
        return ExplainGap(self._page.desk.new_id(), words)

    def _say_verdict(self, verdict: AuditVerdict) -> None:
        if verdict.verified:
            self.status("Every row is as it was written.", Tone.OK)
            self.sentence("Nothing was changed, taken out, put in or exchanged, and every anchor outside agrees.")
        else:
            count = len(verdict.faults)
            self.status("1 finding." if count == 1 else f"{count:,} findings.", Tone.STOP)
            self.sentence(RED)
        if verdict.archived:
            self.sentence(f"Rows up to {verdict.archived:,} lie in sealed archives; see Keeping.", ink="2")

    def _say_known(self, verdict: AuditVerdict) -> None:
        for each in verdict.restores:
            left = (
                "what was here was lost" if each.left_seq is None else f"rows up to {each.left_seq:,} were left behind"
            )
            self.status(f"Row {each.seq:,}: a backup was restored, and no officer confirmed it yet.", Tone.WARN)
            self.sentence(f"Back to row {each.from_seq:,}; {left}. {say_moment(each.at)}", Type.CAPTION, "2")
        for gap in verdict.gaps:
            source = "a restore" if gap.source == RESTORE else gap.source
            self.status(f"Rows {gap.first_seq:,} to {gap.last_seq:,} ({source}): explained.", Tone.NONE)
            self.sentence(gap.note)
            self.sentence(f"Signed by {gap.person}, {say_moment(gap.at)}", Type.CAPTION, "2")

    def _on_compare(self) -> None:
        try:
            typed: PrintedAnchor = read_anchor(self.anchor.field.text())  # type: ignore[attr-defined]
        except Refused as error:
            self.anchor.say(str(error))
            return
        self.anchor.say("")
        job = self._page.jobs.ask(verify_audit, VerifyAudit((typed,)), "Verifying the audit log")
        job.on(self._on_compared, self._on_refused)

    @Slot(object)
    def _on_compared(self, verdict: AuditVerdict) -> None:
        self._again(verdict)
