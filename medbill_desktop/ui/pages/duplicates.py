"""Records that may be one patient: compared side by side, merged, and taken apart again (BILLING R1)."""

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import press_within
from medbill_desktop.ui.places import PairPlace, PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, FormField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, StatusLine, label, reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.merging import (
    AlikePairs,
    CompareRecords,
    Comparison,
    FindAlike,
    ListMerges,
    MergeLine,
    MergePatients,
    Pair,
    RecordSide,
    UndoMerge,
    compare_records,
    find_alike,
    list_merges,
    merge_patients,
    undo_merge,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A pair that may be one patient, or a merge that stands."""

    id: object
    first: str = field(repr=False)
    second: str = field(repr=False)
    why: Status
    pair: Pair | None = field(default=None, repr=False)
    merge: MergeLine | None = None


COLUMNS = (
    Column("first", "Earlier record", Kind.NAME, stretch=True),
    Column("second", "Later record", Kind.NAME, 330),
    Column("why", "Why", Kind.STATUS, 330),
)


class DuplicatesPage(Page):
    """Without a place: every likely pair of the practice. With one: those of a patient, and the merges that stand.

    A `PairPlace` opens with its two records side by side.
    """

    topics = frozenset({"patients"})

    no_draft = "Nothing is typed: who is merged is chosen anew, with both records in sight."

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Possible duplicates")
        self._whose: Id | None = None
        self._pairs: list[_Row] = []
        self._merges: list[_Row] = []
        self.table = Table(
            COLUMNS, name="duplicates", spoken="Possible duplicates", sizes=shell.sizes,
            empty="No two records look like one patient.",
        )  # fmt: skip
        self.undo = self.button("Take the merge back", "Ctrl+Shift+U", self._on_undo, case=undo_merge)
        self.tools(self.undo)
        self.beside = Beside(self)
        self.beside.hide()
        self.add(self.table, 1)
        self.add(self.beside)
        self.add(KeyLine(("Enter", "compares the two"), ("Ctrl+Enter", "merges them"), ("Esc", "leaves them apart")))
        self.keys.append(Key("Enter", "Compare the two"))
        self.keys.append(Key("Ctrl+Enter", "Merge them"))
        self.keys.append(Key("Ctrl+Shift+S", "Keep the other one"))
        self.table.opened.connect(self._on_opened)

    def open(self, place: object) -> None:
        self._whose = place.patient_id if isinstance(place, PatientPlace | PairPlace) else None
        self.beside.close_comparison()
        self.reload()
        if isinstance(place, PairPlace):
            self.beside.compare(place.other_id, place.patient_id)

    def reload(self) -> None:
        self.problems.say()
        self.jobs.ask(find_alike, FindAlike(), "Comparing all patients").on(self._on_pairs, self.say_error)
        self._merges = []
        if self._whose is not None:
            self.ask(list_merges, ListMerges(self._whose), self._on_merges)

    def leave(self) -> None:
        self.beside.close_comparison()
        self._pairs, self._merges, self._whose = [], [], None
        self.table.show_rows([], keep=False)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_pairs(self, found: AlikePairs) -> None:
        mine = [each for each in found.pairs if self._whose is None or self._whose in (each.earlier.id, each.later.id)]
        self._pairs = [_pair_row(each) for each in mine]
        more = found.found - len(found.pairs)
        self.say_title(
            "Possible duplicates", f"The surest first; {more:,} more pairs follow once these are done." if more else ""
        )
        self._show()

    @Slot(object)
    def _on_merges(self, found: tuple[MergeLine, ...]) -> None:
        self._merges = [
            _Row(each.id, "This patient", f"Account {each.account}",
                 Status(Tone.INFO, f"Merged {each.made_at:%m/%d/%Y} by {each.made_by}"), merge=each)
            for each in found
        ]  # fmt: skip
        self._show()

    def _show(self) -> None:
        self.table.show_rows([*self._merges, *self._pairs])
        self.undo.setEnabled(bool(self._merges) and self.desk.may(undo_merge))

    @Slot(object)
    def _on_opened(self, row: _Row) -> None:
        if row.pair is not None:
            self.beside.compare(row.pair.earlier.id, row.pair.later.id)

    def _on_undo(self) -> None:
        row = self.table.chosen_row()
        if isinstance(row, _Row) and row.merge is not None:
            self.run(undo_merge, UndoMerge(self.desk.new_id(), row.merge.id), self._on_undone)

    @Slot(object)
    def _on_undone(self, _: object) -> None:
        self.shell.say("The merge is taken back.")
        self.reload()


class Beside(QWidget):
    """Two records side by side, what a merge would do, and the choices that are a person's."""

    def __init__(self, page: DuplicatesPage) -> None:
        super().__init__()
        self._page, self._sending = page, False
        self._ids: tuple[Id, Id] | None = None
        self._shown: Comparison | None = None
        self._grid_room = QVBoxLayout()
        self._said, self._trouble = label("", wrap=True), StatusLine(Type.BODY)
        self.guarantor = ChoiceField(name="merge_guarantor")
        self._guarantor_place = FormField("Who pays from now on", self.guarantor)
        self.one_payer = QCheckBox("The two guarantors are one person: both balances come on one statement")
        self.one_payer.setObjectName("one_payer")
        self.one_payer.toggled.connect(self._on_one_payer)
        self.merge = primary_button("Merge them", name="merge", pressed=self._on_merge, listens=False)
        self.swap = Button("Keep the other one", "Ctrl+Shift+S", pressed=self._on_swap)
        press_within(self, self.merge)
        row = QHBoxLayout()
        row.setSpacing(Space.ONE)
        for each in (self.merge, self.swap, Button("Leave them apart", "Esc", pressed=self.close_comparison)):
            row.addWidget(each)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.ONE, 0, Space.ONE)
        column.setSpacing(Space.ONE)
        column.addLayout(self._grid_room)
        column.addWidget(self._said)
        column.addWidget(self._guarantor_place)
        column.addWidget(self.one_payer)
        column.addWidget(self._trouble)
        column.addLayout(row)

    def compare(self, survivor_id: Id, merged_id: Id) -> None:
        self._ids = survivor_id, merged_id
        self._tick(False)
        self._ask()

    def _ask(self) -> None:
        if self._ids is not None:
            asked = CompareRecords(*self._ids, one_payer=self.one_payer.isChecked())
            self._page.ask(compare_records, asked, self._on_compared)

    def _tick(self, on: bool) -> None:
        self.one_payer.blockSignals(True)
        self.one_payer.setChecked(on)
        self.one_payer.blockSignals(False)

    @Slot()
    def _on_one_payer(self) -> None:
        self._ask()

    def close_comparison(self) -> None:
        self._ids, self._shown, self._sending = None, None, False
        self._clear()
        self._trouble.say("")
        self._said.setText("")
        self.hide()

    @Slot(object)
    def _on_compared(self, shown: Comparison) -> None:
        if self._ids != (shown.survivor.patient_id, shown.merged.patient_id):
            return
        again, self._shown = self._shown is not None and self.isVisible(), shown
        self._clear()
        self._grid_room.addWidget(_table_of(shown))
        self._said.setText("\n".join(shown.will))
        two = (
            (shown.survivor.guarantor_id, shown.survivor.guarantor),
            (shown.merged.guarantor_id, shown.merged.guarantor),
        )
        chosen = self.guarantor.value() if again else None
        self.guarantor.offer([(None, "Choose"), *two] if shown.must_choose_guarantor else [])
        if chosen in {each for each, _ in two} and shown.must_choose_guarantor:
            self.guarantor.set_value(chosen)
        reveal(self._guarantor_place, shown.must_choose_guarantor)
        reveal(self.one_payer, shown.may_be_one_payer)
        stops = [each for each in shown.problems if not each.warns]
        self._trouble.say(" ".join(each.sentence() for each in shown.problems), Tone.STOP if stops else Tone.WARN)
        self.merge.setEnabled(not stops and self._page.desk.may(merge_patients))
        self.show()
        if not self.one_payer.hasFocus():
            self.merge.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear(self) -> None:
        while (item := self._grid_room.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()

    def _on_swap(self) -> None:
        if self._ids is not None:
            self.compare(self._ids[1], self._ids[0])

    def _on_merge(self) -> None:
        if self._ids is None or self._shown is None or self._sending:
            return
        chosen = self.guarantor.value() if self._shown.must_choose_guarantor else None
        guarantor_id = Id(chosen) if isinstance(chosen, int) else None
        one_payer = self._shown.may_be_one_payer and self.one_payer.isChecked()
        command = MergePatients(self._page.desk.new_id(), *self._ids, guarantor_id, one_payer)
        self._sending = True
        self._page.jobs.start(merge_patients, command).on(self._on_merged, self._on_refused)

    @Slot(object)
    def _on_merged(self, _: object) -> None:
        self.close_comparison()
        self._page.shell.say("They are one patient now. To take it back, open the patient and press Ctrl+Shift+M.")
        self._page.focus_first()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self._sending = False
        self._trouble.say(explain(error), Tone.STOP)


def _pair_row(pair: Pair) -> _Row:
    why = Status(Tone.WARN, ", ".join(pair.reasons).capitalize())
    return _Row((pair.earlier.id, pair.later.id), _who(pair.earlier), _who(pair.later), why, pair)


def _who(line: Any) -> str:
    return f"{line.name}, {line.account}, born {show_date(line.birth_date)}"


def _table_of(shown: Comparison) -> QWidget:
    """Lay the two records out line by line; what differs stands strong."""
    made, grid = QWidget(), QGridLayout()
    made.setLayout(grid)
    made.setAccessibleName("The two records side by side")
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(Space.THREE)
    grid.setVerticalSpacing(Space.HALF)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(2, 1)
    for at, words in enumerate(("", "Stands for both", "Is merged into it")):
        grid.addWidget(label(words, Type.CAPTION, "2"), 0, at)
    for at, (words, one, other) in enumerate(_lines(shown.survivor, shown.merged), 1):
        grid.addWidget(label(words, Type.CAPTION, "2"), at, 0)
        for column, text in ((1, one), (2, other)):
            grid.addWidget(label(text or "—", ink="" if one != other else "2", wrap=True), at, column)
    return made


def _lines(one: RecordSide, other: RecordSide) -> list[tuple[str, str, str]]:
    def both(words: str, say: Any) -> tuple[str, str, str]:
        return words, say(one), say(other)

    return [
        both("Account", lambda side: side.account),
        both("Name", lambda side: side.name),
        both("Born", lambda side: f"{show_date(side.birth_date)} · {side.sex}"),
        both("Telephone", lambda side: show_phone(side.phone)),
        both("Address", lambda side: side.address),
        both("Guarantor", lambda side: side.guarantor),
        both("Coverage", lambda side: "; ".join(side.policies)),
        both("Entered", lambda side: ", ".join(f"{name} {count}" for name, count in side.counts.items() if count)),
        both("Patient owes", lambda side: format_cents(side.owes_cents)),
        both("Credit", lambda side: format_cents(side.credit_cents)),
    ]
