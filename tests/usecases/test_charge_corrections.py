"""Corrections, authorizations, contracts and no-charge reasons at the door."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from medbill_desktop.domain.authorizations import UNITS, AuthorizationDetails
from medbill_desktop.domain.charges import ServiceLine
from medbill_desktop.domain.contracts import Rate
from medbill_desktop.domain.drugs import Drug
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.authorizations import (
    AddReferral,
    PatientAuthorizations,
    RemoveAuthorization,
    SaveAuthorization,
    add_referral,
    patient_authorizations,
    remove_authorization,
    save_authorization,
)
from medbill_desktop.usecases.charges import (
    CheckSuperbill,
    CorrectUnits,
    EnterSuperbills,
    VoidCharge,
    check_superbill,
    correct_units,
    enter_superbills,
    void_charge,
)
from medbill_desktop.usecases.contracts import (
    ListContracts,
    SaveCertificate,
    SaveRates,
    UseSchedule,
    list_contracts,
    save_certificate,
    save_rates,
    use_schedule,
)
from medbill_desktop.usecases.visits import (
    AddVisits,
    MarkNoCharge,
    MissingCharges,
    VisitDetails,
    add_visits,
    mark_no_charge,
    missing_charges,
)
from tests.ledger_rows import PLACE, PROVIDER, SUMMIT, a_patient, a_superbill, charge, furnish, pay

TODAY = date(2026, 11, 18)


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


def row_of(vault, charge_id):
    with vault.reader.begin() as conn:
        return conn.execute(select(t.charge).where(t.charge.c.id == charge_id)).one()


def credit(vault, who):
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        c = t.journal_line.c
        lines = conn.execute(select(c.cents).where(c.account == "patient_credit", c.guarantor_id == who.guarantor_id))
        return -sum(lines.scalars())


@pytest.mark.parametrize(("again", "left"), [(True, 20_00), (False, 180_00)])
def test_corrected_units_reverse_exactly_and_payments_go_where_it_was_chosen(desk, vault, nora, again, left):
    [charge_id] = charge(desk, nora, "94010", self_pay=True, day=TODAY)
    done = desk.run(correct_units, CorrectUnits(desk.new_id(), charge_id, 3, "three tests"))
    assert done.amount_cents == 180_00
    pay(desk, nora, 200_00)
    assert credit(vault, nora) == 20_00
    done = desk.run(correct_units, CorrectUnits(desk.new_id(), charge_id, 1 if not again else 4, "counted", again))
    assert row_of(vault, charge_id).units == (4 if again else 1)
    if again:
        assert (done.amount_cents, done.back_to_credit_cents, credit(vault, nora)) == (240_00, 0, left)
    else:
        assert (done.amount_cents, done.back_to_credit_cents, credit(vault, nora)) == (60_00, 180_00, 200_00)


def test_units_that_are_the_same_or_none_are_refused(desk, nora):
    [charge_id] = charge(desk, nora)
    for units, reason in ((1, "x"), (0, "x"), (10_000, "x"), (2, " ")):
        with pytest.raises(Invalid):
            desk.run(correct_units, CorrectUnits(desk.new_id(), charge_id, units, reason))


def test_an_authorization_counts_live_charges_and_stays_once_one_names_it(desk, vault, nora):
    details = AuthorizationDetails(SUMMIT, "A-77", 3, date(2026, 1, 1), date(2026, 12, 31), UNITS, ("94010",))
    made = desk.run(save_authorization, SaveAuthorization(desk.new_id(), nora.patient_id, details))

    def bill(units):
        return replace(a_superbill(nora, TODAY), lines=(ServiceLine("94010", units=units, authorization_id=made),))

    def said(units):
        return [each.code for each in desk.ask(check_superbill, CheckSuperbill(bill(units))).problems]

    assert said(2) == []
    assert said(3) == ["authorization-low"]
    assert said(4) == ["authorization-over"]
    done = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill(2),)))
    assert said(2) == ["visit-twice", "charged-twice", "authorization-over"]
    [line] = desk.ask(patient_authorizations, PatientAuthorizations(nora.patient_id)).authorizations
    assert (line.authorization.used, line.authorization.left, line.payer) == (2, 1, "Summit PPO")
    desk.run(void_charge, VoidCharge(desk.new_id(), done.charge_ids[0], "wrong day"))
    [line] = desk.ask(patient_authorizations, PatientAuthorizations(nora.patient_id)).authorizations
    assert line.authorization.used == 0
    with pytest.raises(Refused, match="so that it stays"):
        desk.run(remove_authorization, RemoveAuthorization(desk.new_id(), nora.patient_id, made))
    other = a_patient(vault, 2)
    stolen = replace(bill(1), patient_id=other.patient_id)
    assert [each.code for each in desk.ask(check_superbill, CheckSuperbill(stolen)).problems] == ["authorization"]
    with pytest.raises(Refused):
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (stolen,)))


def test_an_authorization_with_a_mistake_is_refused_beside_its_field(desk, nora):
    good = AuthorizationDetails(SUMMIT, "A-77", 3, date(2026, 1, 1), date(2026, 12, 31))
    for change, field in (
        ({"number": " "}, "number"), ({"allowed": 0}, "allowed"), ({"last_day": date(2025, 1, 1)}, "last_day"),
        ({"codes": ("9*",)}, "codes"), ({"payer_id": 99}, "payer_id"), ({"counts": "hours"}, "counts"),
    ):  # fmt: skip
        command = SaveAuthorization(desk.new_id(), nora.patient_id, replace(good, **change))
        with pytest.raises(Invalid) as refused:
            desk.run(save_authorization, command)
        assert [each.field for each in refused.value.problems] == [field]


def test_a_referral_is_a_record_of_its_own(desk, nora):
    desk.run(add_referral, AddReferral(desk.new_id(), nora.patient_id, PROVIDER, TODAY, number="R-5", visits=6))
    [found] = desk.ask(patient_authorizations, PatientAuthorizations(nora.patient_id)).referrals
    assert (found.number, found.visits, found.provider) == ("R-5", 6, "Reyes, Ada")
    with pytest.raises(Invalid):
        desk.run(add_referral, AddReferral(desk.new_id(), nora.patient_id, PROVIDER, TODAY, visits=0))


def test_a_charge_keeps_what_the_contract_allows_its_schedule_its_drug_and_its_certificate(desk, vault, nora):
    rates = (
        Rate(SUMMIT, "99213", Cents(90_00), date(2026, 1, 1)),
        Rate(SUMMIT, "99213", Cents(95_00), date(2026, 11, 1)),
        Rate(SUMMIT, "80053", Cents(14_00), date(2026, 1, 1), place_class="facility"),
    )
    done = desk.run(save_rates, SaveRates(desk.new_id(), rates))
    assert (done.added, done.changed) == (3, 0)
    desk.run(save_certificate, SaveCertificate(desk.new_id(), PLACE, "22D0000001", date(2026, 1, 1)))
    bill = replace(
        a_superbill(nora, TODAY),
        lines=(ServiceLine("99213", units=2, drug=Drug("0409-1234-01", "2.5", "ML")), ServiceLine("80053")),
    )
    ids = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,))).charge_ids
    visit, lab = (row_of(vault, each) for each in ids)
    assert (visit.expected_cents, visit.schedule, visit.ndc, visit.ndc_thousandths, visit.ndc_unit, visit.clia) == (
        190_00, "standard", "00409123401", 2500, "ML", "",
    )  # fmt: skip
    assert (lab.expected_cents, lab.clia, lab.diagnosis_release) == (None, "22D0000001", "ICD-10-CM April 2026")
    found = desk.ask(list_contracts, ListContracts(SUMMIT))
    ends = {each.rate.cents: each.rate.last_day for each in found.rates}
    assert ends[90_00] == date(2026, 10, 31)
    with pytest.raises(Invalid):
        desk.run(save_certificate, SaveCertificate(desk.new_id(), PLACE, "123", TODAY))


def test_what_is_no_claim_item_is_owed_by_the_guarantor_and_marked_so(desk, vault, nora):
    with vault.writer.begin() as conn:
        conn.execute(t.fee.update().where(t.fee.c.code == "94010").values(claim_item=False))
    ids = charge(desk, nora, "NOSHOW", "94010", "99213")
    assert [(row_of(vault, each).claim_item, row_of(vault, each).coverage_id) for each in ids] == [
        (False, None), (False, None), (True, nora.coverage_id),
    ]  # fmt: skip


def test_a_later_schedule_ends_the_one_before(desk, nora):
    for day in (date(2026, 6, 1), date(2026, 1, 1), date(2026, 11, 1)):
        desk.run(use_schedule, UseSchedule(desk.new_id(), SUMMIT, "standard", day))
    uses = desk.ask(list_contracts, ListContracts()).uses
    assert [(each.first_day, each.last_day) for each in uses] == [
        (date(2026, 11, 1), None), (date(2026, 6, 1), date(2026, 10, 31)), (date(2026, 1, 1), date(2026, 5, 31)),
    ]  # fmt: skip


def test_every_kept_visit_has_a_charge_or_a_reason_for_none(desk, vault, nora):
    days = (date(2026, 11, 16), date(2026, 11, 17), TODAY)
    kept = [VisitDetails(nora.patient_id, day, PROVIDER, PLACE) for day in days]
    first, second, _ = desk.run(add_visits, AddVisits(desk.new_id(), tuple(kept)))
    assert [each.id for each in desk.ask(missing_charges, MissingCharges())] == [first, second]
    desk.run(mark_no_charge, MarkNoCharge(desk.new_id(), first, "Did not come"))
    assert [each.id for each in desk.ask(missing_charges, MissingCharges())] == [second]
    with pytest.raises(Invalid):
        desk.run(mark_no_charge, MarkNoCharge(desk.new_id(), second, "because"))
    charge(desk, nora, day=days[1], visit_id=second)
    assert desk.ask(missing_charges, MissingCharges()) == ()
    with pytest.raises(Refused, match="Void them first"):
        desk.run(mark_no_charge, MarkNoCharge(desk.new_id(), second, "Did not come"))
    desk.run(mark_no_charge, MarkNoCharge(desk.new_id(), first, ""))
    assert [each.id for each in desk.ask(missing_charges, MissingCharges())] == [first]
