"""The matrix of roles on paper: who may what, how much, and who holds each role (SECURITY A1, H6)."""

from datetime import date
from itertools import islice
from typing import Final

from medbill_desktop.documents.page import LEFT, QUIET, RIGHT, Mark, Pen, pdf_of, shortened, wrapped
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.role_matrix import Matrix, RoleColumn, grouped
from medbill_desktop.domain.roles import difference, say_set
from medbill_desktop.domain.users import Limit

ROW: Final = 13.5
FIRST: Final = 256.0  # where the columns begin
PER_PAGE: Final = 7
LAST_BOTTOM: Final = 744.0


def matrix_pdf_of(matrix: Matrix, practice: str, on: date) -> bytes:
    """Return the matrix as a PDF, seven roles across a page."""
    return pdf_of("Roles", [marks_of(matrix, practice, on)], lambda done: None)


def marks_of(matrix: Matrix, practice: str, on: date) -> list[Mark]:
    pen, left = Pen(), iter(matrix.columns)
    while across := tuple(islice(left, PER_PAGE)):
        y = _head(pen, practice, on, across)
        y = _rights(pen, matrix, across, y)
        _limits(pen, matrix, across, y + ROW)
        pen.end_page()
    _holders(pen, matrix)
    return pen.marks


def _head(pen: Pen, practice: str, on: date, across: tuple[RoleColumn, ...]) -> float:
    pen.text(LEFT, 50, "Roles and what they may", 15, bold=True)
    pen.text(LEFT, 66, shortened(practice, 9, 300), 9, gray=QUIET)
    pen.right(RIGHT, 66, show_date(on), 9, gray=QUIET)
    for at, column in enumerate(across):
        for line, words in enumerate(wrapped(column.name, 7, _width(across) - 8)[:3]):
            pen.centre(_middle(across, at), 80 + 8.5 * line, words, 7, bold=True)
        if column.own:
            base = shortened(f"as {column.base}", 6, _width(across) - 2)
            pen.centre(_middle(across, at), 107, base, 6, gray=QUIET)
    pen.rule(LEFT, 112, RIGHT, gray=0.3)
    return 124.0


def _rights(pen: Pen, matrix: Matrix, across: tuple[RoleColumn, ...], y: float) -> float:
    for title, rights in grouped():
        pen.text(LEFT, y, title, 8, bold=True)
        y += ROW
        for right in rights:
            pen.text(LEFT + 8, y, shortened(str(right), 7.5, FIRST - LEFT - 12), 7.5)
            for at, column in enumerate(across):
                words = "yes" if right in column.permissions else "-"
                changed = difference(matrix.book, column.key, right)
                mark = {1: " +", -1: " *", 0: ""}[changed]
                pen.centre(_middle(across, at), y, words + mark, 8.5, bold=bool(changed))
            pen.rule(LEFT, y + 3.5, RIGHT, gray=0.88)
            y += ROW
    pen.text(LEFT, y, "+ more than the role it copies    * less than the role it copies", 7, gray=QUIET)
    return y + ROW


def _limits(pen: Pen, matrix: Matrix, across: tuple[RoleColumn, ...], y: float) -> None:
    since = matrix.limits_since
    pen.text(LEFT, y, "Limits" if since is None else f"Limits, in force since {show_date(since)}", 8, bold=True)
    y += ROW
    for which in Limit:
        pen.text(LEFT + 8, y, shortened(str(which), 7.5, FIRST - LEFT - 12), 7.5)
        for at, column in enumerate(across):
            words = say_set(which, column.limits[which])
            pen.centre(_middle(across, at), y, words, 7)
        pen.rule(LEFT, y + 3.5, RIGHT, gray=0.88)
        y += ROW


def _holders(pen: Pen, matrix: Matrix) -> None:
    pen.text(LEFT, 50, "Who holds each role", 15, bold=True)
    y = 76.0
    for column in matrix.columns:
        lines = wrapped(", ".join(column.holders) or "nobody", 9, RIGHT - FIRST)
        for at, line in enumerate(lines):
            if y > LAST_BOTTOM:
                pen.end_page()
                y = 50.0
            if at == 0:
                pen.text(LEFT, y, shortened(column.name, 9, FIRST - LEFT - 12, bold=True), 9, bold=True)
            pen.text(FIRST, y, line, 9)
            y += ROW
    pen.end_page()


def _width(across: tuple[RoleColumn, ...]) -> float:
    return (RIGHT - FIRST) / max(len(across), 6)


def _middle(across: tuple[RoleColumn, ...], at: int) -> float:
    return FIRST + _width(across) * (at + 0.5)
