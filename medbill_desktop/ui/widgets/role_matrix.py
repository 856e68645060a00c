"""Permission by role as a grid: arrows move, Space ticks, Enter explains (SECURITY A1).

What differs from the role that a copy was made of stands with a sign and bold; what is not saved yet with a dot.
"""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from medbill_desktop.domain.role_matrix import Matrix, RoleColumn, grouped
from medbill_desktop.domain.roles import ALWAYS, say_set
from medbill_desktop.domain.users import RIGHTS, Limit, Permission
from medbill_desktop.ui.icons import paint_icon
from medbill_desktop.ui.theme import Metric, Type, colors
from medbill_desktop.ui.widgets.role_ticks import name_of

Index = QModelIndex | QPersistentModelIndex
FIRST_WIDTH: Final = 348
WIDTH: Final = 100
HEAD: Final = 56
HEAD_LETTERS: Final = 13
NONE: Final = QModelIndex()


@dataclass(frozen=True, slots=True)
class Group:
    """A heading among the rights."""

    title: str


PEOPLE: Final = Group("People who hold it")
Line = Group | Permission | Limit


class MatrixModel(QAbstractTableModel):
    """Rights down, roles across; what was ticked is held here until it is saved."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        for title, rights in grouped():
            self.lines += [Group(title), *rights]
        self.lines += [Group("Limits"), *Limit, PEOPLE]
        self.matrix: Matrix | None = None
        self.columns: tuple[RoleColumn, ...] = ()
        self.ticked: dict[str, frozenset[Permission]] = {}  # by role, as far as it differs from what is saved

    def show_matrix(self, matrix: Matrix) -> None:
        self.beginResetModel()
        self.matrix, self.columns = matrix, matrix.columns
        kept = {each.key: each.permissions for each in matrix.columns if each.own}
        self.ticked = {key: rights for key, rights in self.ticked.items() if key in kept and rights != kept[key]}
        self.endResetModel()

    def forget(self) -> None:
        """Take back what is not saved."""
        self.ticked = {}
        self._tell()

    def rights(self, column: RoleColumn) -> frozenset[Permission]:
        return self.ticked.get(column.key, column.permissions)

    def toggle(self, line: Line, column: RoleColumn) -> bool:
        """Tick or clear a right of an own role; False where it can't be."""
        if not column.own or not isinstance(line, Permission) or line in ALWAYS:
            return False
        rights = self.rights(column) ^ {line}
        self.ticked[column.key] = rights
        if rights == column.permissions:
            del self.ticked[column.key]
        self._tell()
        return True

    def _tell(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.lines) - 1, len(self.columns)))
        self.changed.emit()

    def rowCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else 1 + len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        words = self.words(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return words
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column():
            return f"{self.role_name(index.column())}, {self.words(index.row(), 0)}: {words}"
        return words if role == Qt.ItemDataRole.AccessibleTextRole else None

    def words(self, row: int, column: int) -> str:
        line = self.lines[row]
        if column == 0:
            return line.title if isinstance(line, Group) else str(line)[:1].upper() + str(line)[1:]
        role = self.columns[column - 1]
        if line is PEOPLE:
            return str(len(role.holders))
        if isinstance(line, Limit):
            return say_set(line, role.limits[line])
        if isinstance(line, Permission):
            sign = {1: ", more than its base", -1: ", less than its base", 0: ""}[self.difference(line, role)]
            unsaved = ", not saved" if self.is_unsaved(line, role) else ""
            return f"{'yes' if line in self.rights(role) else 'no'}{sign}{unsaved}"
        return ""

    def difference(self, line: Line, column: RoleColumn) -> int:
        if not column.own or not isinstance(line, Permission):
            return 0
        return (line in self.rights(column)) - (line in RIGHTS[column.base])

    def is_unsaved(self, line: Line, column: RoleColumn) -> bool:
        return isinstance(line, Permission) and (line in self.rights(column)) != (line in column.permissions)

    def role_name(self, column: int) -> str:
        role = self.columns[column - 1]
        return role.name if role.own or self.matrix is None else name_of(role.key, self.matrix.book)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if section == 0:
                return "May"
            name = self.role_name(section)
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return name
            lines = wrap(name, HEAD_LETTERS, max_lines=2, placeholder="…")
            return "\n".join([*lines, "(own)"] if self.columns[section - 1].own else lines)
        if role == Qt.ItemDataRole.ToolTipRole and section:
            column = self.columns[section - 1]
            base = f"Copied from {column.base}. " if column.own else "Built in: copy it to change it. "
            return base + ("Held by " + ", ".join(column.holders) if column.holders else "Nobody holds it.")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            across = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignHCenter
            return int(across | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class MatrixDelegate(QStyledItemDelegate):
    """Draws a tick or a dash, the sign of a difference, and the dot of what is not saved."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(40, Metric.ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, c = index.model(), colors()
        assert isinstance(model, MatrixModel)
        line, rect = model.lines[index.row()], QRect(option.rect)
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        own = index.column() > 0 and model.columns[index.column() - 1].own
        painter.save()
        painter.fillRect(rect, QColor(c.selected if selected else c.surface if own or not index.column() else c.canvas))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(c.hairline))
        inner = rect.adjusted(Metric.CELL_PAD, 0, -Metric.CELL_PAD, -1)
        heading = isinstance(line, Group)
        painter.setFont((Type.STRONG if heading else Type.BODY).font())
        painter.setPen(QColor(c.text))
        if index.column() and isinstance(line, Permission):
            self._right(painter, inner, model, line, model.columns[index.column() - 1])
        elif index.column():
            painter.setFont(Type.BODY.font())
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter), self._fit(painter, model, index, inner))
        else:
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), self._fit(painter, model, index, inner))
        if selected and self._view.hasFocus():
            painter.setPen(QPen(QColor(c.accent), Metric.FOCUS))
            painter.drawRect(rect.adjusted(1, 1, -1, -2))
        painter.restore()

    @staticmethod
    def _fit(painter: QPainter, model: MatrixModel, index: Index, room: QRect) -> str:
        words = model.words(index.row(), index.column())
        return painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())

    def _right(self, painter: QPainter, rect: QRect, model: MatrixModel, line: Permission, role: RoleColumn) -> None:
        c, on, differs = colors(), line in model.rights(role), model.difference(line, role)
        middle = QRect(rect.center().x() - 8, rect.center().y() - 7, Metric.ICON, Metric.ICON)
        if on:
            paint_icon(painter, middle, "ph.check-bold", c.accent if role.own else c.text2)
        else:
            painter.setPen(QColor(c.text3))
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), "–")
        if differs:
            painter.setFont(Type.STRONG.font())
            painter.setPen(QColor(c.warn))
            beside = QRect(middle.right() + 4, rect.top(), 20, rect.height())
            painter.drawText(beside, int(Qt.AlignmentFlag.AlignVCenter), "+" if differs > 0 else "−")
        if model.is_unsaved(line, role):
            paint_icon(painter, QRect(middle.left() - 22, middle.top(), 14, 14), "ph.pencil-simple-fill", c.warn)


def _dress(view: QTableView) -> None:
    """Give the grid its looks; the rights that stay in view are a second view of it."""
    view.setShowGrid(False)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setTabKeyNavigation(False)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setCornerButtonEnabled(False)
    down, across = view.verticalHeader(), view.horizontalHeader()
    down.hide()
    down.setMinimumSectionSize(Metric.ROW)
    down.setDefaultSectionSize(Metric.ROW)
    down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    across.setFont(Type.CAPTION.font())
    across.setFixedHeight(HEAD)
    across.setHighlightSections(False)
    across.setSectionsClickable(False)
    across.viewport().setBackgroundRole(QPalette.ColorRole.Base)  # the head goes on where no role stands
    across.viewport().setAutoFillBackground(True)


class Rights(QTableView):
    """The first column, over the grid as soon as that is drawn aside: every tick keeps the words of its right."""

    def __init__(self, grid: "RoleMatrix") -> None:
        super().__init__(grid)
        self._grid = grid
        self.setModel(grid.cells)
        self.setSelectionModel(grid.selectionModel())
        self.setItemDelegate(MatrixDelegate(grid))
        _dress(self)
        self.setObjectName("role_rights")
        self.setAccessibleName("Rights")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._edge = QFrame(self)
        self._edge.setProperty("edge", "left")
        for mine, its in ((self, grid), (grid, self)):
            mine.verticalScrollBar().valueChanged.connect(its.verticalScrollBar().setValue)
        grid.horizontalScrollBar().valueChanged.connect(self._on_aside)
        self.hide()

    def fit(self) -> None:
        """Lie over the first column of the grid."""
        grid = self._grid
        for each in range(self.model().columnCount()):
            self.setColumnHidden(each, each > 0)
        self.setColumnWidth(0, FIRST_WIDTH)
        room = grid.viewport().geometry()
        head = grid.horizontalHeader().height()
        self.setGeometry(room.left(), room.top() - head, FIRST_WIDTH, room.height() + head)
        self._edge.setGeometry(FIRST_WIDTH - 1, 0, 1, room.height() + head)
        self._on_aside(grid.horizontalScrollBar().value())

    def _on_aside(self, aside: int) -> None:
        self.setVisible(aside > 0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grid.press(self.indexAt(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)


class RoleMatrix(QTableView):
    """`chosen(column or None)` as the cursor moves, `opened(line, column)` on Enter, `refused` on a vain Space."""

    chosen = Signal(object)
    opened = Signal(object, object)
    refused = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cells = MatrixModel()
        self.setModel(self.cells)
        self.setObjectName("role_matrix")
        self.setAccessibleName("Roles and what they may")
        self.setItemDelegate(MatrixDelegate(self))
        _dress(self)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.rights = Rights(self)

    def show_matrix(self, matrix: Matrix) -> None:
        """Show it with the cursor where it was."""
        at = self.currentIndex()
        row, column = (at.row(), at.column()) if at.isValid() else (1, 1)
        self.cells.show_matrix(matrix)
        self.setColumnWidth(0, FIRST_WIDTH)
        for each in range(1, self.cells.columnCount()):
            self.setColumnWidth(each, WIDTH)
        self.rights.fit()
        self.setCurrentIndex(self.cells.index(row, min(column, self.cells.columnCount() - 1)))

    @property
    def column(self) -> RoleColumn | None:
        """The role whose column the cursor is in."""
        at = self.currentIndex().column()
        return self.cells.columns[at - 1] if 0 < at <= len(self.cells.columns) else None

    def choose_role(self, key: str) -> None:
        """Put the cursor into a role's column."""
        for at, each in enumerate(self.cells.columns, start=1):
            if each.key == key:
                self.setCurrentIndex(self.cells.index(max(self.currentIndex().row(), 1), at))

    def _on_current(self, *_: object) -> None:
        self.chosen.emit(self.column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, at = event.key(), self.currentIndex()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and key == Qt.Key.Key_Space and at.isValid():
            self._toggle(at)
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at.isValid():
            self.opened.emit(self.cells.lines[at.row()], self.column)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two clicks do what one does twice; nothing needs them."""
        self.mousePressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the cell that has the cursor ticks it, or explains a right in the first column."""
        at, was = self.indexAt(event.position().toPoint()), self.currentIndex()
        super().mousePressEvent(event)
        self._press(at, was)

    def press(self, at: QModelIndex) -> None:
        """Do what a click on a cell does, where another view of the grid heard it."""
        was = self.currentIndex()
        if at.isValid():
            self.setFocus()
            self.setCurrentIndex(at)
            self._press(at, was)

    def _press(self, at: QModelIndex, was: QModelIndex) -> None:
        if at.isValid() and at == was:
            if at.column():
                self._toggle(at)
            else:
                self.opened.emit(self.cells.lines[at.row()], None)

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a cell into sight, and not under the rights that stay."""
        super().scrollTo(index, hint)
        hidden = FIRST_WIDTH - self.columnViewportPosition(index.column())
        if index.column() and hidden > 0:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - hidden)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.rights.fit()
        if (at := self.currentIndex()).isValid():
            self.scrollTo(at)  # a form that opens beside it must not push its role out of sight

    def _toggle(self, at: QModelIndex) -> None:
        column = self.column
        if column is not None and not self.cells.toggle(self.cells.lines[at.row()], column):
            self.refused.emit(column)
