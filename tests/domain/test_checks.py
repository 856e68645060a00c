import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain import checks


@pytest.mark.parametrize("npi", ["1234567893", "1000000004", "1000000012", "1000000020", "1000000038"])
def test_an_npi_has_its_check_digit_and_a_slip_of_one_digit_is_seen(npi):
    assert checks.is_npi(npi)
    for at in range(1, 10):
        for digit in set("0123456789") - {npi[at]}:
            assert not checks.is_npi(npi[:at] + digit + npi[at + 1 :])
    for wrong in ("", npi[:9], npi + "0", "3" + npi[1:], f" {npi}", "１" + npi[1:]):
        assert not checks.is_npi(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "pay with 3782 822463 10005 please",
        "4111 1111 1111 1111 12 27", "07 4111111111111111", "CC4111111111111111x", "6011000990139424 123",
        "4222222222222", "6304000000000000000", "4111  1111  1111  1111", "4111 - 1111 - 1111 - 1111",
        "4111\N{EN DASH}1111\N{EN DASH}1111\N{EN DASH}1111", "4111\N{NO-BREAK SPACE}11111111\t1111",
        "4111\N{NON-BREAKING HYPHEN}111111111111", "4111\n1111\n1111\n1111", "4111\N{ZERO WIDTH SPACE}111111111111",
        "\uff14\uff11\uff11\uff11 1111 1111 1111", "\u0664\u0661\u0661\u0661 1111 1111 1111",
    ],
)  # fmt: skip
def test_a_card_number_is_seen_however_it_is_written(text):
    assert checks.holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    ["4111111111111112", "", "0000000000000000", "(207) 555-0142", "999-17-5017", "411111111111111", "MRN 20264471902",
     "\u2460" * 16,
     "3edac2e3-d223-6fae-d515-daf96ef6bc76", "12345678-1234-5678-1234-567812345670", "41111111111111111111111"],
)  # fmt: skip
def test_what_is_no_card_number_passes(text):
    assert not checks.holds_card_number(text)


@given(st.text("0123456789 -\u0664\u00b2\u2013", max_size=60))
def test_digits_in_any_grouping_are_judged_quickly_and_without_error(text):
    checks.holds_card_number(text)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("(207) 555-0142", "2075550142"), ("1-877-267-2323", "8772672323"), ("+1 207 555 0142", "2075550142"),
     ("207.555.0142", "2075550142"), ("555-0142", None), ("107 555 0142", None), ("2075550142x9", None), ("", None)],
)  # fmt: skip
def test_a_phone_number_is_ten_digits_in_any_spelling(typed, digits):
    assert checks.phone_digits(typed) == digits


def test_a_number_abroad_is_kept_with_its_plus():
    assert checks.phone_stored("+49 (30) 1234-567") == "+49301234567"
    assert checks.phone_stored("49 30 1234567") is None


def test_zip_state_and_the_rest():
    assert [checks.zip_digits(each) for each in ("04856", "04856-1234", "04856 1234", "0485", "048561")] == [
        "04856", "048561234", "048561234", None, None]  # fmt: skip
    assert checks.show_zip("048561234") == "04856-1234"
    assert checks.show_phone("2075550142") == "(207) 555-0142"
    assert [checks.state_code(each) for each in ("me", " New  York ", "Massachusetts", "XX", "")] == [
        "ME", "NY", "MA", None, None]  # fmt: skip
    assert len(checks.STATES) == 59
    assert checks.ssn_digits("999-17-5017") == checks.ssn_digits("999175017") == "999175017"
    assert checks.ssn_digits("999-17-501") is None
    assert checks.is_tin("12-3456789")
    assert checks.is_taxonomy("207Q00000X")
    assert not checks.is_taxonomy("207Q00000x")
    assert not checks.is_place_of_service("00")
    assert not checks.is_member_id(" X1")
