from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.medicare_prices import WHOLE, Locality, Values, allowed, place_class

ONE = Locality("14112", "99", "Rest of state", 1000, 1000, 1000)


def test_the_price_is_rounded_once_to_the_cent():
    values = Values("99213", "", "A", 130, 133, 55, 10, 334_009)
    assert allowed(values, ONE) == 91_18  # 2.73 x 33.4009 = 91.184457
    assert allowed(values, ONE, facility=True) == 65_13  # 1.95 x 33.4009 = 65.131755
    assert allowed(values, ONE, share=12_000) == 109_42  # 109.4213484
    assert allowed(Values("G0008", "", "X", 0, 0, 0, 0, 334_009), ONE) is None
    assert allowed(Values("G0008", "", "A", 1, 0, 0, 0, 0), ONE) is None


NUMBERS = st.integers(0, 50_000)


@given(
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.integers(100, 3000),
    st.integers(100, 3000),
    st.integers(1, 999_999),
    st.integers(1, 3 * WHOLE),
)
def test_no_price_is_off_by_more_than_half_a_cent(work, expense, mp, index, other, factor, share):
    price = allowed(
        Values("X", "", "A", work, expense, 0, mp, factor), Locality("1", "1", "", index, other, index), share=share
    )
    exact = (
        Fraction(work * index + expense * other + mp * index, 10**5)
        * Fraction(factor, 10**4)
        * 100
        * Fraction(share, WHOLE)
    )
    if price is None:
        assert exact == 0
    else:
        assert abs(price - exact) <= Fraction(1, 2)


def test_a_hospital_is_a_facility_and_an_office_is_not():
    assert [place_class(pos) for pos in ("11", "10", "21", "22", "24")] == ["office"] * 2 + ["facility"] * 3
