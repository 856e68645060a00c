import io
import re
from datetime import date

import pypdfium2
import pytest
from pypdf import PdfReader

from medbill_desktop.documents.recovery_kit import KitPage, recovery_kit_pdf
from medbill_desktop.security import recovery_kit as rk

KIT = rk.new_kit()
VAULT = "5c0f" * 8


def page(practice="Harbor Street Family Medicine", kit=KIT):
    return KitPage(practice, VAULT, date(2026, 11, 8), kit.line, rk.in_groups(kit))


def text_of(data):
    reader = PdfReader(io.BytesIO(data))
    assert len(reader.pages) == 1
    return reader.pages[0].extract_text()


def test_the_page_says_whose_it_is_and_what_it_opens():
    text = re.sub(r"\s+", " ", text_of(recovery_kit_pdf(page())))
    for said in (
        "Harbor Street Family Medicine", f"Practice number {VAULT}", "Made on November 8, 2026",
        "Whoever holds this page and a backup of the practice can read everything in it",
        "age -d -i kit.txt x.mbb.age | tar x", "any SQLCipher 4 program", "Keep it in a safe",
    ):  # fmt: skip
        assert said in text


def test_the_key_on_the_page_opens_what_the_kit_opens():
    text = text_of(recovery_kit_pdf(page()))
    start = text.index("AGE-SECRET-KEY-1")
    typed = text[start : text.index("Small letters")]
    assert rk.parse(typed) == KIT


@pytest.mark.parametrize("practice", ["Clínica São João", "Ιατρείο Λιμάνι", "Клиника Гавань", "港通り診療所"])
def test_a_practice_is_named_in_its_own_script(practice):
    assert practice in text_of(recovery_kit_pdf(page(practice)))


def test_a_name_too_long_for_the_row_is_cut_and_nothing_else_moves():
    text = text_of(recovery_kit_pdf(page("Harbor Street " * 40)))
    assert "Harbor Street Harbor Street" in text
    assert "…" in text
    assert VAULT in text


def test_the_same_page_is_the_same_bytes():
    assert recovery_kit_pdf(page()) == recovery_kit_pdf(page())


def test_metadata_say_nothing():
    data = recovery_kit_pdf(page())
    meta = dict(PdfReader(io.BytesIO(data)).metadata)
    assert (meta["/Title"], meta["/Author"], meta["/Creator"]) == ("Recovery kit", "MedBill Desktop", "MedBill Desktop")
    assert not any(word in str(meta) for word in ("Harbor", VAULT, "anonymous", "unspecified", "untitled"))
    assert b"<x:xmpmeta" not in data


def test_the_page_holds_no_image_so_that_the_code_prints_sharp():
    assert b"/Subtype /Image" not in recovery_kit_pdf(page())


def test_the_code_is_the_line():
    """Read back from the drawn page, module by module, against a code made from the line."""
    import segno

    data = recovery_kit_pdf(page())
    bitmap = pypdfium2.PdfDocument(data)[0].render(scale=4, grayscale=True)
    pixels = bitmap.to_numpy()[:, :, 0] if bitmap.to_numpy().ndim == 3 else bitmap.to_numpy()
    expected = [list(row) for row in segno.make_qr(KIT.line, error="m").matrix]
    side = 128.0 / (len(expected) + 8)
    left, top = 612 - 60 - 128.0, 66 + 54 + 20
    for number, row in enumerate(expected):
        for column, dark in enumerate(row):
            x, y = left + (column + 4.5) * side, top + (number + 4.5) * side
            assert (pixels[int(y * 4), int(x * 4)] < 128) == bool(dark), (number, column)


def test_groups_that_are_not_the_line_are_never_printed():
    with pytest.raises(ValueError, match="not the line"):
        recovery_kit_pdf(KitPage("Harbor Street", VAULT, date(2026, 11, 8), KIT.line, rk.in_groups(rk.new_kit())))
    assert KIT.line not in repr(page())
    assert rk.in_groups(KIT)[3] not in repr(page())
