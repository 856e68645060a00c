from datetime import date, timedelta

import pytest
from sqlalchemy import select

from medbill_desktop.domain.problems import Invalid
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.families import FamilyOf, family_of
from medbill_desktop.usecases.patients import ChangeGuarantor, change_guarantor
from tests.ledger_rows import a_patient, charge, furnish

TODAY = date(2026, 11, 18)


def payer_of(vault, charge_id):
    with vault.reader.begin() as conn:
        return conn.execute(select(t.charge.c.guarantor_id).where(t.charge.c.id == charge_id)).scalar_one()


def test_a_family_shows_what_each_owes_and_warns_of_a_minor_who_pays_alone(desk, vault):
    furnish(vault)
    mother = a_patient(vault, 1, insured=False)
    child = a_patient(vault, 2, insured=False, birth=date(2015, 1, 1), guarantor_id=mother.guarantor_id)
    alone = a_patient(vault, 3, insured=False, birth=date(2014, 1, 1))
    charge(desk, mother, "99213", self_pay=True)
    charge(desk, child, "36415", self_pay=True)
    family = desk.ask(family_of, FamilyOf(mother.guarantor_id))
    assert [(each.id, each.owes_cents) for each in family.members] == [
        (mother.patient_id, 165_00), (child.patient_id, 12_00)
    ]  # fmt: skip
    assert family.owes_cents == 177_00
    assert desk.ask(family_of, FamilyOf(alone.guarantor_id)).own_minor == (alone.patient_id,)


def test_who_pays_from_a_day_on_pays_no_service_before_it(desk, vault):
    furnish(vault)
    mother, son = a_patient(vault, 1, insured=False), a_patient(vault, 2, insured=False)
    asked = ChangeGuarantor(
        desk.new_id(), son.patient_id, 1, "child", guarantor_id=mother.guarantor_id, first_day=TODAY - timedelta(days=5)
    )
    desk.run(change_guarantor, asked)
    [early] = charge(desk, son, "36415", day=TODAY - timedelta(days=6), self_pay=True)
    [late] = charge(desk, son, "36415", day=TODAY - timedelta(days=5), self_pay=True)
    assert (payer_of(vault, early), payer_of(vault, late)) == (son.guarantor_id, mother.guarantor_id)


def test_a_guarantor_of_the_future_is_refused_beside_the_day(desk, vault):
    furnish(vault)
    mother, son = a_patient(vault, 1), a_patient(vault, 2)
    asked = ChangeGuarantor(
        desk.new_id(), son.patient_id, 1, "child", guarantor_id=mother.guarantor_id, first_day=TODAY + timedelta(days=1)
    )
    with pytest.raises(Invalid) as refused:
        desk.run(change_guarantor, asked)
    assert [each.field for each in refused.value.problems] == ["first_day"]
