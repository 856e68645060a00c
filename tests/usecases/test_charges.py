from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from medbill_desktop.domain.charges import ServiceLine
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, OverLimit, Refused
from medbill_desktop.domain.scans import DocumentDetails, DocumentKind
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.charges import (
    CheckSuperbill,
    CorrectFee,
    EnterSuperbills,
    VoidCharge,
    check_superbill,
    correct_fee,
    enter_superbills,
    void_charge,
)
from medbill_desktop.usecases.documents import AddDocument, WithdrawDocument, add_document, withdraw_document
from medbill_desktop.usecases.payments import PaymentForm, payment_form
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, add_visits
from tests.ledger_rows import a_patient, a_superbill, charge, furnish, pay
from tests.scans import a_picture

TODAY = date(2026, 11, 18)
THIRTEEN = (
    "E11.311", "E11.319", "E11.3211", "E11.3212", "E11.3213", "E11.3219", "E11.3291", "E11.3292", "E11.3293", "I10",
    "E78.5", "R05.9", "N39.0",
)  # fmt: skip


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


def check(desk, bill):
    return {p.field: p.code for p in desk.ask(check_superbill, CheckSuperbill(bill)).problems}


def count(vault, table):
    with vault.reader.begin() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def sound(vault):
    with vault.reader.begin() as conn:
        found = journal.journal_check(conn)
    assert found.is_sound, found
    return found


def lines_of(vault, account="receivable"):
    with vault.reader.begin() as conn:
        wanted = select(t.journal_line.c.charge_id, t.journal_line.c.coverage_id, t.journal_line.c.cents)
        return [tuple(row) for row in conn.execute(wanted.where(t.journal_line.c.account == account))]


def test_a_right_superbill_has_a_price_and_a_party(desk, nora):
    judged = desk.ask(check_superbill, CheckSuperbill(a_superbill(nora, TODAY, "99214", "94010")))
    assert judged.problems == ()
    assert judged.total_cents == 240_00
    assert judged.policy.payer_name == "Summit PPO"
    assert judged.diagnoses == ("M1711",)
    assert [line.pointers for line in judged.lines] == [(0,), (0,)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"service_date": TODAY + timedelta(days=1)}, {"service_date": "future"}),
        ({"service_date": date(2025, 11, 17)}, {"service_date": "old"}),
        ({"patient_id": Id(5)}, {"patient": "patient"}),
        ({"provider_id": Id(5)}, {"provider": "provider"}),
        ({"place_id": Id(5)}, {"place": "place"}),
        ({"visit_id": Id(5)}, {"visit": "visit"}),
        ({"coverage_id": Id(5)}, {"coverage": "coverage"}),
        ({"diagnoses": ("M17.11", "m1711")}, {"diagnosis.2": "diagnosis-twice"}),
        ({"diagnoses": ("M17.11", "Z")}, {"diagnosis.2": "diagnosis"}),
        ({"diagnoses": ()}, {"line.1.pointers": "pointer"}),
        ({"diagnoses": THIRTEEN}, {"diagnosis.13": "diagnoses"}),
        ({"lines": ()}, {"line.1.code": "no-line"}),
        ({"lines": (ServiceLine("99999"),)}, {"line.1.code": "no-price"}),
        ({"lines": (ServiceLine(""),)}, {"line.1.code": "code"}),
        ({"lines": (ServiceLine("99213", "B"),)}, {"line.1.pointers": "pointer"}),
        ({"lines": (ServiceLine("99213", "AA"),)}, {"line.1.pointers": "pointer"}),
        ({"lines": (ServiceLine("99213", ""),)}, {"line.1.pointers": "pointer"}),
        ({"lines": (ServiceLine("99213", units=0),)}, {"line.1.units": "units"}),
        ({"lines": (ServiceLine("99213", modifiers=("2",)),)}, {"line.1.modifiers": "modifier"}),
        ({"lines": (ServiceLine("99213", modifiers=("25", "25")),)}, {"line.1.modifiers": "modifier-twice"}),
        ({"lines": (ServiceLine("99213", modifiers=tuple("ABCDE2"[i : i + 2] for i in range(5))),)},
         {"line.1.modifiers": "modifiers"}),
        ({"lines": (ServiceLine("99213", fee_cents=-1),)}, {"line.1.fee": "fee"}),
        ({"lines": (ServiceLine("99213", fee_cents=0),)}, {"line.1.fee": "free"}),
    ],
)  # fmt: skip
def test_a_problem_stands_at_its_field(desk, nora, change, problem):
    assert check(desk, replace(a_superbill(nora, TODAY), **change)) == problem


