import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.security import recovery_codes as rc


def test_ten_codes_of_120_bits_without_look_alikes():
    codes, stored = rc.make()
    assert len(set(codes)) == len({each.digest for each in stored}) == len({each.salt for each in stored}) == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


def test_each_code_is_found_at_its_place():
    codes, stored = rc.make()
    assert [rc.match(code, stored) for code in codes] == list(range(10))
    assert rc.match(codes[3], stored[:3]) is None
    assert rc.match("", stored) is None


def test_a_code_is_read_as_people_type_it():
    codes, stored = rc.make()
    typed = codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert rc.match(typed, stored) == 0


def test_what_is_stored_does_not_hold_the_code():
    codes, stored = rc.make()
    for code, each in zip(codes, stored, strict=True):
        assert rc.as_typed(code).encode() not in each.salt + each.digest
        assert len(each.salt) == 16


@given(st.binary(min_size=15, max_size=15))
def test_every_bit_stands_in_the_code(data):
    number = 0
    for symbol in rc.as_typed(rc.readable(data)):
        number = number << 5 | rc.SYMBOLS.index(symbol)
    assert number.to_bytes(15, "big") == data


def test_lengths_that_would_lose_bits_are_refused():
    with pytest.raises(ValueError, match="five bytes"):
        rc.readable(b"1234")
