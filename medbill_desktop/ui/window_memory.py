"""What this computer's account remembers of the window between days: size, theme, its practice (SECURITY P12)."""

from PySide6.QtCore import QByteArray, QSettings


class WindowMemory:
    """Geometry, theme, and the names that stand on the sign-in screen; never a patient, a search or a file."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "medbill-desktop", "window"
        )

    def geometry(self) -> QByteArray:
        value = self._settings.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    def text(self, key: str) -> str:
        """Return `theme` or `computer`; empty where nothing is known."""
        return str(self._settings.value(key) or "")

    def practice(self, vault_id: str | None) -> str:
        """Return the name of a practice; this account may have several, and a training practice beside them."""
        return self.text(f"practices/{vault_id}") if vault_id else ""

    def keep_practice(self, vault_id: str | None, name: str) -> None:
        if vault_id:
            self.keep(f"practices/{vault_id}", name)

    def keep_geometry(self, geometry: QByteArray) -> None:
        self._settings.setValue("geometry", geometry)

    def keep(self, key: str, value: str) -> None:
        self._settings.setValue(key, value)
