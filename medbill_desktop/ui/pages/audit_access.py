"""The tab Access review of the audit log: every quarter, who may still rightly do what (SECURITY A17, H6)."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import Slot

from medbill_desktop.domain.access_review import Verdict, say_quarter
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_panels import PanelText
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, Form, FormField, NoteField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, StatusLine
from medbill_desktop.usecases.access_review import (
    OWN_WORDS,
    AccessLine,
    AskAccess,
    AskAccessReviews,
    JudgeReviewer,
    PersonVerdict,
    Quarter,
    SignAccess,
    access_of,
    access_status,
    judge_reviewer,
    sign_access,
)

VERDICTS: Final = {
    Verdict.KEEP: "Keep as it is",
    Verdict.NARROW: "Narrow",
    Verdict.REMOVE: "Remove",
}
LEFT: Final = "Another reviewer says"


def _state(row: Quarter) -> Status:
    if row.to_judge:
        return Status(Tone.STOP if row.overdue else Tone.WARN, "Reviewer not judged")
    if row.signed:
        return Status(Tone.WARN, f"{row.undone} to do") if row.undone else Status(Tone.OK, "Signed off")
    return Status(Tone.STOP, "Overdue") if row.overdue else Status(Tone.WARN, "To review")


COLUMNS = (
    Column("quarter", "Quarter", Kind.NAME, stretch=True, value=lambda row: say_quarter(row.quarter)),
    Column("kept", "Kept", Kind.COUNT, 80, value=lambda row: row.kept if row.signed else None),
    Column("to_change", "To change", Kind.COUNT, 96, value=lambda row: row.to_change if row.signed else None),
    Column("signed_by", "Signed off by", width=180),
    Column("at", "When", Kind.CODE, 160, value=lambda row: say_moment(row.at) if row.at else "", drop=1),
    Column("state", "Status", Kind.STATUS, 150, value=_state),
)


class AccessTab(SettingsTab):
    """The newest quarter on top; Enter shows everybody with what they may, and lets it be signed."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.table = Table(COLUMNS, name="access_reviews", spoken="Access reviews", sizes=page.shell.sizes,
                           empty="The first quarter of this log has not ended yet.")  # fmt: skip
        self.column.addWidget(self.table, 1)
        self.inset(KeyLine(("Enter", "shows who may do what, for a verdict on each"), ("Esc", "closes")))
        self.table.opened.connect(self._on_opened)
        self.table.asked.connect(self._on_opened)

    def reload(self) -> None:
        self.page.ask(access_status, AskAccessReviews(), self._on_quarters)

    def focus_first(self) -> None:
        self.table.setFocus()

    @Slot(object)
    def _on_quarters(self, quarters: tuple[Quarter, ...]) -> None:
        self.table.show_rows(quarters)

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        asked = AskAccess(row.quarter if row.signed else None)
        self.page.ask(access_of, asked, lambda lines: self._show(row, lines))

    def _show(self, row: Quarter, lines: tuple[AccessLine, ...]) -> None:
        panel = AccessPanel(self.page, row, lines)
        close = Button("Close", "Esc", pressed=self.page.give_up_panel)
        buttons = (panel.sign, close) if panel.verdicts else (close,)
        self.page.open_panel("Access review", panel, note=say_quarter(row.quarter), buttons=buttons)
        if panel.verdicts:
            panel.verdicts[0].setFocus()


