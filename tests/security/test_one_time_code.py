import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.security.one_time_code import CodeMistyped, is_one, new_code, parse
from medbill_desktop.security.recovery_codes import SYMBOLS


def test_a_code_has_120_bits_and_four_check_characters_in_fours():
    code = new_code()
    assert [len(each) for each in code.split("-")] == [4] * 7
    assert len({new_code() for _ in range(100)}) == 100
    assert parse(code) == code.replace("-", "")


def test_small_letters_blanks_and_look_alikes_are_read_as_meant():
    code = new_code()
    meant = parse(code)
    assert parse(" " + code.lower().replace("-", "  ")) == meant
    assert parse(code.replace("0", "O").replace("1", "l")) == meant


@given(st.integers(0, 27), st.sampled_from(SYMBOLS))
def test_one_wrong_character_is_found_before_any_cryptography(place, symbol):
    bare = parse(new_code())
    if bare[place] == symbol:
        return
    wrong = bare[:place] + symbol + bare[place + 1 :]
    # Twenty bits of check: one in a million slips through to the slot, which refuses it.
    assert not is_one(wrong)


@pytest.mark.parametrize("typed", ["", "7QK2", "A" * 60, "Zebra-Umbrella-Quartz-42", "é" * 28, "漢" * 28])
def test_what_is_no_code_is_said_with_what_is_wrong(typed):
    with pytest.raises(CodeMistyped, match="group by group"):
        parse(typed)
    assert not is_one(typed)
