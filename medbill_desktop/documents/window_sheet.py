"""What the plain and the large statement share: the sheet in its window envelope (BILLING S4)."""

from typing import Final

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import LEFT, QUIET, Pen, shortened
from medbill_desktop.domain.envelopes import POINTS, EnvelopeProfile, Rect, address_size, safe_area
from medbill_desktop.domain.statement_content import StatementContent

ASIDE: Final = 404.0  # the right column, beside every window
BODY_TOP: Final = 298.0  # below the first fold of every profile


def sender_area(profile: EnvelopeProfile, lines: int) -> Rect:
    if profile.return_window is not None:
        safe = safe_area(profile, profile.return_window)
        return Rect(safe.left, safe.top, safe.right, safe.top + thousandths(29))
    return Rect(thousandths(LEFT), 400, thousandths(ASIDE - 12), thousandths(56 + 12 * lines))


def sender(pen: Pen, content: StatementContent, profile: EnvelopeProfile) -> None:
    practice = content.practice
    if profile.return_window is not None:
        area = safe_area(profile, profile.return_window)
        room = area.width * POINTS / 1000
        lines = [practice.name, ", ".join(practice.address[:-1]), *practice.address[-1:]]
        for at, line in enumerate(lines):
            words = shortened(line, 9, room, bold=at == 0)
            pen.text(points(area.left), points(area.top) + 7.2 + 10 * at, words, 9, bold=at == 0)
        return
    pen.text(LEFT, 50, shortened(practice.name, 15, ASIDE - LEFT - 16, bold=True), 15, bold=True)
    for at, line in enumerate(practice.address[:3]):
        pen.text(LEFT, 68 + 12 * at, shortened(line, 9, ASIDE - LEFT - 16), 9, gray=QUIET)


def address(pen: Pen, content: StatementContent, profile: EnvelopeProfile) -> None:
    area = safe_area(profile, profile.address_window)
    size = address_size(content.addressee, profile, fonts.width) or 8
    for at, line in enumerate(content.addressee):
        pen.text(points(area.left), points(area.top) + 8.4 + profile.line_points / 10 * at, line, size)


def fold_ticks(pen: Pen, profile: EnvelopeProfile) -> None:
    if profile.fold_ticks:
        for fold in profile.folds:
            pen.rule(18, points(fold), 27, gray=0.55)
            pen.rule(585, points(fold), 594, gray=0.55)


def points(thousandths: int) -> float:
    return thousandths * POINTS / 1000


def thousandths(points: float) -> int:
    return round(points * 1000 / POINTS)
