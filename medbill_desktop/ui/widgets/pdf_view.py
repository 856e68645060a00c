"""A PDF on the screen and on paper, drawn by pdfium; the bytes stay in memory (DESIGN 7, SECURITY L5)."""

from enum import Enum
from typing import Any, Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QWidget

from medbill_desktop.documents.scans import PDFIUM
from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.theme import colors
from medbill_desktop.usecases.watch import Watch

PRINT_DPI: Final = 300


class Pages:
    """The pages of one document; may be asked from any thread."""

    def __init__(self, pdf: bytes) -> None:
        import pypdfium2  # loaded with the first document: a start shows none

        with PDFIUM:
            self._document = pypdfium2.PdfDocument(pdf)
            self.count = len(self._document)

    def size(self, at: int) -> tuple[float, float]:
        """Return a page's width and height in points."""
        with PDFIUM:
            width, height = self._document[at].get_size()
        return float(width), float(height)

    def image(self, at: int, dots_per_inch: float) -> QImage:
        """Return a page as a picture of our own memory."""
        with PDFIUM:
            bitmap = self._document[at].render(scale=dots_per_inch / 72, rev_byteorder=True, prefer_bgrx=True)
            made = QImage(
                bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGBX8888
            )
            return made.copy()

    def close(self) -> None:
        with PDFIUM:
            self._document.close()


LEAST_ZOOM, MOST_ZOOM, ZOOM_STEP = 0.25, 4.0, 1.25
SCROLL: Final = 60.0


class Fit(Enum):
    """What fills the room."""

    PAGE = "page"
    WIDTH = "width"


class PdfView(QWidget):
    """One page at a time, fitted to the room or larger; Page Up and Page Down turn, the arrows and the wheel move."""

    turned = Signal(int)
    zoomed = Signal(float)  # 1.0 is the size on paper

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self._pages, self._at = pages, 0
        self._image: QImage | None = None
        self._zoom: Fit | float = Fit.PAGE
        self._moved = QPointF(0, 0)  # how far the page is moved up and to the left
        self.setMinimumSize(420, 360)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName("pdf_view")
        self._name_page()

    def show_page(self, at: int) -> None:
        """Turn to a page, counted from 0."""
        at = max(0, min(at, self._pages.count - 1))
        if at != self._at:
            self._at, self._image = at, None
            self._moved = QPointF(0, 0)
            self._name_page()
            self.update()
            self.turned.emit(at)

    @property
    def at(self) -> int:
        return self._at

    @property
    def scale(self) -> float:
        """The size on the screen as a part of that on paper."""
        width, height = self._pages.size(self._at)
        if isinstance(self._zoom, float):
            return self._zoom
        across = (self.width() - 16) / width
        return across if self._zoom is Fit.WIDTH else min(across, (self.height() - 16) / height)

    def zoom(self, by: float) -> None:
        """Show the page larger or smaller, within reason."""
        self._show_at(max(LEAST_ZOOM, min(self.scale * by, MOST_ZOOM)))

    def fit(self, what: Fit) -> None:
        """Fill the room with the whole page, or with its width."""
        self._show_at(what)

    def _show_at(self, zoom: Fit | float) -> None:
        self._zoom, self._image, self._moved = zoom, None, QPointF(0, 0)
        self.update()
        self.zoomed.emit(self.scale)

    def move_page(self, across: float, down: float) -> None:
        """Move within a page that is larger than the room."""
        width, height = (each * self.scale for each in self._pages.size(self._at))
        most = QPointF(max(0.0, width + 16 - self.width()), max(0.0, height + 16 - self.height()))
        to = self._moved + QPointF(across, down)
        self._moved = QPointF(max(0.0, min(to.x(), most.x())), max(0.0, min(to.y(), most.y())))
        self.update()

    def forget(self) -> None:
        """Free the picture."""
        self._image = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        zooms = {Qt.Key.Key_Plus: ZOOM_STEP, Qt.Key.Key_Equal: ZOOM_STEP, Qt.Key.Key_Minus: 1 / ZOOM_STEP}
        fits = {Qt.Key.Key_0: Fit.PAGE, Qt.Key.Key_1: Fit.WIDTH}
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and (key in zooms or key in fits):
            self.zoom(zooms[key]) if key in zooms else self.fit(fits[key])
            return
        moves = {Qt.Key.Key_Down: (0.0, SCROLL), Qt.Key.Key_Up: (0.0, -SCROLL)}
        if self._is_wide:
            moves |= {Qt.Key.Key_Right: (SCROLL, 0.0), Qt.Key.Key_Left: (-SCROLL, 0.0)}
        if key in moves:
            self.move_page(*moves[key])
            return
        step = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if (by := step.get(Qt.Key(event.key()))) is not None:
            self.show_page(self._at + by)
            return
        super().keyPressEvent(event)

    @property
    def _is_wide(self) -> bool:
        return self._pages.size(self._at)[0] * self.scale > self.width()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_STEP**turns)
        else:
            self.move_page(0, -SCROLL * turns)

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._image = None

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = colors(), QPainter(self)
        painter.fillRect(self.rect(), QColor(c.canvas))
        if self._pages.count:
            if self._image is None:
                self._image = self._fitted()
            ratio = self._image.devicePixelRatio()
            width, height = self._image.width() / ratio, self._image.height() / ratio
            left = max((self.width() - width) / 2, 8.0) - self._moved.x()
            top = max((self.height() - height) / 2, 8.0) - self._moved.y()
            painter.drawImage(QRectF(left, top, width, height), self._image)
            painter.setPen(QColor(c.hairline))
            painter.drawRect(QRectF(left - 1, top - 1, width + 1, height + 1))
        if self.hasFocus():
            painter.setPen(QColor(c.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _fitted(self) -> QImage:
        ratio = self.devicePixelRatioF()
        image = self._pages.image(self._at, max(18.0, self.scale * 72 * ratio))
        image.setDevicePixelRatio(ratio)
        return image

    def _name_page(self) -> None:
        self.setAccessibleName(f"Page {self._at + 1} of {self._pages.count}")


def print_pages(pages: Pages, printer: QPrinter, watch: Watch) -> int:
    """Send the pages to a printer, on a worker thread; returns how many. Raises Refused where it does not begin."""
    first, last = printer.fromPage() or 1, printer.toPage() or pages.count
    painter = QPainter()
    if not painter.begin(printer):
        raise Refused("The printer does not answer. Check that it is on, then print again; nothing was printed.")
    try:
        total = max(0, min(last, pages.count) - first + 1)
        for done in range(total):
            watch.step(done, total, "Printing")
            if done:
                printer.newPage()
            at = first - 1 + done
            width, height = pages.size(at)
            image = pages.image(at, PRINT_DPI)
            dots = printer.resolution()
            # Drawn at its true size, moved by the margin that the printer keeps: windows of envelopes are measured.
            off = printer.pageRect(QPrinter.Unit.DevicePixel).topLeft()
            left, top = (0.0, 0.0) if printer.fullPage() else (-off.x(), -off.y())
            painter.drawImage(QRectF(left, top, width / 72 * dots, height / 72 * dots), image)
        watch.step(total, total, "Printing")
        return total
    finally:
        painter.end()
