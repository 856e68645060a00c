from collections import Counter
from io import BytesIO

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import PAGE_HEIGHT, PAGE_WIDTH
from medbill_desktop.documents.statement import fits_envelope, marks_of, statements_pdf
from medbill_desktop.domain.envelopes import PROFILES, keep_out, safe_area
from medbill_desktop.domain.money import format_cents
from tests.documents.contents import PRACTICE, Steps, a_block, a_content

INCH = 72 / 1000


def opened(data):
    return pypdfium2.PdfDocument(data)


def text_in(page, area):
    """Return the words whose letters touch a part of the sheet."""
    text = page.get_textpage()
    found = []
    for at in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(at)
        if (
            right > area.left * INCH
            and left < area.right * INCH
            and PAGE_HEIGHT - bottom > area.top * INCH
            and PAGE_HEIGHT - top < area.bottom * INCH
        ):
            found.append((text.get_text_range(at, 1), (left, PAGE_HEIGHT - top, right, PAGE_HEIGHT - bottom)))
    text.close()
    return found


def letters(words):
    return Counter(char for char in words if not char.isspace())


@pytest.mark.parametrize("key", PROFILES)
@pytest.mark.parametrize("lines", [2, 60])
def test_nothing_but_the_address_shows_in_the_window(key, lines):
    profile = PROFILES[key]
    to = ("Wilhelmina Ångström-Fitzgerald", "2140 Tidewater Lane Apt 12", "Rockport, ME 04856-1234")
    if profile.address_lines == 4:
        to = (*to[:2], "Building C", to[2])
    content = a_content(a_block(lines=lines), a_block("José N."), envelope=key, addressee=to, step_words="Past due")
    document = opened(statements_pdf([content], Steps()))
    page = document[0]
    shown = text_in(page, keep_out(profile, profile.address_window))
    assert letters("".join(char for char, _ in shown)) == letters("".join(to))
    safe = safe_area(profile, profile.address_window)
    for char, (left, top, right, bottom) in shown:
        if not char.isspace():
            assert left >= safe.left * INCH - 0.01, char
            assert right <= safe.right * INCH, char
            assert top >= safe.top * INCH, char
            assert bottom <= safe.bottom * INCH, char
    if profile.return_window is not None:
        upper = text_in(page, keep_out(profile, profile.return_window))
        assert letters("".join(char for char, _ in upper)) == letters(PRACTICE.name + "".join(PRACTICE.address))
    document.close()


@pytest.mark.parametrize("key", PROFILES)
def test_the_layout_fits_every_envelope_we_name(key):
    assert fits_envelope(key) == ()


def words_of(data):
    document = opened(data)
    out = []
    for page in document:
        text = page.get_textpage()
        out.append(text.get_text_range())
        text.close()
    document.close()
    return out


def test_the_page_says_what_a_statement_must_say():
    content = a_content(a_block(lines=2, pending=180_00), a_block("Łukasz Ż."), credit=5_00)
    text = words_of(statements_pdf([content], Steps()))[0]
    for words in (
        PRACTICE.name, *PRACTICE.address, PRACTICE.phone, *content.addressee, "1-1042", "11/18/2026", "12/09/2026",
        "Ana O.", "Łukasz Ż.", "Office visit", "Charges of 180.00 are still with insurance", "Less your credit with us",
        format_cents(content.total_cents), "Amount enclosed", "0–30 days", "Over 120 days", content.message,
    ):  # fmt: skip
        assert words in text
    assert "card" not in text.casefold()


