"""The tab Emergency access of the audit log: who opened what the role hides, why, and the signature (SECURITY A4)."""

from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.emergency import COMMENT_LEAST
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_signing import MADE_OF_IT, SIGN_OFF, SigningPanel
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
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
        buttons = () if row.signed else panel.buttons
        self.page.open_panel("Emergency access", panel, note=row.person, buttons=buttons)
        if not row.signed:
            panel.comment.field.setFocus()


class EmergencyPanel(SigningPanel):
    """Why and how much, the comment, and the signature."""

    said = "The emergency access is signed off."

    def __init__(self, page: Page, row: Alert) -> None:
        super().__init__(page, sign_alert, "emergency", MADE_OF_IT, SIGN_OFF, row.id)
        self._row = row
        self.sentence(row.reason, Type.STRONG)
        self.sentence(row.words)
        span = (("Began", say_moment(row.began_at)), ("At the latest until", say_moment(row.until)))
        self.facts([*span, ("Patients opened", str(row.patients)), ("Rows of the log", str(row.reads)),
                    ("Computer", str(row.workstation))])  # fmt: skip
        if row.signed_at is not None:
            self.status(f"Signed off by {row.signed_by}, {say_moment(row.signed_at)}.", Tone.OK)
            self.sentence(row.comment)
        else:
            self.ask_signature()
        self.end()

    def least(self) -> int:
        return COMMENT_LEAST

    def command(self, words: str) -> SignAlert:
        return SignAlert(self._page.desk.new_id(), self._row.id, words)
