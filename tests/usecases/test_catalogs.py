from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.catalogs import fee_changes
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import catalogs
from medbill_desktop.usecases.catalogs import (
    FindFees,
    ListPayers,
    ListPlaces,
    ListProviders,
    PayerDetails,
    SavedFees,
    SaveFees,
    SavePayer,
    demo_fees,
    find_fees,
    list_payers,
    list_places,
    list_providers,
    save_fees,
    save_payer,
)
from tests.people import a_fee, a_payer, a_place, a_provider, fees

TODAY = date(2026, 11, 18)


def price(vault, code, day=TODAY, modifiers=()):
    with vault.reader.begin() as conn:
        row = catalogs.fees_on(conn, [code], day, modifiers=[*modifiers, ""]).get(code)
    return None if row is None else row.cents


def codes(desk, text, **more):
    return [line.fee.code for line in desk.ask(find_fees, FindFees(text, TODAY, **more))]


def test_entries_are_found_by_the_beginning_of_a_word_or_a_number(desk):
    a_payer(desk, "Crédit Mutuel Santé", payer_code="CM7")
    a_provider(desk, "Lindqvist", "Maja")
    a_place(desk, "Harbor Street office")
    for typed in ("", "sante", "credit mut", "cm"):
        assert [line.payer.name for line in desk.ask(list_payers, ListPayers(typed))] == ["Crédit Mutuel Santé"]
    assert desk.ask(list_payers, ListPayers("utuel")) == ()
    assert [line.name for line in desk.ask(list_providers, ListProviders("maja"))] == ["Lindqvist, Maja MD"]
    assert [line.place.pos for line in desk.ask(list_places, ListPlaces("street"))] == ["11"]


def test_what_is_no_longer_used_is_out_of_the_lists_and_not_lost(desk):
    payer = a_payer(desk)
    desk.run(save_payer, SavePayer(desk.new_id(), PayerDetails("Summit Mutual", active=False), payer))
    assert desk.ask(list_payers, ListPayers()) == ()
    assert [line.id for line in desk.ask(list_payers, ListPayers(everyone=True))] == [payer]


def test_wrong_entries_are_refused_at_their_field(desk):
    for make, where in (
        (lambda: a_provider(desk, npi="1234567890"), "npi"),
        (lambda: a_provider(desk, taxonomy="207Q"), "taxonomy"),
        (lambda: a_place(desk, pos="00"), "pos"),
        (lambda: a_payer(desk, ""), "name"),
        (lambda: a_payer(desk, zip="1"), "zip"),
        (lambda: fees(desk, a_fee("")), "fee.1.code"),
        (lambda: fees(desk, a_fee(), a_fee()), "fee.2.code"),
        (lambda: fees(desk, a_fee(cents=-1)), "fee.1.cents"),
    ):
        with pytest.raises(Invalid) as refused:
            make()
        assert [p.field for p in refused.value.problems] == [where]
    a_payer(desk, "Summit Mutual")
    with pytest.raises(Invalid):
        a_payer(desk, "SUMMIT  mutual")
    with pytest.raises(Refused):
        desk.run(save_payer, SavePayer(desk.new_id(), PayerDetails("Other"), Id(5)))


def test_the_front_desk_reads_catalogs_and_keeps_none(desk, desk_as):
    fees(desk)
    front = desk_as(Role.FRONT_DESK)
    assert codes(front, "99")
    for keep in (a_payer, a_provider, a_place, fees):
        with pytest.raises(NotAllowed):
            keep(front)


def test_fees_are_found_by_code_first_then_by_words(desk):
    fees(desk)
    assert codes(desk, "9") == ["93000", "99213"]
    assert codes(desk, "labor") == codes(desk, "blood c") == ["85025"]
    assert codes(desk, "") == ["85025", "93000", "99213"]
    assert codes(desk, "", limit=2) == ["85025", "93000"]
    assert desk.ask(find_fees, FindFees("99213", date(2025, 12, 31))) == ()


def test_a_price_holds_from_its_first_day_and_the_old_one_until_the_day_before(desk, vault):
    fees(desk, a_fee(cents=100))
    june = date(2026, 6, 1)
    command = SaveFees(desk.new_id(), (a_fee(cents=120, first_day=june), a_fee("NEW1", 5)))
    assert desk.run(save_fees, command) == desk.run(save_fees, command) == SavedFees(2, 0, 0)
    assert [price(vault, "99213", june - timedelta(days=1)), price(vault, "99213", june)] == [100, 120]
    assert price(vault, "99213", date(2025, 12, 31)) is None
    assert fees(desk, a_fee(cents=130, first_day=june), a_fee("NEW1", 5)) == SavedFees(0, 1, 1)
    assert price(vault, "99213") == 130


def test_a_modifier_with_its_own_price_wins_over_the_plain_one(desk, vault):
    fees(desk, a_fee("71046", 84_00), a_fee("71046", 31_00, modifier="26"), a_fee("71046", 50_00, modifier="tc"))
    assert price(vault, "71046") == price(vault, "71046", modifiers=("59",)) == 84_00
    assert price(vault, "71046", modifiers=("26",)) == price(vault, "71046", modifiers=("59", "26")) == 31_00
    assert price(vault, "71046", modifiers=("TC", "26")) == 50_00


days = st.integers(0, 20).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@given(st.lists(st.tuples(days, st.integers(1, 9), st.none() | st.integers(0, 10)), max_size=8))
def test_no_day_ever_has_two_prices_and_the_last_word_counts(history):
    rows, said = {}, {}
    for at, (first, cents, length) in enumerate(history, 1):
        last = None if length is None else first + timedelta(days=length)
        plan = fee_changes(list(rows.values()), [a_fee(cents=cents, first_day=first, last_day=last)], "standard")
        for row in (*plan.changed, *(replace(row, id=Id(at)) for row in plan.added)):
            rows[row.id] = row
        said[first] = cents
    for n in range(-1, 32):
        day = date(2026, 1, 1) + timedelta(days=n)
        live = [row for row in rows.values() if row.first_day <= day and (row.last_day is None or day <= row.last_day)]
        assert len(live) <= 1
        if day in said:
            assert [row.cents for row in live] == [said[day]]


def test_the_demonstration_prices_are_complete_and_may_be_kept(desk, vault):
    some = demo_fees()
    assert len(some) >= 40
    assert desk.run(save_fees, SaveFees(desk.new_id(), some)) == SavedFees(len(some), 0, 0)
    assert price(vault, "71046", modifiers=("26",)) == 31_00