@given(st.lists(st.integers(0, 45), min_size=1, max_size=4), st.booleans(), st.integers(0, 900_00))
@settings(max_examples=60, deadline=None)
def test_every_line_stands_once_on_the_pages_and_inside_them(counts, some_credit, pending):
    blocks = [a_block(f"Nr{at} X.", lines=many, pending=pending) for at, many in enumerate(counts)]
    content = a_content(*blocks, credit=1_00 if some_credit else 0)
    marks = marks_of(content)
    texts = [mark for mark in marks if mark[0] == "text"]
    owed = Counter(format_cents(line.you_owe) for block in blocks for line in block.lines)
    found = Counter(mark[6] for mark in texts if abs(mark[4] + fonts.width(mark[6]) * mark[2] - 576) < 0.1)
    assert all(found[words] >= many for words, many in owed.items())
    dates = Counter(mark[6] for mark in texts if mark[4] == 36.0 and mark[6].startswith("09/"))
    assert sum(dates.values()) == sum(counts)
    for _, _, size, _, x, y, words in texts:
        assert x >= 8, words
        assert x + fonts.width(words) * size <= PAGE_WIDTH - 8, words
        assert 8 <= y <= PAGE_HEIGHT - 8, words
    pages = sum(mark == ("page",) for mark in marks)
    if pages > 1:
        assert [mark[6] for mark in texts if mark[6].startswith("Page ")] == [
            f"Page {at} of {pages}" for at in range(1, pages + 1)
        ]
    first = marks[: marks.index(("page",))]
    cut = next(mark[5] for mark in first if mark[0] == "line" and mark[3])
    shaded = [mark for mark in marks if mark[0] == "fill" and mark[4] > 500]
    assert len(shaded) == 1, "the ages stand once, on the last page"
    assert shaded[0][3] > (cut if pages == 1 else 40)
    rows = [set()]
    for mark in marks:
        if mark == ("page",):
            rows.append(set())
        elif mark[0] == "text" and mark[4] == 36.0 and mark[6].startswith("09/"):
            assert mark[5] not in rows[-1], "two services on one line"
            rows[-1].add(mark[5])


NAMES = [
    "José Núñez",
    "Łukasz Żółć",
    "Ξένια Παπαδοπούλου",
    "Елена Соколова",
    "王小明",
    "さくら 佐藤",
    "Nguyễn Thị Ánh",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_out_of_the_pdf_as_it_went_in(name):
    content = a_content(addressee=(name, "214 Tidewater Lane", "Rockport, ME 04856"))
    data = statements_pdf([content], Steps())
    assert letters(name) <= letters(PdfReader(BytesIO(data)).pages[0].extract_text())
    assert name in words_of(data)[0]


def test_the_metadata_is_generic_and_there_is_no_xmp():
    data = statements_pdf([a_content()], Steps())
    reader = PdfReader(BytesIO(data))
    assert dict(reader.metadata) == {
        "/Author": "MedBill Desktop",
        "/Creator": "MedBill Desktop",
        "/CreationDate": "D:20000101000000+00'00'",
        "/Keywords": "",
        "/ModDate": "D:20000101000000+00'00'",
        "/Producer": "MedBill Desktop",
        "/Subject": "Patient statements",
        "/Title": "Patient statements",
        "/Trapped": "/False",
    }
    assert reader.xmp_metadata is None
    assert b"Abbott" not in data
    assert b"anonymous" not in data
    assert b"untitled" not in data


def test_the_same_statements_are_the_same_bytes():
    contents = [a_content(number=f"1-{at}", addressee=(name, "1 Main Street", "Rockport, ME 04856"))
                for at, name in enumerate(NAMES)]  # fmt: skip
    assert statements_pdf(contents, Steps()) == statements_pdf(contents, Steps())


def test_each_statement_begins_a_page_and_progress_can_cancel():
    contents = [a_content(a_block(lines=40 if at % 2 else 3), number=f"1-{at}") for at in range(60)]
    watch = Steps()
    pages = words_of(statements_pdf(contents, watch))
    assert len(pages) == 90
    assert sum("Amount enclosed" in text for text in pages) == 60
    assert watch.seen[-1] == (60, 60)
    with pytest.raises(InterruptedError):
        statements_pdf(contents, Steps(cancel_at=25))


def test_long_words_never_leave_their_column():
    block = a_block("Maximiliana-Theophania-Alexandra O.")
    long = a_content(
        block, practice=type(PRACTICE)("The Very Long Name of a Family and Community Medicine Practice of Rockport",
                                       PRACTICE.address, PRACTICE.phone),
        message="word " * 60,
    )  # fmt: skip
    for _, _, size, _, x, _, words in (mark for mark in marks_of(long) if mark[0] == "text"):
        assert x + fonts.width(words) * size <= 604