def test_a_service_lies_within_the_patients_life(desk, vault, nora):
    born = a_patient(vault, 2, birth=date(2026, 11, 2))
    assert check(desk, a_superbill(born, date(2026, 11, 1))) == {"service_date": "unborn"}
    assert check(desk, a_superbill(born, date(2026, 11, 2))) == {}
    with vault.writer.begin() as conn:
        conn.execute(t.patient.update().where(t.patient.c.id == born.patient_id).values(deceased_on=date(2026, 11, 9)))
    assert check(desk, a_superbill(born, date(2026, 11, 9))) == {}
    assert check(desk, a_superbill(born, date(2026, 11, 10))) == {"service_date": "deceased"}


def test_a_code_without_a_price_on_that_day_is_refused_never_zero(desk, vault, nora):
    early = a_superbill(nora, date(2019, 12, 31))
    assert check(desk, early) == {"line.1.code": "no-price", "service_date": "old"}
    with pytest.raises(Invalid, match="no price"):
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (early,)))
    assert count(vault, t.charge) == 0


def test_a_charge_is_owed_by_the_first_active_coverage(desk, vault, nora):
    ids = charge(desk, nora, "99214", "94010")
    assert lines_of(vault) == [(ids[0], nora.coverage_id, 180_00), (ids[1], nora.coverage_id, 60_00)]
    assert sum(cents for *_, cents in lines_of(vault, "revenue")) == -240_00
    sound(vault)


@pytest.mark.parametrize("more", [{"self_pay": True}, {"day": date(2024, 12, 31)}])
def test_without_a_plan_for_that_day_the_guarantor_owes(desk, vault, nora, more):
    [only] = charge(desk, nora, **more)
    assert lines_of(vault) == [(only, None, 165_00)]


def test_a_non_claim_item_never_goes_to_a_plan(desk, vault, nora):
    visit, missed = charge(desk, nora, "99213", "NOSHOW")
    assert lines_of(vault) == [(visit, nora.coverage_id, 165_00), (missed, None, 40_00)]


def test_the_last_day_of_a_coverage_counts_and_the_next_does_not(desk, vault):
    furnish(vault)
    who = a_patient(vault, last_day=date(2026, 10, 31))
    [on_it] = charge(desk, who, day=date(2026, 10, 31))
    [after] = charge(desk, who, day=date(2026, 11, 1))
    assert lines_of(vault) == [(on_it, who.coverage_id, 165_00), (after, None, 165_00)]
    bill = a_superbill(who, date(2026, 11, 4), coverage_id=who.coverage_id)
    [problem] = desk.ask(check_superbill, CheckSuperbill(bill)).problems
    assert problem.text == "Policy ended Oct 31, 2026; service is Nov 4, 2026."


def test_modifiers_and_pointers_keep_their_order_and_a_line_number_is_never_used_again(desk, vault, nora):
    """BILLING C1, C5, C10."""
    line = ServiceLine("99213", "CAB", modifiers=("59", "25"))
    bill = replace(a_superbill(nora, TODAY), diagnoses=("M17.11", "E11.9", "I10"), lines=(line,))
    [only] = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,))).charge_ids
    desk.run(void_charge, VoidCharge(desk.new_id(), only, "wrong code"))
    charge(desk, nora)
    with vault.reader.begin() as conn:
        codes = dict(conn.execute(select(t.diagnosis.c.id, t.diagnosis.c.code)).all())
        rows = conn.execute(select(t.charge).order_by(t.charge.c.id)).all()
    assert rows[0].modifiers == "59 25"
    assert [codes[int(each)] for each in rows[0].pointers.split()] == ["I10", "M1711", "E119"]
    assert [each.control_number for each in rows] == ["1-1", "1-2"]


