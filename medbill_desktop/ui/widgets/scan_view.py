"""A scan on the screen: page by page, larger and smaller, turned; all of it stays in memory (SECURITY L5)."""

from typing import Any, Final, Protocol

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QTransform
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QScrollArea, QWidget

from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.theme import colors
from medbill_desktop.ui.widgets.pdf_view import PRINT_DPI, Pages
from medbill_desktop.usecases.watch import Watch

STEP: Final = 1.25
LEAST, MOST = 0.25, 8.0
MOST_DOTS: Final = 24_000_000  # a picture of the screen is never larger than this, whatever the page is


class Sheets(Protocol):
    """The pages of one scan."""

    count: int

    def size(self, at: int) -> tuple[float, float]: ...
    def image(self, at: int, dots_per_inch: float) -> QImage: ...
    def close(self) -> None: ...


class Picture:
    """A PNG or JPEG as the one page of a document, 72 pixels to the inch."""

    count = 1

    def __init__(self, content: bytes) -> None:
        self._content = content
        made = QImage.fromData(content)
        self._size = float(max(1, made.width())), float(max(1, made.height()))

    def size(self, at: int) -> tuple[float, float]:
        return self._size

    def image(self, at: int, dots_per_inch: float) -> QImage:
        scale = dots_per_inch / 72
        width, height = (max(1, round(side * scale)) for side in self._size)
        return QImage.fromData(self._content).scaled(
            width, height, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )

    def close(self) -> None:
        self._content = b""


def sheets_of(content: bytes, format_: str) -> Sheets:
    return Pages(content) if format_ == "pdf" else Picture(content)


def print_sheets(sheets: Sheets, printer: QPrinter, watch: Watch) -> int:
    """Send a scan to a printer, on a worker thread, each page as large as the paper holds; returns how many pages."""
    painter = QPainter()
    if not painter.begin(printer):
        raise Refused("The printer does not answer. Check that it is on, then print again; nothing was printed.")
    try:
        first, last = printer.fromPage() or 1, min(printer.toPage() or sheets.count, sheets.count)
        total = max(0, last - first + 1)
        room = printer.pageRect(QPrinter.Unit.DevicePixel)
        for done in range(total):
            watch.step(done, total, "Printing")
            if done:
                printer.newPage()
            width, height = sheets.size(first - 1 + done)
            scale = min(room.width() / width, room.height() / height)
            fine = min(1.0, PRINT_DPI / printer.resolution())  # more dots than these nobody sees, and memory would
            image = sheets.image(first - 1 + done, 72 * scale * fine)
            painter.drawImage(QRectF(0, 0, width * scale, height * scale), image)
        watch.step(total, total, "Printing")
        return total
    finally:
        painter.end()


class _Sheet(QWidget):
    """The page itself, as large as it is shown."""

    def __init__(self, view: "ScanView") -> None:
        super().__init__()
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = colors(), QPainter(self)
        painter.fillRect(self.rect(), QColor(c.canvas))
        image = self._view.picture()
        painter.drawImage(QRectF(0, 0, self.width(), self.height()), image)
        painter.setPen(QColor(c.hairline))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class ScanView(QScrollArea):
    """One page at a time. Page Up and Page Down turn, + and - zoom, 0 fits, R turns by a quarter, arrows move."""

    turned = Signal(int)

    def __init__(self, sheets: Sheets) -> None:
        super().__init__()
        self._sheets, self._at, self._quarters, self._zoom = sheets, 0, 0, 1.0
        self._image: QImage | None = None
        self._sheet = _Sheet(self)
        self.setObjectName("scan_view")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(420, 360)
        self.setWidget(self._sheet)
        self._settle()

    @property
    def at(self) -> int:
        return self._at

    @property
    def zoom(self) -> float:
        return self._zoom

    def show_page(self, at: int) -> None:
        """Turn to a page, counted from 0."""
        at = max(0, min(at, self._sheets.count - 1))
        if at != self._at:
            self._at = at
            self._settle()
            self.turned.emit(at)

    def set_zoom(self, zoom: float) -> None:
        self._zoom = max(LEAST, min(MOST, zoom))
        self._settle()

    def rotate(self) -> None:
        """Turn the page by a quarter, clockwise."""
        self._quarters = (self._quarters + 1) % 4
        self._settle()

    def forget(self) -> None:
        """Free the picture; it is drawn again when it is looked at."""
        self._image = None

    @property
    def holds_picture(self) -> bool:
        return self._image is not None

    def picture(self) -> QImage:
        """Return the page as it is shown now."""
        if self._image is None:
            width, height = self._sheets.size(self._at)
            ratio = self.devicePixelRatioF()
            scale = min(self._scale() * ratio, (MOST_DOTS / (width * height)) ** 0.5)
            image = self._sheets.image(self._at, 72 * scale)
            self._image = image.transformed(QTransform().rotate(90 * self._quarters)) if self._quarters else image
        return self._image

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pages = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
        if (by := pages.get(Qt.Key(event.key()))) is not None:
            self.show_page(self._at + by)
        elif event.text() in ("+", "="):
            self.set_zoom(self._zoom * STEP)
        elif event.text() == "-":
            self.set_zoom(self._zoom / STEP)
        elif event.text() == "0":
            self.set_zoom(1.0)
        elif event.text().lower() == "r":
            self.rotate()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _turned_size(self) -> tuple[float, float]:
        width, height = self._sheets.size(self._at)
        return (height, width) if self._quarters % 2 else (width, height)

    def _scale(self) -> float:
        """Return screen points to a point of the page: what fits, times the zoom."""
        width, height = self._turned_size()
        room = self.maximumViewportSize()
        return max(0.02, min((room.width() - 8) / width, (room.height() - 8) / height)) * self._zoom

    def _settle(self) -> None:
        self._image = None
        width, height = self._turned_size()
        scale = self._scale()
        self._sheet.setFixedSize(QSize(max(1, round(width * scale)), max(1, round(height * scale))))
        self._sheet.update()
        self.setAccessibleName(f"Page {self._at + 1} of {self._sheets.count}")
