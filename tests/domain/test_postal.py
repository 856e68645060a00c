import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.postal import Postal, is_po_box, no_delivery_zip, postal


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("14 Willow Lane", "14 WILLOW LN"), ("12 Harbor Street, Apt. 4", "12 HARBOR ST APT 4"),
        ("12 North Main Street", "12 N MAIN ST"), ("12 North Street", "12 NORTH ST"),
        ("7 Elm St. Suite 200", "7 ELM ST STE 200"),
        ("100 Avenue Road", "100 AVENUE RD"), ("5 Park Avenue South", "5 PARK AVE S"), ("1 Court Street", "1 COURT ST"),
        ("12-B O'Brien Drive", "12-B OBRIEN DR"), ("3 Café Boulevard # 9", "3 CAFE BLVD # 9"), ("", ""),
        ("Street", "STREET"), ("9 Broadway", "9 BROADWAY"),
    ],
)  # fmt: skip
def test_a_street_in_postal_style(typed, wanted):
    assert postal(Postal(typed, "", "", "", "")).street == wanted


@given(st.builds(Postal, *[st.text(max_size=30)] * 4, st.just("04856")))
def test_postal_style_done_twice_is_done_once(address):
    once = postal(address)
    assert postal(once) == once


@pytest.mark.parametrize(
    "typed", ["PO Box 12", "P.O. Box 12", "p. o. box 7", "P0 Box 12", "POB 4", "Post Office Box 3", "Box 17", "PO Bx 9",
              "12 Main St, P.O. Box 4", "Lock Box 5"],
)  # fmt: skip
def test_a_box_is_seen_however_it_is_written(typed):
    assert is_po_box(typed)


@pytest.mark.parametrize("typed", ["12 Boxwood Lane", "4 Pobst Road", "Box Elder Street 3", "14 Willow Lane", ""])
def test_a_street_is_no_box(typed):
    assert not is_po_box(typed)


@pytest.mark.parametrize(("zip_", "wrong"), [("048560000", True), ("048569998", True), ("048569999", True),
                                             ("048561234", False), ("04856", False), ("00009", False)])  # fmt: skip
def test_four_digits_that_no_address_has(zip_, wrong):
    assert no_delivery_zip(zip_) is wrong
