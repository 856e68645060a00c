from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.code_books import CodeBook, CodeRow, NotABook, compared, text_of
from medbill_desktop.domain.code_sets import CodeSet, Release, due, in_force, is_behind, stale
from medbill_desktop.domain.ids import Id
from tests.code_files import shipped_book


@pytest.fixture(scope="module")
def book():
    return shipped_book()


def test_the_shipped_book_has_every_code_of_its_release(book):
    assert len(book) == 98_186
    assert sum(row.billable for row in book) == 74_719
    assert book.get("M1711") == CodeRow("M1711", True, "Unilateral primary osteoarthritis, right knee")
    assert book.get("S52521A").words.endswith("initial encounter for closed fracture")
    assert not book.get("J45").billable
    assert book.get("M1799") is None


def test_codes_are_found_by_their_beginning_and_by_words_in_any_order(book):
    assert [row.code for row in book.begins("M171", 3)] == ["M171", "M1710", "M1711"]
    assert [row.code for row in book.begins("M171", 2, billable=True)] == ["M1710", "M1711"]
    assert "M1711" in {row.code for row in book.with_words("knee osteoarth right", 12)}
    assert {row.code for row in book.with_words("menieres", 5)} | {row.code for row in book.with_words("ménière", 5)}
    assert book.with_words("kn", 5) == []
    assert all(row.billable for row in book.with_words("diabetes", 50))


def test_the_nearest_of_a_wrong_code_share_its_beginning(book):
    assert [row.code for row in book.nearest("M1799")] == ["M179"]
    assert [row.code for row in book.nearest("J45", 1)] == ["J4520"]
    assert book.nearest("Q") == []


def test_a_book_that_is_not_sorted_is_refused():
    for text in ("B\t1\t\t\tx\nA\t1\t\t\tx", "A\t1\tx", "A\t1\t\t\tx\nA\t1\t\t\tx"):
        with pytest.raises(NotABook):
            CodeBook(text)


CODES = st.text("ABC019", min_size=2, max_size=5)
WORDS = st.lists(st.sampled_from(["knee", "éclair", "left side", "x-ray", "(arm)"]), min_size=1).map(" ".join)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))
ROWS = st.lists(st.builds(CodeRow, CODES, st.booleans(), WORDS, DAYS, DAYS), unique_by=lambda row: row.code)


@given(ROWS)
def test_a_book_gives_back_what_was_put_in(rows):
    made = CodeBook(text_of(rows))
    assert list(made) == sorted(rows, key=lambda row: row.code)
    for row in rows:
        assert made.get(row.code) == row
        assert row in made.begins(row.code[:1], 100)
        for word in ("knee", "eclair", "side", "ray", "arm"):
            plain = row.words.replace("é", "e").replace("-", " ").replace("(", " ")
            hit = row.billable and f" {word}" in f" {plain}"
            assert (row in made.with_words(word, 1000)) == hit


@given(ROWS, ROWS)
def test_added_ended_and_changed_account_for_every_code(before, after):
    old, new = CodeBook(text_of(before)), CodeBook(text_of(after))
    added, ended, changed = compared(old, new)
    assert len(new) == len(old) + added - ended
    assert 0 <= changed <= min(len(old), len(new))
    assert compared(None, new) == (len(new), 0, 0)


def release(day, release_id=None, code_set=CodeSet.ICD10CM):
    return Release(code_set, "x", day, 1, "", None if release_id is None else Id(release_id))


def test_the_release_of_a_day_is_the_newest_that_had_begun():
    april, october, again = release(date(2026, 4, 1)), release(date(2026, 10, 1), 1), release(date(2026, 10, 1), 2)
    every = (april, october, again, release(date(2026, 10, 1), 3, CodeSet.HCPCS))
    assert in_force(every, CodeSet.ICD10CM, date(2026, 3, 31)) is None
    assert in_force(every, CodeSet.ICD10CM, date(2026, 9, 30)) == april
    assert in_force(every, CodeSet.ICD10CM, date(2026, 10, 1)) == again
    assert due(CodeSet.ICD10CM, date(2026, 11, 18)) == date(2026, 10, 1)
    assert due(CodeSet.ICD10CM, date(2026, 3, 31)) == date(2025, 10, 1)
    assert due(CodeSet.HCPCS, date(2026, 3, 31)) == date(2026, 1, 1)
    assert due(CodeSet.OWN, date(2026, 3, 31)) is None
    assert is_behind(april, date(2026, 10, 1))
    assert not is_behind(april, date(2026, 9, 30))
    assert stale(april, date(2026, 11, 18))
    assert not stale(october, date(2026, 11, 18))
