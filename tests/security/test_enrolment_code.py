"""Enrolment codes: every slip of the fingers is caught before a key is tried (SECURITY K15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.security import enrolment_code as ec
from medbill_desktop.security.recovery_codes import SYMBOLS

CODES = st.binary(min_size=ec.SECRET_BYTES, max_size=ec.SECRET_BYTES).map(ec.EnrolmentCode)


def test_a_code_is_nine_groups_of_four_from_160_random_bits():
    made = {ec.new_code().text for _ in range(50)}
    assert len(made) == 50
    for text in made:
        assert [len(each) for each in text.split("-")] == [4] * 9
        assert not set(text) & set("ILOU")
    assert len(ec.new_code().secret) * 8 == 160


@given(CODES)
def test_what_is_typed_loosely_is_the_same_code(code):
    for typed in (code.text, code.text.lower(), " ".join(code.groups), code.text.replace("-", "")):
        assert ec.parse(typed) == code
    assert ec.parse(code.text.replace("0", "o").replace("1", "l")) == code


@given(CODES, st.integers(0, ec.LENGTH - 1), st.sampled_from(SYMBOLS))
def test_one_wrong_character_is_always_caught(code, place, symbol):
    whole = "".join(code.groups)
    if whole[place] != symbol:
        with pytest.raises(ec.CodeMistyped):
            ec.parse(whole[:place] + symbol + whole[place + 1 :])


@given(CODES, st.integers(0, ec.LENGTH - 1), st.integers(0, ec.LENGTH - 1))
def test_two_characters_that_changed_places_are_caught(code, one, other):
    whole = list("".join(code.groups))
    if whole[one] != whole[other]:
        whole[one], whole[other] = whole[other], whole[one]
        try:
            read = ec.parse("".join(whole))
        except ec.CodeMistyped:
            return
        # Only an exchange with a check character may pass by chance, once in a million.
        assert max(one, other) >= ec.LENGTH - 4
        assert read != code


def test_no_two_places_of_the_code_weigh_the_same():
    weights = {pow(32, at, ec._PRIME) for at in range(32)}
    assert len(weights) == 32


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type the enrolment code"),
        ("7QK2 7QK2", "28 are missing"),
        ("0" * 40, "4 are too many"),
        ("0" * 8 + "é" + "0" * 27, "Group 3 holds a sign"),
        ("0" * 35 + "1", "mistyped"),
    ],
)
def test_what_is_wrong_is_said(typed, words):
    with pytest.raises(ec.CodeMistyped, match=words):
        ec.parse(typed)


def test_a_code_is_not_shown_by_accident():
    code = ec.new_code()
    assert "secret" not in repr(code)
    assert code.text not in repr(code)