class AccessPanel(PanelText):
    """Everybody, a verdict on each, and the signature; of a signed one what was said, and the reviewer's own line."""

    keeps = "audit.access"

    def __init__(self, page: Page, row: Quarter, lines: Sequence[AccessLine]) -> None:
        super().__init__()
        self._page, self._row, self._lines = page, row, lines
        self.about = row.quarter
        self.form, self._trouble = Form(), StatusLine()
        self.verdicts: list[ChoiceField] = []
        self.comment = FormField("Comment, if needed", NoteField(name="access_comment", lines=3))
        self.sign = primary_button("Sign off", name="sign_access", pressed=self._on_sign)
        self.sign.setEnabled(page.desk.may(sign_access))
        if not page.desk.may(sign_access):
            self.sign.setToolTip(f"Your role may not {sign_access.needs}.")
        if row.at is not None:
            self._show_signed(row, row.at)
        else:
            self._ask_each()
        self.end()

    def _show_signed(self, row: Quarter, at: Any) -> None:
        self.status(f"Signed off by {row.signed_by}, {say_moment(at)}.", Tone.OK)
        if row.comment:
            self.sentence(row.comment)
        for each in self._lines:
            if not each.is_open:
                self._say(each)
        reviewer = [each for each in self._lines if each.is_open]
        if reviewer and row.for_me and self._page.desk.may(judge_reviewer):
            self.sentence("The reviewer's own rights wait for your verdict.", Type.STRONG)
            self._lines = reviewer
            self.sign.say("Judge")
            self._ask(reviewer)
            self.column.addWidget(self._trouble)
        elif reviewer:
            self.status(f"{row.to_judge}: {OWN_WORDS} Another one says.", Tone.WARN)

    def _say(self, each: AccessLine) -> None:
        self.sentence(each.name, Type.STRONG)
        self.sentence(each.roles_words, ink="2")
        verdict = VERDICTS[each.verdict or Verdict.KEEP]
        self.status(verdict if each.done else f"{verdict}: not done yet", Tone.OK if each.done else Tone.WARN)
        if each.words:
            self.sentence(each.words)
        if each.judged_by:
            self.sentence(f"Judged by {each.judged_by}", Type.CAPTION, "2")

    def _ask_each(self) -> None:
        self._ask(self._lines)
        self.column.addWidget(self.comment)
        self.column.addWidget(self._trouble)

    def _ask(self, lines: Sequence[AccessLine]) -> None:
        for at, each in enumerate(lines):
            come = "never signed in here" if each.last_sign_in is None else f"last here {say_moment(each.last_sign_in)}"
            changed = "" if not each.changes else f" · changed {each.changes} x since the last review"
            words = f"{each.name}{' (you)' if each.is_me else ''}: {each.roles_words}"
            own = each.is_open and self._row.at is None
            offered = [(key.name, said) for key, said in VERDICTS.items() if not own or key is not Verdict.KEEP]
            field = ChoiceField([("", LEFT), *offered] if own else offered, name=f"verdict_{each.id}")
            self.form.add(f"verdict.{each.id}", words, field, 2 * at, 0, 12)
            told = OWN_WORDS if own else f"{come}{changed}"
            self.form.fields[f"verdict.{each.id}"].say(told, Tone.NONE)
            note = NoteField(name=f"words_{each.id}", lines=2)
            self.form.add(f"words.{each.id}", "What is to change", note, 2 * at + 1, 0, 12)
            self.form.fields[f"words.{each.id}"].hide()
            field.currentIndexChanged.connect(self._on_verdict)
            self.verdicts.append(field)
        self.column.addWidget(self.form)

    @Slot()
    def _on_verdict(self, *_: object) -> None:
        """Ask for words where something is to change."""
        for each in self._lines:
            changes = self.form.value(f"verdict.{each.id}") in (Verdict.NARROW.name, Verdict.REMOVE.name)
            self.form.fields[f"words.{each.id}"].setVisible(changes)

    def _on_sign(self) -> None:
        self._trouble.say("")
        self.sign.setEnabled(False)
        desk, quarter = self._page.desk, self._row.quarter
        said = tuple(
            PersonVerdict(each.id, Verdict[str(chosen)], self.form.text(f"words.{each.id}"))
            for each in self._lines
            if (chosen := self.form.value(f"verdict.{each.id}"))
        )
        if self._row.signed:
            [reviewer] = said
            judged = JudgeReviewer(desk.new_id(), quarter, reviewer.verdict, reviewer.words)
            self._page.jobs.start(judge_reviewer, judged).on(self._on_signed, self._on_refused)
            return
        words = str(self.comment.field.value())  # type: ignore[attr-defined]
        command = SignAccess(desk.new_id(), quarter, said, words)
        self._page.jobs.start(sign_access, command).on(self._on_signed, self._on_refused)

    @Slot(object)
    def _on_signed(self, _: object) -> None:
        left = any(each.is_open for each in self._lines) and not self._row.signed
        more = " Another reviewer judges your own rights." if left else ""
        self._page.shell.say(f"The access review is signed off.{more} Change roles on the page Users.")
        self._page.close_panel()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.sign.setEnabled(True)
        if isinstance(error, Invalid):
            homeless = self.form.show_problems(error.problems)
            self._trouble.say(" ".join(each.sentence() for each in homeless))
        else:
            self._trouble.say(explain(error), Tone.STOP)
