from datetime import date, timedelta

import pytest
from sqlalchemy import select

from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.catalogs import (
    ListProviders,
    ProviderDetails,
    SaveProvider,
    list_providers,
    save_provider,
)
from medbill_desktop.usecases.coverage_papers import (
    CoveragePapers,
    DecideOrder,
    PapersOf,
    SavePapers,
    SuggestOrder,
    decide_order,
    papers_of,
    save_papers,
    suggest_order,
)
from medbill_desktop.usecases.coverages import CheckCoverage, check_coverage
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.payer_rules import PayerRules, RuleValue, SavePayerRules, payer_rules_of, save_payer_rules
from tests.people import NPI, a_coverage, a_payer, a_provider, register

TODAY = date(2026, 11, 18)


@pytest.fixture
def two(desk, vault):
    """A patient with a plan of an employer and Medicare behind it, whose reason a file did not give."""
    employer, medicare = a_payer(desk), a_payer(desk, "Medicare", filing_indicator="MB")
    second = a_coverage(medicare, "1EG4TE5MK73", rank=2, msp_reason="12", msp_asked_on=TODAY)
    made = register(desk, coverages=[a_coverage(employer), second])
    with vault.writer.begin() as conn:
        conn.execute(t.coverage.update().values(msp_reason="", msp_asked_on=None))
    return made


def test_medicare_is_not_keyed_as_second_without_its_reason_and_day(desk):
    payer_id = a_payer(desk, "Medicare", filing_indicator="MB")

    def checked(rank=2, **more):
        asked = CheckCoverage(None, a_coverage(payer_id, "1EG4TE5MK73", rank=rank, **more))
        return [(each.field, each.code, each.warns) for each in desk.ask(check_coverage, asked)]

    assert checked() == [("msp_reason", "msp", False), ("msp_asked_on", "msp", False)]
    assert checked(msp_reason="99", msp_asked_on=TODAY)[0][0] == "msp_reason"
    assert checked(msp_reason="12", msp_asked_on=TODAY + timedelta(days=1)) == [("msp_asked_on", "msp", False)]
    assert checked(msp_reason="12", msp_asked_on=TODAY) == []
    assert checked(rank=1) == []
    assert checked(rank=1, msp_reason="12", msp_asked_on=TODAY) == [("msp_reason", "msp", False)]
    with pytest.raises(Invalid) as refused:
        register(desk, coverages=[a_coverage(payer_id, rank=2)])
    assert fields(refused) == {"coverage.1.msp_reason", "coverage.1.msp_asked_on"}


def test_a_member_id_that_does_not_look_like_the_payers_is_a_warning_not_a_stop(desk):
    payer_id = a_payer(desk)
    rules = (RuleValue("member_id_pattern", "AA9999999", TODAY),)
    desk.run(save_payer_rules, SavePayerRules(desk.new_id(), payer_id, rules))
    found = desk.ask(check_coverage, CheckCoverage(None, a_coverage(payer_id, "XK44719")))
    assert [(each.field, each.warns) for each in found] == [("member_id", True)]
    assert "look like AA9999999" in found[0].text
    assert desk.ask(check_coverage, CheckCoverage(None, a_coverage(payer_id, "XK4471902"))) == ()
    assert register(desk, coverages=[a_coverage(payer_id, "XK44719")]).coverage_ids


def save(desk, coverage_id, **more):
    desk.run(save_papers, SavePapers(desk.new_id(), CoveragePapers(coverage_id, **more)))


def fields(refused):
    return {each.field for each in refused.value.problems}


def test_two_signatures_are_kept_with_their_days(desk, two):
    first, _ = two.coverage_ids
    save(desk, first, release_signed_on=date(2026, 1, 5), assignment_signed_on=date(2026, 2, 6))
    held = desk.ask(papers_of, PapersOf(first)).papers
    assert (held.release_signed_on, held.assignment_signed_on) == (date(2026, 1, 5), date(2026, 2, 6))
    with pytest.raises(Invalid) as refused:
        save(desk, first, release_signed_on=TODAY + timedelta(days=1))
    assert fields(refused) == {"release_signed_on"}


