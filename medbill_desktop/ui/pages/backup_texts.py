"""What the Backup page says besides the list: how to restore, and what a checked file holds (SECURITY B13-B15)."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.backup_check import BundleFacts

KIT_WORDS: Final = (
    "On another computer only the printed recovery kit opens these backups. Keep the paper away from this computer, and"
    " never beside a backup."
)
STEPS: Final = (
    "Install MedBill on the computer, or start it here. Nothing of the old computer is needed.",
    "On the first screen choose “Restore a backup”; where it is the sign-in, “I have the recovery kit” before.",
    "Choose the newest file that ends in .mbb.age, and type the kit's line from the paper.",
    "The whole backup is checked before anything is touched. A damaged one changes nothing.",
    "Sign in as always. Compare the last receipts and the balance with what you remember.",
    "Come back to this page and confirm. Until then the replaced files are kept.",
)
DRILL: Final = (
    "Practise it once a quarter on a spare computer: a backup that was never restored is only a hope. To be sure of one"
    " file without restoring it, check it here with Ctrl+E."
)


def say_moment(moment: datetime) -> str:
    """Return `11/18/2026 2:41 PM` in this computer's time."""
    local = moment.astimezone()
    return f"{show_date(local.date())} {f'{local:%I:%M %p}'.lstrip('0')}"


def say_size(size: int) -> str:
    if size < 1_000_000:
        return f"{max(1, size // 1_000):,} KB"
    return f"{size // 1_000_000:,} MB"


class RestoreSteps(QWidget):
    """How a practice comes back, step by step."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.ONE, Space.ONE, 0)
        column.setSpacing(Space.TWO)
        for number, words in enumerate(STEPS, start=1):
            column.addWidget(label(f"{number}.  {words}", wrap=True))
        column.addWidget(label(DRILL, ink="2", wrap=True))
        column.addStretch(1)


class CheckedFile(QWidget):
    """What a file holds, after everything in it was checked."""

    def __init__(self, facts: BundleFacts, here: bool) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.ONE, Space.ONE, 0)
        column.setSpacing(Space.TWO)
        verdict = StatusLine(Type.BODY)
        verdict.say("Whole: decrypted to its end, opened, and equal to what it was made from.", Tone.OK)
        column.addWidget(verdict)
        if not here:
            foreign = StatusLine(Type.BODY)
            foreign.say("It is the backup of another practice than this one.", Tone.WARN)
            column.addWidget(foreign)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.TWO)
        grid.setVerticalSpacing(Space.ONE)
        grid.setColumnStretch(1, 1)
        for row, (words, value) in enumerate(_lines(facts)):
            grid.addWidget(label(words, Type.CAPTION, "2"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(value, wrap=True), row, 1)
        column.addLayout(grid)
        column.addStretch(1)


def _lines(facts: BundleFacts) -> tuple[tuple[str, str], ...]:
    return (
        ("Practice", facts.practice),
        ("Made", say_moment(facts.made_at)),
        ("People", f"{facts.users:,}"),
        ("Rows", f"{facts.rows:,}"),
        ("Owed to us", format_cents(facts.receivable_cents)),
        ("Size", say_size(facts.bytes)),
        ("Made by", f"MedBill {facts.app}"),
        ("Audit log", f"{facts.audit_seq:,} entries, whole"),
        ("SHA-256", " ".join(facts.sha256[at : at + 16] for at in range(0, len(facts.sha256), 16))),
    )
