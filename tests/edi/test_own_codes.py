"""The office's own list of procedures: whatever lies in the file, rows that a book takes or a refusal with words."""

import re
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medbill_desktop.domain.code_books import CodeBook, CodeRow, text_of
from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.own_codes import own_codes
from medbill_desktop.edi.text_lines import LONGEST_LINE, opened

HEAD = b"code,words,first_day,last_day\n"


def read(path, content):
    path.write_bytes(content)
    return list(own_codes(opened(path)))


@pytest.fixture
def listed(tmp_path):
    """Read a list with these bytes."""
    return lambda content: read(tmp_path / "list.csv", content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\r\n , ,\n", "is empty"),
        (b"price,words\n99213,Visit\n", "one of them must be"),
        (b"99213,Visit\n", "one of them must be"),
        ("code,words\n99213,Visit\n".encode("utf-16"), "UTF-16"),
        ("code,words\n99213,Visit\n".encode("utf-16-le"), "NUL"),
        (b"PK\x03\x04" + bytes(40), "workbook"),
        (b"%PDF-1.7\ncode\n", "is a PDF"),
        (HEAD + b'99213,"Visit,,\n', "quotation marks in line 2"),
        (HEAD + b'99213,"Visit"x,,\n', "quotation marks in line 2"),
        (HEAD + b"99213,Visit\0,,\n", "NUL"),
        (HEAD + b"99213," + b"x" * LONGEST_LINE + b",,\n", "endlessly long"),
        (HEAD + b"99 213,Visit,,\n", "is not a code"),
        (HEAD + b"=1+1,Visit,,\n", "is not a code"),
        (HEAD + b"'; DROP TABLE fee;--,Visit,,\n", "is not a code"),
        (HEAD + "９９２１３,Visit,,\n".encode(), "is not a code"),
        (HEAD + b",Visit,,\n", "is not a code"),
        (HEAD + b"9921399213992,Visit,,\n", "is not a code"),
        (HEAD + b"99213,Visit,31/31/2026,\n", "which is none"),
        (HEAD + b"99213,Visit,2026-02-30,\n", "which is none"),
        (HEAD + b"99213,Visit,soon,\n", "which is none"),
        (HEAD + b"99213,Vis\x07it,,\n", "can't be shown"),
        (HEAD + b"99213,Visit,2026-02-01,2026-01-31\n", "ends before it begins"),
        (HEAD + b"99213,\x81\x8d,,\n", "neither UTF-8 nor Windows-1252"),
    ],
)
def test_a_list_that_is_none_is_refused_in_words_that_name_the_line(listed, content, said):
    with pytest.raises(Refused, match=re.escape(said)):
        listed(content)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (HEAD + b"99213,Visit,,", [CodeRow("99213", True, "Visit")]),
        (b"\xef\xbb\xbfCPT\r\n99213\r\n", [CodeRow("99213", True, "99213")]),
        (b"Start,Code,Description\n1/1/2026,x1,  Two\t words \n", [CodeRow("X1", True, "Two words", date(2026, 1, 1))]),
        (HEAD + b'99213,"Visit, ""long""",,\n', [CodeRow("99213", True, 'Visit, "long"')]),
        (HEAD + "99213,Größe 膝,,\n".encode(), [CodeRow("99213", True, "Größe 膝")]),
        (HEAD + "99213,Größe,,\n".encode("cp1252"), [CodeRow("99213", True, "Größe")]),
        (HEAD + b"99213,=HYPERLINK(1),,,,,more\n", [CodeRow("99213", True, "=HYPERLINK(1)")]),
        (HEAD + b"99213," + b"w" * 300 + b",,\n", [CodeRow("99213", True, "w" * 200)]),
        (HEAD + "99213,one\u2028two\x85three\x0cfour,,\n".encode(), [CodeRow("99213", True, "one two three four")]),
    ],
)
def test_what_offices_write_is_read(listed, content, rows):
    assert listed(content) == rows


CELLS = st.text(max_size=12) | st.sampled_from(["99213", "A1", "2026-01-01", '"', "=1", "\x1f", "\t"])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=120)
    | st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=6).map(lambda rows: HEAD + "\n".join(rows).encode())
)
def test_no_bytes_do_more_than_make_rows_or_a_refusal(content):
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows = read(Path(folder) / "list.csv", content)
        except Refused:
            return
    for row in rows:
        assert re.fullmatch(r"[0-9A-Z]{2,12}", row.code)
        assert row.words
        assert not set(row.words) & set("\t\n\r\0")
    every = {row.code: row for row in rows}
    assert [*CodeBook(text_of(every.values()))] == sorted(every.values(), key=lambda row: row.code)