def test_medicare_that_pays_second_needs_a_reason_and_the_day_it_was_asked(desk, two):
    first, medicare = two.coverage_ids
    assert desk.ask(papers_of, PapersOf(medicare)).needs_msp
    for wrong in ({"msp_reason": "12"}, {"msp_asked_on": TODAY}, {"msp_reason": "99", "msp_asked_on": TODAY}):
        with pytest.raises(Invalid):
            save(desk, medicare, **wrong)
    with pytest.raises(Invalid, match="Only Medicare"):
        save(desk, first, msp_reason="12", msp_asked_on=TODAY)
    save(desk, medicare, msp_reason="12", msp_asked_on=TODAY)
    assert not desk.ask(papers_of, PapersOf(medicare)).needs_msp


def test_an_order_is_suggested_and_a_person_decides_with_the_day(desk, vault, two):
    first, medicare = two.coverage_ids
    said = desk.ask(suggest_order, SuggestOrder(two.patient_id))
    assert (said.order, said.as_it_is) == ((medicare, first), False)
    assert "Medicare pays first" in said.reasons[0]
    desk.run(decide_order, DecideOrder(desk.new_id(), two.patient_id, said.order, "Retired in October"))
    card = desk.ask(open_patient, OpenPatient(two.patient_id))
    assert [(line.id, line.coverage.rank) for line in card.coverages] == [(medicare, 1), (first, 2)]
    with vault.reader.begin() as conn:
        row = conn.execute(select(t.coverage).where(t.coverage.c.id == medicare)).one()
    assert (row.order_by, row.order_on, row.order_reason) == (1, TODAY, "Retired in October")
    assert desk.ask(suggest_order, SuggestOrder(two.patient_id)).as_it_is
    with pytest.raises(Refused, match="changed meanwhile"):
        desk.run(decide_order, DecideOrder(desk.new_id(), two.patient_id, (first,)))


def test_rules_of_a_payer_hold_from_their_day_on(desk, desk_as):
    payer_id = a_payer(desk)

    def put(*rules, by=desk):
        return by.run(
            save_payer_rules, SavePayerRules(by.new_id(), payer_id, tuple(RuleValue(*each) for each in rules))
        )

    def now(on):
        return {each.rule: each.value for each in desk.ask(payer_rules_of, PayerRules(payer_id, on)).now}

    put(("file_first_days", "180", date(2020, 1, 1)), ("takes_corrected", "yes", date(2020, 1, 1)))
    assert put(("file_first_days", "90", TODAY), ("takes_corrected", "yes", TODAY)) == 1
    assert now(TODAY - timedelta(days=1)) == {"file_first_days": "180", "takes_corrected": "yes"}
    assert now(TODAY) == {"file_first_days": "90", "takes_corrected": "yes"}
    put(("file_first_days", "", TODAY))
    assert now(TODAY) == {"takes_corrected": "yes"}
    assert now(date(2019, 1, 1)) == {}
    assert len(desk.ask(payer_rules_of, PayerRules(payer_id)).history) == 3
    with pytest.raises(NotAllowed):
        put(("file_first_days", "90", TODAY), by=desk_as(Role.BILLER))


@pytest.mark.parametrize(
    ("rule", "value"),
    [("file_first_days", "0"), ("file_first_days", "-3"), ("file_first_days", "ninety"), ("takes_corrected", "maybe"),
     ("phone_notes", "4111 1111 1111 1111"), ("phone_notes", "x" * 201), ("nonsense", "1")],
)  # fmt: skip
def test_a_wrong_rule_is_refused_beside_its_field(desk, rule, value):
    with pytest.raises(Invalid) as refused:
        desk.run(save_payer_rules, SavePayerRules(desk.new_id(), a_payer(desk), (RuleValue(rule, value, TODAY),)))
    assert fields(refused) == {rule}


def test_who_sends_patients_is_listed_apart_from_who_gives_care(desk):
    here = a_provider(desk)
    sends = desk.run(
        save_provider, SaveProvider(desk.new_id(), ProviderDetails("Okafor", "Ife", npi=NPI, kind="referring"))
    )
    assert [line.id for line in desk.ask(list_providers, ListProviders())] == [here]
    assert [line.id for line in desk.ask(list_providers, ListProviders(kind="referring"))] == [sends]
    assert len(desk.ask(list_providers, ListProviders(kind=""))) == 2
