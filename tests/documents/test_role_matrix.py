"""The matrix of roles on paper: every right, limit and holder stands on it (SECURITY A1, H6, F17)."""

from datetime import date
from io import BytesIO

from pypdf import PdfReader

from medbill_desktop.documents.role_matrix import matrix_pdf_of
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.role_matrix import Matrix, RoleColumn, grouped
from medbill_desktop.domain.users import RIGHTS, Limit, OwnRole, Permission, Role, RoleBook

ON = date(2026, 11, 18)


def matrix(own=1):
    made = [
        OwnRole(Id(5 + at), f"Łucja's desk {at}", Role.FRONT_DESK, frozenset({Permission.SELF, Permission.REPORTS}))
        for at in range(own)
    ]
    book = RoleBook({each.key: each for each in made})
    columns = tuple(
        RoleColumn(
            key, book.name_of(key), book.base_of(key), key in book.own, book.rights([key]),
            {which: book.amount(key, which) for which in Limit}, ("Bea Fröding", "张伟") if key == Role.OWNER else (),
        )
        for key in book.keys
    )  # fmt: skip
    return Matrix(book, columns, ON)


def pages(made):
    return [each.extract_text() for each in PdfReader(BytesIO(matrix_pdf_of(made, "Harbor Street", ON))).pages]


def test_every_right_and_limit_stands_on_the_paper_with_who_holds_what():
    first, last = pages(matrix())
    assert all(str(right) in first for right in Permission)
    assert all(str(which) in first for which in Limit)
    assert "in force since 11/18/2026" in first
    assert "yes +" in first  # more than its base
    assert "- *" in first  # less
    assert "Bea Fröding" in last
    assert "张伟" in last
    assert last.count("nobody") == 6


def test_many_roles_take_more_pages_and_none_is_lost():
    some = pages(matrix(own=12))
    assert len(some) == 4
    assert sum(each.count("Łucja's") for each in some[:3]) == 12


def test_the_same_matrix_gives_the_same_bytes_and_names_nobody_outside_the_page():
    made = matrix()
    pdf = matrix_pdf_of(made, "Harbor Street", ON)
    assert pdf == matrix_pdf_of(made, "Harbor Street", ON)
    facts = PdfReader(BytesIO(pdf)).metadata
    assert (facts.title, facts.author) == ("Roles", "MedBill Desktop")


def test_every_right_has_one_place_in_the_groups():
    placed = [right for _, rights in grouped() for right in rights]
    assert sorted(placed) == sorted(Permission)
    assert {right for role in Role for right in RIGHTS[role]} == set(placed)
