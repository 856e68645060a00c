import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.documents.scans import examine, format_of
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.scans import MOST_PAGES
from tests.scans import a_bomb, a_pdf, a_picture


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (a_picture("PNG"), ("png", 1, 640, 400)),
        (a_picture("JPEG"), ("jpeg", 1, 640, 400)),
        (a_pdf(3), ("pdf", 3, 612, 792)),
    ],
)
def test_a_scan_is_known_by_its_content(content, wanted):
    scan = examine(content)
    assert (scan.format, scan.pages, scan.width, scan.height) == wanted


@pytest.mark.parametrize(
    "content",
    [b"", b"plain words", b"MZ\x90\0", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(50), b"PK\3\4"],
)
def test_what_is_neither_picture_nor_pdf_is_refused_whatever_its_name(content):
    assert format_of(content) is None
    with pytest.raises(Refused, match="neither a picture"):
        examine(content)


@pytest.mark.parametrize("whole", [a_picture("PNG", color="navy"), a_picture("JPEG", color="navy")])
def test_a_picture_that_was_cut_off_is_refused(whole):
    with pytest.raises(Refused, match="damaged"):
        examine(whole[: len(whole) // 2])


def test_a_few_bytes_cannot_ask_for_gigabytes():
    with pytest.raises(Refused, match="pixels"):
        examine(a_bomb())
    with pytest.raises(Refused, match="pixels"):
        examine(a_bomb(7_000, 7_000))


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.4\n" + bytes(5_000), a_pdf()[:300]])
def test_a_damaged_pdf_is_refused(content):
    with pytest.raises(Refused, match="PDF"):
        examine(content)


def test_a_pdf_with_a_password_says_so():
    with pytest.raises(Refused, match="password"):
        examine(a_pdf(encrypt="secret words"))


def test_a_pdf_of_too_many_pages_is_refused():
    assert examine(a_pdf(MOST_PAGES)).pages == MOST_PAGES
    with pytest.raises(Refused, match="Split it"):
        examine(a_pdf(MOST_PAGES + 1))


@given(
    head=st.sampled_from([b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]), rest=st.binary(max_size=400)
)
def test_bytes_from_outside_are_refused_in_words_and_never_crash(head, rest):
    with pytest.raises(Refused) as refused:
        examine(head + rest)
    assert str(refused.value).endswith(".")