def test_a_batch_is_posted_whole_or_not_at_all(desk, vault, nora):
    good, bad = a_superbill(nora, TODAY), a_superbill(nora, TODAY, "99999")
    with pytest.raises(Invalid) as caught:
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (good, bad)))
    assert [p.field for p in caught.value.problems] == ["superbill.2.line.1.code"]
    assert (count(vault, t.visit), count(vault, t.posting)) == (0, 0)


def test_a_batch_closes_only_on_the_paper_totals(desk, vault, nora):
    two = (a_superbill(nora, TODAY), a_superbill(nora, TODAY, "36415"))
    with pytest.raises(Invalid) as caught:
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), two, 3, 200_00))
    assert {p.field for p in caught.value.problems} == {"control_count", "control_cents"}
    done = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), two, 2, 177_00))
    assert (len(done.visit_ids), len(done.charge_ids), done.cents) == (2, 2, 177_00)


def test_a_thousand_visits_are_one_command(desk, vault, nora):
    many = tuple(a_superbill(nora, TODAY, "99213", "36415") for _ in range(1000))
    command = EnterSuperbills(desk.new_id(), many)
    done = desk.run(enter_superbills, command)
    assert desk.run(enter_superbills, command) == done
    assert (count(vault, t.visit), count(vault, t.charge), count(vault, t.posting)) == (1000, 2000, 2000)
    with vault.reader.begin() as conn:
        numbers = set(conn.execute(select(t.charge.c.control_number)).scalars())
    assert numbers == {f"1-{n}" for n in range(1, 2001)}
    sound(vault)


def test_a_kept_visit_is_charged_once(desk, vault, nora):
    done = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (a_superbill(nora, TODAY),)))
    again = a_superbill(nora, TODAY, visit_id=done.visit_ids[0])
    assert check(desk, again) == {"visit": "visit", "line.1.code": "charged-twice"}
    other = a_superbill(nora, TODAY, "36415")
    assert check(desk, other) == {"service_date": "visit-twice"}
    assert check(desk, replace(other, service_date=TODAY - timedelta(days=1))) == {}
    desk.run(void_charge, VoidCharge(desk.new_id(), done.charge_ids[0], "wrong doctor"))
    assert check(desk, again) == check(desk, other) == {}
    desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (again,)))
    assert (count(vault, t.visit), count(vault, t.charge)) == (1, 2)
    twice = EnterSuperbills(desk.new_id(), (again, again))
    with pytest.raises(Invalid, match="twice"):
        desk.run(enter_superbills, twice)


def test_back_dating_and_discounts_have_limits(desk_as, vault, nora):
    biller = desk_as(Role.BILLER)
    old = a_superbill(nora, TODAY - timedelta(days=10))

    def post(days, bill=old):
        return EnterSuperbills(biller.new_id(), (bill,), posted_on=TODAY - timedelta(days=days))

    biller.run(enter_superbills, post(3))
    with pytest.raises(OverLimit, match="practice manager or owner"):
        biller.run(enter_superbills, post(4))
    manager = desk_as(Role.MANAGER, number=3)
    last_month = EnterSuperbills(manager.new_id(), (old,), posted_on=TODAY.replace(day=1) - timedelta(days=1))
    with pytest.raises(OverLimit, match="yours is 17 days"):
        manager.run(enter_superbills, last_month)
    cheap = replace(old, lines=(ServiceLine("20610", fee_cents=135_00),))
    biller.run(enter_superbills, post(0, cheap))
    cheaper = replace(old, lines=(ServiceLine("20610", fee_cents=134_99),))
    with pytest.raises(OverLimit, match="discount: 11 %"):
        biller.run(enter_superbills, post(0, cheaper))
    with pytest.raises(Invalid, match="future"):
        biller.run(enter_superbills, post(-1))
    with pytest.raises(Invalid, match="before that day"):
        biller.run(enter_superbills, post(1, a_superbill(nora, TODAY)))


