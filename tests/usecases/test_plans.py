"""Payment plans at the door: made once, followed, missed, ended; statements wait while one is kept (BILLING S13)."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from medbill_desktop.domain.patients import Flag
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.storage import plans
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.changing_patients import SetFlag, set_flag
from medbill_desktop.usecases.plans import (
    EndPlan,
    ListPlans,
    MakePlan,
    PlanAgreement,
    PlanTerms,
    PreviewPlan,
    SignPlan,
    end_plan,
    list_plans,
    make_plan,
    plan_agreement_pdf,
    preview_plan,
    sign_plan,
)
from medbill_desktop.usecases.statement_requests import SelectStatements
from medbill_desktop.usecases.statement_selection import select_statements
from tests.ledger_rows import a_patient, charge, furnish, pay


@pytest.fixture
def who(desk, vault):
    furnish(vault)
    made = a_patient(vault, insured=False)
    home = {"street": "14 Willow Lane", "city": "Rockport", "state": "ME", "zip": "04856"}
    with vault.writer.begin() as conn:
        conn.execute(update(t.guarantor).where(t.guarantor.c.id == made.guarantor_id).values(**home))
    charge(desk, made, "99213")
    return made


def terms(desk, who, cents=165_00, count=4, **more):
    return PlanTerms(who.guarantor_id, cents, count, desk.clock.today() + timedelta(days=7), **more)


def make(desk, who, **more):
    read = more.pop("warning_read", False)
    return desk.run(make_plan, MakePlan(desk.new_id(), terms(desk, who, **more), read))


def only(desk):
    [row] = desk.ask(list_plans, ListPlans())
    return row


def test_a_plan_shows_its_instalments_before_it_is_made(desk, who):
    seen = desk.ask(preview_plan, PreviewPlan(terms(desk, who)))
    assert [each.cents for each in seen.instalments] == [41_25] * 4
    assert (seen.problems, seen.warning, seen.owed_cents) == ((), "", 165_00)


def test_the_fifth_instalment_needs_the_rule_to_be_read(desk, who):
    seen = desk.ask(preview_plan, PreviewPlan(terms(desk, who, count=5)))
    assert "Regulation Z" in seen.warning
    assert "made 0 such plans" in seen.warning
    with pytest.raises(Invalid, match="Regulation Z"):
        make(desk, who, count=5)
    assert make(desk, who, count=5, warning_read=True).instalments == 5


def test_a_finance_charge_is_refused_even_when_the_rule_was_read(desk, who):
    with pytest.raises(Invalid, match="no finance charge"):
        make(desk, who, finance_cents=1, warning_read=True)


def test_no_plan_for_more_than_is_owed_and_one_at_a_time(desk, who):
    with pytest.raises(Invalid, match=r"Only 165.00 is owed"):
        make(desk, who, cents=165_01)
    make(desk, who)
    with pytest.raises(Invalid, match="runs already"):
        make(desk, who)


def test_nothing_is_agreed_with_the_bankrupt(desk, who):
    desk.run(set_flag, SetFlag(desk.new_id(), who.guarantor_id, Flag.BANKRUPT, desk.clock.today()))
    with pytest.raises(Invalid, match="bankrupt"):
        make(desk, who)


def test_payments_move_a_plan_on_and_a_missed_one_is_seen(desk, who):
    make(desk, who)
    desk.clock.move(days=8)
    pay(desk, who, 41_25)
    row = only(desk)
    assert (row.standing, row.paid_cents, row.left_cents, row.behind_cents) == ("current", 41_25, 123_75, 0)
    desk.clock.move(days=42)
    row = only(desk)
    assert (row.standing, row.behind_cents) == ("missed", 41_25)
    pay(desk, who, 123_75)
    assert only(desk).standing == "paid"


def test_a_copay_pays_its_visit_and_not_the_plan(desk, who, vault):
    made = make(desk, who)
    desk.clock.move(days=1)
    pay(desk, who, 165_00, allocation=())
    with vault.reader.begin() as conn:
        assert plans.get(conn, made.plan_id).facts.paid_cents == 165_00


def test_while_a_plan_is_current_its_guarantor_gets_no_statement(desk, who):
    assert [each.reason for each in desk.ask(select_statements, SelectStatements()).chosen] == [None]
    made = make(desk, who)
    [left] = desk.ask(select_statements, SelectStatements()).left_out
    assert left.reason == "plan current"
    desk.clock.move(days=18)
    assert desk.ask(select_statements, SelectStatements()).left_out == ()
    desk.run(end_plan, EndPlan(desk.new_id(), made.plan_id, "broken", "Not paid, not called"))
    assert len(desk.ask(select_statements, SelectStatements()).chosen) == 1


def test_a_plan_ends_once_and_paid_only_when_it_is(desk, who):
    made = make(desk, who)
    with pytest.raises(Refused, match="Not all of it"):
        desk.run(end_plan, EndPlan(desk.new_id(), made.plan_id, "paid"))
    with pytest.raises(Invalid, match="reason is needed"):
        desk.run(end_plan, EndPlan(desk.new_id(), made.plan_id, "broken"))
    desk.run(end_plan, EndPlan(desk.new_id(), made.plan_id, "replaced"))
    with pytest.raises(Refused, match="ended already"):
        desk.run(end_plan, EndPlan(desk.new_id(), made.plan_id, "replaced"))
    assert make(desk, who).number != made.number


def test_the_agreement_says_what_is_agreed_and_nothing_clinical(desk, who):
    made = make(desk, who)
    pdf = desk.ask(plan_agreement_pdf, PlanAgreement(made.plan_id))
    text = " ".join(PdfReader(BytesIO(pdf)).pages[0].extract_text().split())
    for words in ("Nora Whitfield will pay $165.00 in 4 instalments", "no finance charge", "41.25", made.number):
        assert words in text
    assert "99213" not in text
    assert "M17" not in text
    with pytest.raises(Invalid, match="signed on that day"):
        desk.run(sign_plan, SignPlan(desk.new_id(), made.plan_id, desk.clock.today() + timedelta(days=1)))
    desk.run(sign_plan, SignPlan(desk.new_id(), made.plan_id, desk.clock.today()))
    assert only(desk).signed_on == desk.clock.today()
