"""The tab Emergency access of the audit log: who opened what the role hides, why, and the signature (SECURITY A4)."""

from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.emergency import COMMENT_LEAST
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_panels import PanelText
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import FormField, NoteField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, StatusLine
from medbill_desktop.usecases.emergency import Alert, AskAlerts, SignAlert, list_alerts, sign_alert


def _state(row: Alert) -> Status:
    return Status(Tone.OK, "Signed off") if row.signed else Status(Tone.STOP, "To look at")


COLUMNS = (
    Column("began_at", "Began", Kind.CODE, 160, value=lambda row: say_moment(row.began_at)),
    Column("person", "Person", Kind.NAME, 180),
    Column("reason", "Why", stretch=True),
    Column("patients", "Patients", Kind.COUNT, 88),
    Column("signed_by", "Signed off by", width=180, drop=1),
    Column("state", "Status", Kind.STATUS, 150, value=_state),
)


class EmergencyTab(SettingsTab):
    """What waits stands on top; Enter shows what was said and lets it be signed."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.table = Table(COLUMNS, name="emergencies", spoken="Emergency accesses", sizes=page.shell.sizes,
                           empty="Nobody has used emergency access.")  # fmt: skip
        self.column.addWidget(self.table, 1)
        self.inset(KeyLine(("Enter", "shows why, and lets it be signed"), ("Esc", "closes")))
        self.table.opened.connect(self._on_opened)
        self.table.asked.connect(self._on_opened)

    def reload(self) -> None:
        self.page.ask(list_alerts, AskAlerts(), self._on_alerts)

    def focus_first(self) -> None:
        self.table.setFocus()

    @Slot(object)
    def _on_alerts(self, alerts: tuple[Alert, ...]) -> None:
        self.table.show_rows(alerts)

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        panel = EmergencyPanel(self.page, row)
        buttons = () if row.signed else (panel.sign, Button("Close", "Esc", pressed=self.page.close_panel))
        self.page.open_panel("Emergency access", panel, note=row.person, buttons=buttons)
        if not row.signed:
            panel.comment.field.setFocus()


class EmergencyPanel(PanelText):
    """Why and how much, the comment, and the signature."""

    def __init__(self, page: Page, row: Alert) -> None:
        super().__init__()
        self._page, self._row = page, row
        self.sentence(row.reason, Type.STRONG)
        self.sentence(row.words)
        span = (("Began", say_moment(row.began_at)), ("At the latest until", say_moment(row.until)))
        self.facts([*span, ("Patients opened", str(row.patients)), ("Rows of the log", str(row.reads)),
                    ("Computer", str(row.workstation))])  # fmt: skip
        self._trouble = StatusLine()
        self.comment = FormField("What you made of it", NoteField(name="emergency_comment", lines=5))
        self.sign = primary_button("Sign off", name="sign_emergency", pressed=self._on_sign)
        if row.signed_at is not None:
            self.status(f"Signed off by {row.signed_by}, {say_moment(row.signed_at)}.", Tone.OK)
            self.sentence(row.comment)
            self.comment.hide()
        else:
            self.column.addWidget(self.comment)
            self.column.addWidget(self._trouble)
        self.end()

    def _on_sign(self) -> None:
        words = str(self.comment.field.value())  # type: ignore[attr-defined]
        if len(words) < COMMENT_LEAST:
            self.comment.say("Say what you made of it, in at least ten letters.")
            return
        self.comment.say("")
        self.sign.setEnabled(False)
        command = SignAlert(self._page.desk.new_id(), self._row.id, words)
        self._page.jobs.start(sign_alert, command).on(self._on_signed, self._on_refused)

    @Slot(object)
    def _on_signed(self, _: object) -> None:
        self._page.shell.say("The emergency access is signed off.")
        self._page.close_panel()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.sign.setEnabled(True)
        if isinstance(error, Invalid):
            self.comment.say(str(error))
        else:
            self._trouble.say(explain(error))
