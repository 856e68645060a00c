"""What the side panel of the audit log says: a row with its facts, the facts behind a finding."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.audit_facts import Finding
from medbill_desktop.domain.audit_words import say_action, say_facts, say_outcome, say_reason
from medbill_desktop.domain.dates import say_date
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.audit_log import AuditLine

MOST_ROWS = 12
OUTCOME_TONES = {"done": Tone.NONE, "denied": Tone.STOP, "failed": Tone.STOP}


def tone_of(outcome: str) -> Tone:
    return OUTCOME_TONES.get(outcome, Tone.WARN)


class PanelText(QWidget):
    """Lines of a panel, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, Space.ONE, 0)
        self.column.setSpacing(Space.ONE)

    def sentence(self, words: str, role: Type = Type.BODY, ink: str = "") -> None:
        self.column.addWidget(label(words, role, ink, wrap=True))

    def status(self, words: str, tone: Tone) -> None:
        line = StatusLine(Type.BODY)
        line.say(words, tone)
        self.column.addWidget(line)

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Add titles at the left and words at the right."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.TWO)
        grid.setVerticalSpacing(Space.HALF)
        grid.setColumnStretch(1, 1)
        for at, (title, words) in enumerate(pairs):
            grid.addWidget(label(title, Type.CAPTION, "2"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(words, wrap=True), at, 1)
        self.column.addLayout(grid)

    def rows(self, lines: Sequence[AuditLine], all_of_them: int) -> None:
        """Add the rows behind something, the first ones where there are many."""
        self.sentence(f"Rows behind it: {all_of_them:,}", Type.STRONG)
        for each in lines[:MOST_ROWS]:
            whose = f" · {each.patient}" if each.patient else ""
            self.sentence(f"{say_action(each.action)}{whose}")
            self.sentence(f"Row {each.seq} · {say_moment(each.at)} · {each.user_name or 'nobody'}", Type.CAPTION, "2")
        if all_of_them > MOST_ROWS:
            self.sentence(f"and {all_of_them - MOST_ROWS:,} more", Type.CAPTION, "2")

    def end(self) -> None:
        self.column.addStretch(1)


def row_panel(line: AuditLine) -> PanelText:
    """Return all that a row holds, in words."""
    made = PanelText()
    made.status(say_outcome(line.outcome), tone_of(line.outcome))
    pairs = [
        ("When", say_moment(line.at)),
        ("Person", line.user_name or "nobody signed in"),
        ("Computer", f"workstation {line.workstation}"),
    ]
    if line.account:
        pairs += [("Patient", line.patient), ("Account", line.account)]
    if line.reason:
        pairs.append(("Why not", say_reason(line.reason)))
    made.facts(pairs)
    if facts := say_facts(line.detail):
        made.sentence("Facts", Type.STRONG)
        made.facts(facts)
    if line.subject_kind not in (None, "patient") and line.subject_id is not None:
        kind = str(line.subject_kind).replace("_", " ").capitalize()
        made.sentence(f"{kind} no. {line.subject_id}", Type.CAPTION, "2")
    made.end()
    return made


def finding_panel(finding: Finding, lines: Sequence[AuditLine]) -> PanelText:
    """Return why something stands out, and the rows that show it."""
    made = PanelText()
    made.sentence(finding.text)
    made.facts([("Person", finding.person), ("Day", say_date(finding.day)), *finding.facts])
    made.rows(lines, len(finding.seqs))
    made.end()
    return made
