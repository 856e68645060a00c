"""A sheet that scrolls where the window is low, and shows the ground it lies on."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget


def scrolling(sheet: QWidget) -> QScrollArea:
    """Return the sheet in a scroll area; its fields take the keyboard, the area itself does not."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(sheet)
    sheet.setAutoFillBackground(False)  # a scroll area sets it
    area.viewport().setAutoFillBackground(False)
    return area