def test_a_discount_is_measured_from_the_price_list_however_many_steps(desk, desk_as, nora):
    biller = desk_as(Role.BILLER)
    [only] = charge(biller, nora, "20610", self_pay=True)

    def correct(cents):
        return biller.run(correct_fee, CorrectFee(biller.new_id(), only, cents, "agreed"))

    correct(140_00)
    with pytest.raises(OverLimit, match="discount: 11 %"):
        correct(134_99)
    correct(135_00)
    desk.run(correct_fee, CorrectFee(desk.new_id(), only, 900_00, "slip of the keys"))
    correct(150_00)


def test_a_kept_visit_is_where_and_when_the_paper_says(desk, vault, nora):
    with vault.writer.begin() as conn:
        conn.execute(t.visit.insert().values(id=77, patient_id=nora.patient_id, service_date=TODAY, provider_id=11,
                                             place_id=12, status="open", created_at=desk.clock.now()))  # fmt: skip
    charge(desk, nora, day=TODAY - timedelta(days=1), visit_id=Id(77))
    with vault.reader.begin() as conn:
        row = conn.execute(select(t.visit).where(t.visit.c.id == 77)).one()
    assert (row.service_date, row.status) == (TODAY - timedelta(days=1), "charged")


def test_a_void_gives_payments_back_to_credit(desk, vault, nora):
    [only] = charge(desk, nora, self_pay=True)
    pay(desk, nora, 100_00)
    done = desk.run(void_charge, VoidCharge(desk.new_id(), only, "entered for the wrong patient"))
    assert done.back_to_credit_cents == 100_00
    form = desk.ask(payment_form, PaymentForm(nora.guarantor_id))
    assert (form.owed_cents, form.credit_cents) == (0, 100_00)
    with pytest.raises(Refused, match="void already"):
        desk.run(void_charge, VoidCharge(desk.new_id(), only, "again"))
    sound(vault)


def test_a_void_wants_a_reason_without_a_card_number(desk, nora):
    [only] = charge(desk, nora)
    for reason in ("  ", "card 4111 1111 1111 1111"):
        with pytest.raises(Invalid):
            desk.run(void_charge, VoidCharge(desk.new_id(), only, reason))


def test_a_biller_voids_their_own_of_today_only(desk, desk_as, clock, nora):
    biller = desk_as(Role.BILLER)
    [theirs], [own], [old] = charge(desk, nora), charge(biller, nora), charge(biller, nora)
    biller.run(void_charge, VoidCharge(biller.new_id(), own, "twice"))
    with pytest.raises(OverLimit):
        biller.run(void_charge, VoidCharge(biller.new_id(), theirs, "twice"))
    clock.move(days=1)
    with pytest.raises(OverLimit):
        biller.run(void_charge, VoidCharge(biller.new_id(), old, "twice"))
    desk.run(void_charge, VoidCharge(desk.new_id(), old, "twice"))


