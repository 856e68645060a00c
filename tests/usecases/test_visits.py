from datetime import date

import pytest
from sqlalchemy import select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.visits import (
    AddVisits,
    DayVisits,
    PatientVisits,
    VisitDetails,
    add_visits,
    day_visits,
    patient_visits,
)
from tests.people import a_coverage, a_payer, a_place, a_provider, a_visit, insured, register

DAY = date(2026, 11, 18)


def test_the_visits_of_a_day_show_who_comes_to_whom_and_who_pays(desk, vault):
    one, two = insured(desk), register(desk, "Berg", "Ole")
    provider, place = a_provider(desk), a_place(desk)
    first = a_visit(desk, one.patient_id, provider, place)
    a_visit(desk, two.patient_id, provider, place)
    a_visit(desk, one.patient_id, provider, place, self_pay=True)
    a_visit(desk, one.patient_id, provider, place, date(2026, 11, 17), coverage_id=one.coverage_ids[0])
    lines = desk.ask(day_visits, DayVisits(DAY))
    assert [(line.patient, line.payer) for line in lines] == [
        ("Ortiz, Ana", "Summit Mutual"), ("Berg, Ole", ""), ("Ortiz, Ana", "")]  # fmt: skip
    assert (lines[0].id, lines[0].provider, lines[0].place) == (first, "Lindqvist, Maja MD", "Harbor Street office")
    mine = desk.ask(patient_visits, PatientVisits(one.patient_id))
    assert [line.visit.service_date.day for line in mine] == [18, 18, 17]
    with vault.reader.begin() as conn:
        last = conn.execute(select(t.audit).order_by(t.audit.c.seq.desc())).first()
    assert (last.action, last.patient_id) == ("visit.patient", one.patient_id)


def test_a_batch_with_one_wrong_visit_writes_none_and_tells_all(desk):
    one, two = insured(desk), register(desk, "Berg", "Ole", birth_date=date(2026, 11, 10))
    provider, place = a_provider(desk), a_place(desk)
    ended = register(desk, "Old", "Policy", coverages=[a_coverage(a_payer(desk, "Cedar"), last_day=date(2026, 6, 30))])
    late = register(desk, "Late", "Ida", deceased_on=date(2026, 11, 10))
    wrong = (
        VisitDetails(one.patient_id, DAY, provider, place),
        VisitDetails(Id(5), DAY, provider, place),
        VisitDetails(two.patient_id, date(2026, 11, 9), Id(6), Id(7)),
        VisitDetails(two.patient_id, DAY, provider, place, coverage_id=one.coverage_ids[0]),
        VisitDetails(ended.patient_id, DAY, provider, place, coverage_id=ended.coverage_ids[0]),
        VisitDetails(one.patient_id, DAY, provider, place, one.coverage_ids[0], True, "4111-1111-1111-1111"),
        VisitDetails(one.patient_id, DAY, provider, place, note="a\x00b"),
        VisitDetails(late.patient_id, date(2026, 11, 10), provider, place),
        VisitDetails(late.patient_id, date(2026, 11, 11), provider, place),
    )
    with pytest.raises(Invalid) as refused:
        desk.run(add_visits, AddVisits(desk.new_id(), wrong))
    assert [p.field for p in refused.value.problems] == [
        "visit.2.patient_id", "visit.3.service_date", "visit.3.provider_id", "visit.3.place_id",
        "visit.4.coverage_id", "visit.5.coverage_id", "visit.6.coverage_id", "visit.9.service_date", "visit.6.note",
        "visit.7.note",
    ]  # fmt: skip
    assert desk.ask(day_visits, DayVisits(DAY)) == ()


def test_a_thousand_visits_come_in_one_command(desk):
    one, provider, place = register(desk), a_provider(desk), a_place(desk)
    some = tuple(VisitDetails(one.patient_id, DAY, provider, place) for _ in range(1_000))
    command = AddVisits(desk.new_id(), some)
    assert desk.run(add_visits, command) == desk.run(add_visits, command)
    assert len(desk.ask(day_visits, DayVisits(DAY))) == 1_000
