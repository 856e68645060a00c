from datetime import date

import pytest

from medbill_desktop.documents import fonts
from medbill_desktop.documents.receipt import marks_of
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.statement_content import ReceiptContent, ReceiptLine
from tests.documents.contents import PRACTICE


def a_receipt(lines, **more):
    paid = tuple(ReceiptLine(date(2026, 9, 2), "Ana O.", "Office visit", Cents(5_00)) for _ in range(lines))
    facts = {
        "cents": Cents(5_00 * lines + 2_00),
        "kept_as_credit": Cents(2_00),
        "still_owed": Cents(0),
        "as_of": date(2026, 11, 20),
    }
    return ReceiptContent("1-17", date(2026, 11, 18), PRACTICE, "José Núñez", "Check", "1042", lines=paid,
                          **(facts | more))  # fmt: skip


@pytest.mark.parametrize("lines", [0, 1, 30, 100])
def test_every_line_stands_on_the_paper(lines):
    marks = marks_of(a_receipt(lines))
    texts = [mark for mark in marks if mark[0] == "text"]
    assert sum(mark[6] == "09/02/2026" for mark in texts) == lines
    assert all(30 < mark[5] < 780 and mark[4] + fonts.width(mark[6]) * mark[2] < 604 for mark in texts)
    assert marks[-1] == ("page",)
    words = [mark[6] for mark in texts]
    assert words.count("Receipt") == 1
    assert "Kept as your credit with us" in words
    assert "You owe as of 11/20/2026" in words


def test_a_void_receipt_says_so():
    words = [mark[6] for mark in marks_of(a_receipt(1, void=True)) if mark[0] == "text"]
    assert "Void receipt" in words
    assert "This payment was taken back and does not count." in words
    assert "Thank you." not in words
