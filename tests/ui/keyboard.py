"""Keys for whatever has the keyboard."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication


def keys(text):
    for letter in text:
        QTest.keyClick(QApplication.focusWidget(), letter)


def press(key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(QApplication.focusWidget(), key, modifiers)


def control(key):
    press(key, Qt.KeyboardModifier.ControlModifier)
