from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import shortened, wrapped


def test_each_character_takes_the_first_font_that_has_it():
    assert list(fonts.runs("Ana 王小明 B")) == [
        (fonts.SANS, "Ana "), (fonts.FALLBACK, "王小明"), (fonts.SANS, " B"),
    ]  # fmt: skip
    assert list(fonts.runs("Müller", bold=True)) == [(fonts.BOLD, "Müller")]


def test_what_no_font_has_is_marked_and_control_signs_vanish():
    assert "".join(words for _, words in fonts.runs("a\u0000b\u200e\U0001f9ffc")) == "ab\N{REPLACEMENT CHARACTER}c"
    assert "".join(words for _, words in fonts.runs("x\ud800y")) == "x\N{REPLACEMENT CHARACTER}y"


def test_figures_are_all_of_one_width():
    assert len({fonts.width(digit) for digit in "0123456789"}) == 1
    assert len({fonts.width(digit, bold=True) for digit in "0123456789"}) == 1


@given(st.text(max_size=40))
def test_the_width_is_the_sum_of_the_runs(text):
    fonts.ready()
    total = sum(fonts.run_width(font, words) for font, words in fonts.runs(text))
    if all(char in "".join(words for _, words in fonts.runs(text)) for char in text):
        assert abs(fonts.width(text) - total) < 0.6 * max(1, len(text)) * 0.5


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "Zs"]), max_size=200))
def test_a_paragraph_is_broken_without_losing_a_letter(text):
    lines = wrapped(text, 10, 120)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(fonts.width(line) * 10 <= 120 or len(line) == 1 for line in lines)


def test_a_cut_word_says_so():
    assert shortened("Immunization", 10, 500) == "Immunization"
    cut = shortened("Immunization", 10, 40)
    assert cut.endswith("…")
    assert fonts.width(cut) * 10 <= 40
