"""The table model of all lists: holds ids, fetches rows on sight, and says what kind of thing stands in a column.

columns = (
    Column("name", "Name", stretch=True),
    Column("born", "Born", Kind.DATE, 96),
    Column("balance", "Balance", Kind.MONEY, 100, strong=lambda row: row.balance > 0),
    Column("state", "Status", Kind.STATUS, 150),   # the value is a Status, or None
)
model = RowsModel(columns)
model.show_rows(rows)              # few rows, each with an `id`; Section and Total lines may stand among them
model.show_ids(ids, fetch)         # many: fetch(ids of a screenful) -> rows, asked while scrolling
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.theme import Tone

Index = QModelIndex | QPersistentModelIndex
CELL: Final = Qt.ItemDataRole.UserRole + 1  # the value itself, for the delegate
LINE: Final = Qt.ItemDataRole.UserRole + 2  # the whole row
PAGE: Final = 60
NO_INDEX: Final = QModelIndex()


class Kind(Enum):
    """What stands in a column; the delegate draws it (LOOK, Rendering)."""

    TEXT = auto()
    NAME = auto()  # text that says whom or what the row is about
    CODE = auto()
    DATE = auto()
    MONEY = auto()  # cents; None is an empty cell, 0 stands grey
    COUNT = auto()
    STATUS = auto()
    TICK = auto()


@dataclass(frozen=True, slots=True)
class Status:
    """Icon, word and colour in one."""

    tone: Tone
    word: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` is the row's attribute, or `value` makes the cell of a row."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    width: int = 120
    stretch: bool = False
    value: Callable[[Any], Any] | None = None
    strong: Callable[[Any], bool] | None = None
    full_title: str = ""  # the whole word, where the window is wide
    drop: int = 0  # in narrow windows the highest goes first; 0 always stays (money, status)
    hint: str = ""

    def cell(self, row: Any) -> Any:
        return self.value(row) if self.value is not None else getattr(row, self.key, None)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading line among the rows: `Get one   46 guarantors · 4,812.35`."""

    title: str
    note: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """The last line: words at the left, sums under their columns by key."""

    title: str
    sums: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A line that says why a table is empty, or that there is more."""

    text: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem row under the line it belongs to (56 px, tinted): strong sentence and why."""

    title: str
    why: str = ""
    column: str = ""  # begins at the column at fault
    of: object = None  # the id of the line above


class RowsModel(QAbstractTableModel):
    """Rows by id; at the most the rows that were seen are held."""

    ticked = Signal(object, bool)  # id, on

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.wide = False
        self._lines: list[Any] = []
        self._ids: Sequence[Any] | None = None
        self._fetch: Callable[[Sequence[Any]], Iterable[Any]] | None = None
        self._seen: dict[Any, Any] = {}
        self.ticks: set[Any] = set()

    def show_rows(self, rows: Iterable[Any]) -> None:
        """Show these rows, Section and Total lines among them."""
        self.beginResetModel()
        self._lines, self._ids, self._fetch, self._seen = list(rows), None, None, {}
        self.endResetModel()

    def show_ids(self, ids: Sequence[Any], fetch: Callable[[Sequence[Any]], Iterable[Any]]) -> None:
        """Show as many rows as there are ids; `fetch` is asked for a screenful as it comes in sight."""
        self.beginResetModel()
        self._lines, self._ids, self._fetch, self._seen = [], ids, fetch, {}
        self.endResetModel()

    def line(self, at: int) -> Any:
        """Return the row at a place, fetched with its neighbours where it was not seen yet; None where it is gone."""
        if self._ids is None or self._fetch is None:
            return self._lines[at] if 0 <= at < len(self._lines) else None
        wanted = self._ids[at]
        if wanted not in self._seen:
            start = at - at % PAGE
            ids = [each for each in self._ids[start : start + PAGE] if each not in self._seen]
            self._seen.update(dict.fromkeys(ids))
            for row in self._fetch(ids):
                self._seen[row.id] = row
        return self._seen.get(wanted)

    def place_of(self, wanted: object) -> int:
        """Return where an id stands, or -1."""
        if self._ids is not None:
            return self._ids.index(wanted) if wanted in self._ids else -1
        return next((at for at, row in enumerate(self._lines) if getattr(row, "id", None) == wanted), -1)

    def tick(self, ids: Iterable[Any], on: bool = True) -> None:
        """Tick or clear rows by id."""
        self.ticks = self.ticks | set(ids) if on else self.ticks - set(ids)
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        if parent.isValid():
            return 0
        return len(self._lines) if self._ids is None else len(self._ids)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.line(index.row()), self.columns[index.column()]
        if role == LINE:
            return row
        if row is None:
            return None
        if role == CELL:
            return self._cell(row, column)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._words(row, column, index.column(), spoken=role == Qt.ItemDataRole.AccessibleTextRole)
        if role == Qt.ItemDataRole.CheckStateRole and column.kind is Kind.TICK and hasattr(row, "id"):
            return Qt.CheckState.Checked if row.id in self.ticks else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.line(index.row())
        if role != Qt.ItemDataRole.CheckStateRole or not hasattr(row, "id"):
            return False
        on = Qt.CheckState(value) is Qt.CheckState.Checked
        self.ticks = self.ticks | {row.id} if on else self.ticks - {row.id}
        self.dataChanged.emit(index, index)
        self.ticked.emit(row.id, on)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.line(index.row()) if index.isValid() else None
        if isinstance(row, Section | Total | Note | Trouble):
            return Qt.ItemFlag.ItemIsEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.isValid() and self.columns[index.column()].kind is Kind.TICK:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.full_title if self.wide and column.full_title else column.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return column.full_title or column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.hint or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight if column.kind in (Kind.MONEY, Kind.COUNT) else Qt.AlignmentFlag.AlignLeft
            )
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    @staticmethod
    def _cell(row: Any, column: Column) -> Any:
        if isinstance(row, Total):
            return row.sums.get(column.key)
        return None if isinstance(row, Section | Note | Trouble) else column.cell(row)

    def _words(self, row: Any, column: Column, at: int, *, spoken: bool) -> str:
        if isinstance(row, Section):
            return f"{row.title} {row.note}" if at == 0 else ""
        if isinstance(row, Note):
            return row.text if at == 0 else ""
        if isinstance(row, Trouble):
            return f"{row.title}. {row.why}" if at == 0 else ""
        value = self._cell(row, column)
        if isinstance(row, Total) and at == 0:
            return row.title
        words = say_cell(value, column.kind)
        return f"{column.full_title or column.title}: {words}" if spoken and words else words


def say_cell(value: Any, kind: Kind) -> str:
    """Return a cell as plain words, for the screen reader and for copying."""
    if value is None:
        return ""
    if isinstance(value, Status):
        return value.word
    if kind is Kind.MONEY and isinstance(value, int):
        return format_cents(value)
    if isinstance(value, date):
        return show_date(value)
    return str(value)
