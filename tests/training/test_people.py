"""Synthetic people: the same for the same seed, and of the kinds that an office meets."""

import unicodedata
from datetime import date

from medbill_desktop.domain.dates import age_on
from medbill_desktop.domain.names import is_latin
from medbill_desktop.training import names
from medbill_desktop.training.history import DAYS, History
from medbill_desktop.training.people import People
from medbill_desktop.training.practice import AGES, Training
from medbill_desktop.training.walking_clock import working_days
from medbill_desktop.usecases.catalogs import demo_fees

TODAY = date(2026, 11, 18)


def made(seed=7, count=400):
    return list(People(seed, count, TODAY, 5))


def facts(people):
    return [(one.patient.last, one.patient.first, one.patient.street, one.policies, one.adult) for one in people]


def test_the_same_seed_makes_the_same_people_and_another_seed_others():
    assert facts(made(7)) == facts(made(7))
    assert facts(made(7)) != facts(made(8))


def test_there_are_as_many_as_were_asked_for():
    assert [len(made(3, count)) for count in (5, 6, 60)] == [5, 6, 60]


def test_a_guarantor_comes_before_who_depends_on_them_and_is_grown_up():
    people = made()
    children = [(place, one) for place, one in enumerate(people) if one.adult is not None]
    assert children
    for place, one in children:
        adult = people[one.adult]
        assert one.adult < place
        assert adult.adult is None
        assert (TODAY - adult.patient.birth_date).days > 18 * 365
        assert one.patient.street == adult.patient.street


def test_every_name_in_another_script_has_a_latin_one_for_the_envelope():
    people = made(count=1500)
    others = [one for one in people if not is_latin(one.patient.last + one.patient.first)]
    scripts = {unicodedata.name(one.patient.last[0]).split()[0] for one in others}
    assert {"GREEK", "CYRILLIC", "CJK", "ARABIC"} <= scripts
    assert all(is_latin(one.patient.mailing_name) and one.patient.mailing_name for one in others)


def test_the_mixture_has_accents_flags_self_payers_and_confidential_addresses():
    people = made()
    assert any(not one.patient.last.isascii() and is_latin(one.patient.last) for one in people)
    assert any(one.flag for one in people)
    assert any(one.self_pay for one in people)
    assert any(contact.kind == "confidential" for one in people for contact in one.contacts)


def test_member_ids_are_unique():
    ids = [policy.member_id for one in made(1, 3000) for policy in one.policies]
    assert len(ids) == len(set(ids))


def test_no_latin_name_is_so_short_that_a_search_in_encrypted_bytes_hits_by_chance():
    words = (*names.LAST, *names.FEMALE, *names.MALE, *names.STREETS)
    assert [word for word in words if len(word) < 5] == []


def test_the_history_is_the_same_for_the_same_seed_on_any_date():
    one, other = (History(7, list(People(7, 80, day, 5)), 4) for day in (TODAY, date(2027, 2, 3)))
    assert one.days == other.days
    assert one.today == other.today
    assert sum(len(day) for day in one.days) > 80
    assert any(visit.transfer_on for day in one.days for visit in day)


def test_a_share_is_moved_after_the_visit_and_before_today():
    history = History(7, made(), 4)
    for number, visits in enumerate(history.transfers):
        for visit in visits:
            assert visit.day < visit.transfer_on == number < DAYS
            assert not visit.self_pay


def test_nobody_is_expected_twice_on_one_day_however_few_there_are():
    for count, seed in ((3, 1), (12, 2), (60, 1), (60, 7), (400, 3)):
        expected = [visit.patient for visit in History(seed, made(seed, count), 4).today]
        assert len(expected) == len(set(expected)) == min(count, 12)


def test_a_well_visit_is_one_for_the_age_of_the_patient():
    people, days = tuple(made(5, 300)), (*working_days(TODAY, DAYS), TODAY)
    training = Training(people, History(5, people, 4), days)
    training.office_visits = [each for each in demo_fees() if each.generic_words == "Office visit"]
    training.services = [each for each in demo_fees() if each.generic_words != "Office visit"]
    seen = set()
    for visit in (*(each for day in training.plan.days for each in day), *training.plan.today):
        age = age_on(people[visit.patient].patient.birth_date, days[visit.day])
        for fee, _ in training.priced(visit):
            seen.add((fee.description, age))
    ages = {word: {age for words, age in seen if word in words} for word in ("small child", "teenager", "older adult")}
    assert all(ages.values())
    assert max(ages["small child"]) < 5
    assert min(ages["teenager"]) >= 12
    assert max(ages["teenager"]) < 18
    assert min(ages["older adult"]) >= 65


def test_every_well_visit_of_the_price_list_has_its_ages():
    well = {each.code for each in demo_fees() if each.generic_words == "Preventive visit"}
    assert well <= set(AGES)
    assert set(range(100)) == {age for code in well for age in AGES[code]} & set(range(100))
