"""Who is written to once somebody died (BILLING R13, S5)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.dunning import STEPS, Step
from medbill_desktop.domain.envelopes import PROFILES, fit_address
from medbill_desktop.domain.estates import Estate, Representative, checked_estate
from medbill_desktop.domain.problems import Findings
from medbill_desktop.domain.statement_content import content_of
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.domain.statements import Address, CameBack, Flags, Mailbox, Wish, decide
from tests.domain.test_statements import (
    ELSEWHERE,
    HOME,
    PRACTICE,
    RULES,
    TODAY,
    YESTERDAY,
    a_charge,
    a_person,
    an_account,
    child,
    mailed,
)

EXECUTOR = Estate(YESTERDAY, Representative.EXECUTOR, "Paul Reed", "9 Elm Street", "Apt 4", "Camden", "ME", "04843")
DEAD = Flags(deceased_on=YESTERDAY)


def fit(name, address):
    city = f"{address.city}, {address.state} {address.zip}" if address.city else ""
    return fit_address(
        name, address.street, address.street2, city, PROFILES["10-3.85"], lambda text: 0.55 * len(text), address.care_of
    )


def decided(**more):
    (decision,) = decide(an_account(**({"flags": DEAD, "estate": EXECUTOR} | more)), TODAY, RULES, fit)
    return decision


def test_the_estate_is_written_to_care_of_who_settles_it():
    assert decided().reason is None
    assert decided().addressee == (
        "Estate of Glen Abbott", "c/o Paul Reed", "9 Elm Street Apt 4", "Camden, ME 04843"
    )  # fmt: skip


def test_nobody_is_written_to_as_an_estate_while_no_death_is_noted():
    decision = decided(flags=Flags())
    assert decision.addressee == ("Glen Abbott", "214 Tidewater Lane", "Rockport, ME 04856")
    assert not decision.to_estate


def test_without_an_address_the_last_one_is_used_in_the_name_of_the_estate():
    decision = decided(estate=Estate(YESTERDAY))
    assert decision.addressee == ("Estate of Glen Abbott", "214 Tidewater Lane", "Rockport, ME 04856")


@pytest.mark.parametrize("key", PROFILES)
def test_it_fits_every_window(key):
    lines = fit_address("Estate of Glen Abbott", "9 Elm Street", "Apt 4", "Camden, ME 04843", PROFILES[key],
                        lambda text: 0.5 * len(text), "c/o Paul Reed")  # fmt: skip
    assert len(lines) <= PROFILES[key].address_lines
    assert "c/o Paul Reed" in " ".join(lines)


@given(
    st.sampled_from([None, ELSEWHERE]),
    st.booleans(),
    st.sampled_from([DEAD, replace(DEAD, bad_address_on=YESTERDAY), replace(DEAD, no_mail_on=YESTERDAY)]),
)
def test_the_estates_address_wins_over_every_other(confidential, no_mail, flags):
    people = [a_person(confidential=confidential, no_mail=no_mail, deceased_on=YESTERDAY)]
    decision = decided(people=people, flags=flags)
    assert decision.reason is None
    assert decision.addressee[0] == "Estate of Glen Abbott"
    assert not {HOME.street, ELSEWHERE.street} & set(decision.addressee)


def test_a_patient_apart_is_not_written_to_through_the_estate():
    account = an_account(
        a_charge(1), a_charge(2, patient=11), people=[a_person(), child(confidential=ELSEWHERE)], flags=DEAD,
        estate=EXECUTOR,
    )  # fmt: skip
    estate, apart = decide(account, TODAY, RULES, fit)
    assert [each.patient_id for each in estate.charges] == [10]
    assert (apart.mailbox, apart.reason) == (Mailbox(1, 11), Reason.DECEASED)
    assert "Elm" not in " ".join(apart.addressee)


@pytest.mark.parametrize("step", STEPS[:4])
@pytest.mark.parametrize("language", Language)
def test_mourners_are_never_dunned(step, language):
    account = an_account(flags=DEAD, estate=EXECUTOR, wish=Wish(language))
    (decision,) = decide(account, TODAY, RULES, fit)
    page = content_of(replace(decision, step=step), account, PRACTICE, RULES, "1-1", TODAY)
    assert page.to_estate
    assert page.message == RULES.estate_words(language)
    dunning = {RULES.message(each, language) for each in STEPS}
    assert page.message not in dunning
    assert page.step_words == page.words.steps[Step.CURRENT]
    assert not any("you" in each.casefold() for each in page.words.columns)


def test_after_four_letters_a_person_decides():
    decision = decided(sent=(mailed(40, Step.FINAL),))
    assert decision.reason is Reason.REVIEW
    assert "court" in decision.why


@pytest.mark.parametrize(
    ("change", "died", "field"),
    [
        ({}, None, "died_on"), ({}, TODAY + timedelta(days=1), "died_on"), ({}, TODAY, "first_day"),
        ({"role": "heir"}, YESTERDAY, "role"), ({"representative": ""}, YESTERDAY, "representative"),
        ({"role": "unknown"}, YESTERDAY, "role"), ({"representative": "김민준"}, YESTERDAY, "representative"),
        ({"city": ""}, YESTERDAY, "street"), ({"zip": "123"}, YESTERDAY, "zip"),
        ({"street": "4111 1111 1111 1111"}, YESTERDAY, "street"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(change, died, field):
    found = Findings()
    checked_estate(replace(EXECUTOR, **change), died, TODAY, found)
    assert field in {each.field for each in found.stops()}


def test_what_is_right_is_stored_tidied():
    found = Findings()
    made = checked_estate(replace(EXECUTOR, state="maine", phone="(207) 555-0142"), YESTERDAY, TODAY, found)
    assert (found.stops(), made.state, made.phone) == ((), "ME", "2075550142")
    assert made.care_of == "c/o Paul Reed"


def test_an_address_that_came_back_holds_the_estate_as_well():
    bad = Address("9 Elm Street", "Apt 4", "Camden", "ME", "04843", "c/o Paul Reed")
    lines = fit("Estate of Glen Abbott", bad)[1:]
    assert decided(came_back=(CameBack(None, YESTERDAY, lines),)).reason is Reason.BAD_ADDRESS