@pytest.mark.parametrize(("fee", "back"), [(120_00, 30_00), (200_00, 0), (0, 150_00)])
def test_a_corrected_fee_keeps_what_was_paid_as_far_as_it_reaches(desk, vault, nora, fee, back):
    [only] = charge(desk, nora, "20610", self_pay=True)
    pay(desk, nora, 150_00)
    done = desk.run(correct_fee, CorrectFee(desk.new_id(), only, fee, "wrong fee"))
    assert (done.amount_cents, done.back_to_credit_cents) == (fee, back)
    form = desk.ask(payment_form, PaymentForm(nora.guarantor_id))
    assert (form.owed_cents, form.credit_cents) == (max(0, fee - 150_00), back)
    sound(vault)


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        (date(2026, 11, 10), date(2026, 11, 14), {}),
        (date(2026, 11, 10), date(2026, 11, 10), {}),
        (date(2026, 11, 10), date(2026, 11, 9), {"line.1.last_day": "dates"}),
        (TODAY, date(2026, 11, 19), {"line.1.last_day": "future"}),
        (date(2025, 12, 30), date(2026, 1, 2), {"line.1.last_day": "years"}),
    ],
)
def test_a_service_that_goes_on_ends_after_it_began_and_in_the_same_year(desk, vault, nora, first, last, problem):
    """BILLING C1."""
    bill = replace(a_superbill(nora, first), lines=(ServiceLine("99213", last_day=last),))
    assert check(desk, bill) == problem
    if not problem:
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,)))
        with vault.reader.begin() as conn:
            assert conn.execute(select(t.charge.c.service_to)).scalar_one() == (None if last == first else last)


def test_a_service_does_not_go_on_after_death(desk, vault, nora):
    with vault.writer.begin() as conn:
        conn.execute(t.patient.update().where(t.patient.c.id == nora.patient_id).values(deceased_on=date(2026, 11, 9)))
    bill = replace(a_superbill(nora, date(2026, 11, 8)), lines=(ServiceLine("99213", last_day=date(2026, 11, 10)),))
    assert check(desk, bill) == {"line.1.last_day": "deceased"}


def an_abn(desk, folder, who, day, visit_id=None):
    path = folder / f"{day}.png"
    path.write_bytes(a_picture(size=(640, day.toordinal() % 400 + 100)))
    details = DocumentDetails(DocumentKind.ABN, day, visit_id=visit_id)
    return desk.run(add_document, AddDocument(desk.new_id(), who.patient_id, str(path), details)).document_id


def said_of_the_abn(desk, bill):
    return [each.text for each in desk.ask(check_superbill, CheckSuperbill(bill)).problems if each.code == "abn"]


def test_ga_needs_the_signed_notice_and_says_whether_one_is_on_file(desk, nora, tmp_path):
    """BILLING C11, E54."""

    def bill(modifier, day=TODAY):
        return replace(a_superbill(nora, day), lines=(ServiceLine("99213", modifiers=(modifier,)),))

    assert said_of_the_abn(desk, bill("GA")) == ["GA needs the signed ABN; none is on file for Nov 18, 2026."]
    assert "no ABN was signed" in said_of_the_abn(desk, bill("GZ"))[0]
    made = an_abn(desk, tmp_path, nora, date(2026, 11, 2))
    assert said_of_the_abn(desk, bill("GA")) == said_of_the_abn(desk, bill("GX")) == []
    assert said_of_the_abn(desk, bill("GZ")) == ["GZ says that no ABN was signed; one of Nov 2, 2026 is on file."]
    assert said_of_the_abn(desk, bill("GA", date(2026, 11, 1))) != [], "it was signed after the service"
    desk.run(withdraw_document, WithdrawDocument(desk.new_id(), made, "of another patient"))
    assert said_of_the_abn(desk, bill("GA")) != []


def test_a_notice_of_another_visit_or_of_long_ago_covers_nothing(desk, nora, tmp_path):
    bill = replace(a_superbill(nora, TODAY), lines=(ServiceLine("99213", modifiers=("GA",)),))
    an_abn(desk, tmp_path, nora, TODAY - timedelta(days=366))
    visit = VisitDetails(nora.patient_id, TODAY, bill.provider_id, bill.place_id)
    one, other = desk.run(add_visits, AddVisits(desk.new_id(), (visit, visit)))
    an_abn(desk, tmp_path, nora, TODAY, visit_id=other)
    assert said_of_the_abn(desk, replace(bill, visit_id=one)) != []
    assert said_of_the_abn(desk, replace(bill, visit_id=other)) == []
