"""The fonts that come with the program, so that every name can be read on every computer (issue A 6)."""

from PySide6.QtGui import QFontDatabase

from medbill_desktop import assets

OURS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DroidSansFallbackFull.ttf")


def load_fonts() -> tuple[str, ...]:
    """Make our fonts known to Qt and return their families; `Type.font` names them last, as fallback."""
    families: list[str] = []
    for name in OURS:
        number = QFontDatabase.addApplicationFont(str(assets.path(f"fonts/{name}")))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(dict.fromkeys(families))
