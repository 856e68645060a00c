"""The batch beside the grid: what has a problem, what is keyed, what is to key, and the paper's sums (BILLING C6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import Cents, format_cents, total
from medbill_desktop.ui.models.rows import Column, Kind, Section, Status
from medbill_desktop.ui.pages.charge_sheet import Kept
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.fields import LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.visits import VisitLine

WIDTH = 328
MARKS = {Tone.STOP: Status(Tone.STOP, ""), Tone.OK: Status(Tone.OK, ""), Tone.NONE: Status(Tone.NONE, "")}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A superbill that is keyed, or a visit that is to key."""

    id: int
    name: str
    cents: Cents | None
    mark: Status
    what: Kept | VisitLine


COLUMNS = (
    Column("mark", "", Kind.STATUS, 28),
    Column("name", "Patient", Kind.NAME, stretch=True),
    Column("cents", "Amount", Kind.MONEY, 76),
)


class BatchPanel(QFrame):
    """`picked` carries a Kept or a VisitLine that is to be keyed or changed."""

    picked = Signal(object)
    typed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.setProperty("edge", "right")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._day = label("", Type.CAPTION, "2")
        empty = "Nothing is keyed yet."
        self.table = Table(COLUMNS, name="batch", spoken="Batch", empty=empty)
        self.count, self.paper = LineField("count", name="control_count", most=4), MoneyField(name="control_cents")
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.count.setAccessibleName("Superbills on paper")
        self.paper.setAccessibleName("Total on paper")
        self._keyed, self._sum, self._rest = label(), label(), label(role=Type.STRONG)
        self._rest_words = label("Still to key", Type.STRONG)
        self._lay_out()
        self.table.opened.connect(self._on_opened)
        for each in (self.count, self.paper):
            each.textEdited.connect(self._on_typed)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.TWO, Space.TWO, Space.TWO, Space.TWO)
        column.setSpacing(Space.ONE)
        column.addWidget(label("Batch", Type.HEADING))
        column.addWidget(self._day)
        column.addWidget(self.table, 1)
        sums = QGridLayout()
        sums.setVerticalSpacing(Space.ONE)
        sums.setColumnStretch(0, 1)
        self.count.setFixedWidth(60)
        self.paper.setFixedWidth(104)
        sums.addWidget(self._keyed, 0, 0, 1, 2)
        sums.addWidget(self._sum, 0, 2)
        sums.addWidget(label("On paper", ink="2"), 1, 0)
        sums.addWidget(self.count, 1, 1)
        sums.addWidget(self.paper, 1, 2)
        sums.addWidget(self._rest_words, 2, 0, 1, 2)
        sums.addWidget(self._rest, 2, 2)
        for each in (self._sum, self._rest):
            each.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            each.setContentsMargins(0, 0, 9, 0)
        column.addLayout(sums)

    @property
    def control_count(self) -> int | None:
        text = self.count.text().strip()
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def control_cents(self) -> Cents | None:
        return self.paper.value()

    def show_batch(self, kept: Iterable[Kept], to_key: Iterable[VisitLine], day: date) -> None:
        """Exceptions on top, then what is keyed, then what waits."""
        every = list(kept)
        wrong, good = [e for e in every if e.problem], [e for e in every if not e.problem]
        waits = list(to_key)
        rows: list[object] = []
        for title, some, tone in (("Has a problem", wrong, Tone.STOP), ("Keyed", good, Tone.OK)):
            if some:
                rows.append(Section(title, str(len(some))))
                rows += [BatchRow(e.id, e.sheet.patient, e.cents, MARKS[tone], e) for e in some]
        if waits:
            rows.append(Section("To key", str(len(waits))))
            rows += [BatchRow(e.id, e.patient, None, MARKS[Tone.NONE], e) for e in waits]
        self._day.setText(f"Services of {show_date(day)}")
        self.table.show_rows(rows)
        self._show_sums(len(every), total(e.cents for e in every))

    def _show_sums(self, keyed: int, cents: Cents) -> None:
        of = "" if self.control_count is None else f" of {self.control_count}"
        self._keyed.setText(f"Keyed, {keyed}{of}")
        self._sum.setText(format_cents(cents))
        paper = self.control_cents
        rest = None if paper is None else total((paper, -cents))
        self._rest_words.setText("Still to key" if rest is None or rest >= 0 else "Keyed too much")
        self._rest.setText("" if rest is None else format_cents(abs(rest)))

    def clear_paper(self) -> None:
        self.count.clear()
        self.paper.clear()

    @Slot(object)
    def _on_opened(self, row: BatchRow) -> None:
        self.picked.emit(row.what)

    @Slot(str)
    def _on_typed(self, _: str) -> None:
        self.typed.emit()
