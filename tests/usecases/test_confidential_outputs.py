"""The address that a patient asked for wins on every paper, and no paper tells one of the other (R11, H35)."""

from dataclasses import asdict
from datetime import date
from io import BytesIO
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import insert, update

from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.statements import Mailbox
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.collections import AgencyFile, agency_file
from medbill_desktop.usecases.payments import ReceiptOf, receipt_of
from medbill_desktop.usecases.plans import MakePlan, PlanAgreement, PlanTerms, make_plan, plan_agreement_pdf
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.statement_why import WhyPage, why_page
from medbill_desktop.usecases.statements import PreviewStatement, preview_statement
from tests.ledger_rows import a_patient, charge, furnish, pay

DAY = date(2026, 11, 18)
NUMBERS = count(1)


@pytest.fixture
def office(vault):
    furnish(vault)


def a_family(vault, apart):
    """Three patients of one guarantor, each with a street of their own; `apart` asked for another one."""
    number = next(NUMBERS) * 10
    first = a_patient(vault, number, insured=False, first=f"Anna{number}x", last="Moss")
    others = [
        a_patient(vault, number + at, insured=False, first=f"Kid{number + at}x", last="Moss",
                  guarantor_id=first.guarantor_id)
        for at in (1, 2)
    ]  # fmt: skip
    folk = [first, *others]
    with vault.writer.begin() as conn:
        home = {"street": f"{number} Home Road", "city": "Rockport", "state": "ME", "zip": "04856"}
        conn.execute(update(t.guarantor).where(t.guarantor.c.id == first.guarantor_id).values(home))
        for each in others:
            conn.execute(update(t.patient).where(t.patient.c.id == each.patient_id).values(relationship="child"))
        for at in apart:
            conn.execute(
                insert(t.contact).values(
                    id=9_000_000 + number + at, patient_id=folk[at].patient_id, kind="confidential", name="",
                    relationship="", phone=f"20755500{at}1", street=f"{number + at} Quiet Lane", street2="",
                    city="Camden", state="ME", zip="04843", permission="", allowed=True, first_day=DAY,
                )
            )  # fmt: skip
    names = [f"Anna{number}x", f"Kid{number + 1}x", f"Kid{number + 2}x"]
    return number, folk, names


def words_of(pdf):
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(apart=st.sets(st.integers(0, 2)), payer=st.none() | st.integers(0, 2), cents=st.integers(200_00, 480_00))
def test_no_paper_tells_one_mailbox_of_another(desk, vault, office, apart, payer, cents):
    number, folk, names = a_family(vault, apart)
    for each in folk:
        charge(desk, each, "99213")
    taken = pay(desk, folk[0], cents, patient_id=None if payer is None else folk[payer].patient_id)
    hidden = {at for at in apart if at != 0}
    _check_receipt(desk, taken, names, hidden, payer)
    _check_statements(desk, folk, names, number, apart, hidden)


def _check_receipt(desk, taken, names, hidden, payer):
    receipt = desk.ask(receipt_of, ReceiptOf(taken.payment_id))
    paper = words_of(desk.ask(receipt_pdf, ReceiptPdf(taken.payment_id)))
    said = str([_plain(line) for line in receipt.lines]) + paper.replace(receipt.from_name, "")
    for at, name in enumerate(names):
        if at in hidden and at != payer:
            assert name not in said
        if payer in hidden and at != payer and at:
            assert name not in said
    assert sum(line.cents for line in receipt.lines) + receipt.credit_cents == receipt.cents
    assert "Quiet Lane" not in paper


def _check_statements(desk, folk, names, number, apart, hidden):
    payer = folk[0].guarantor_id
    for box in (Mailbox(payer), *(Mailbox(payer, folk[at].patient_id) for at in sorted(hidden))):
        try:
            shown = desk.ask(preview_statement, PreviewStatement(box))
        except Refused:
            continue  # all of it is paid: there is no such paper
        said = str(shown.window_lines) + ("" if shown.content is None else _plain(shown.content))
        own = next((at for at in hidden if folk[at].patient_id == box.patient_id), None)
        street = f"{number + own} Quiet Lane" if own is not None else f"{number} " + (
            "Quiet Lane" if 0 in apart else "Home Road"
        )  # fmt: skip
        assert street.upper() in said.upper()
        for at, name in enumerate(names):
            theirs = at == own if own is not None else at not in hidden
            if not theirs and not (own is not None and at == 0):
                assert name.upper() not in said.upper()
        if own is not None:
            assert "HOME ROAD" not in said.upper()
            assert names[0].upper() not in said.upper()


def _plain(content):
    """Return all that a statement shows, as text."""
    return str(asdict(content))  # a repr hides what is confidential


def test_the_agency_and_the_agreement_know_no_other_address_than_the_one_asked_for(desk, vault, office):
    number, folk, _ = a_family(vault, {0})
    [charge_id] = charge(desk, folk[0], "99213")
    with vault.writer.begin() as conn:
        conn.execute(
            insert(t.collection_case).values(
                id=77, number="1-77", guarantor_id=folk[0].guarantor_id, cents=165_00, state="sent", special=False,
                reviewed_by=1, reviewed_on=DAY, sent_at=desk.clock.now(), words="",
            )
        )  # fmt: skip
        conn.execute(insert(t.collection_charge).values(case_id=77, charge_id=charge_id, cents=165_00))
    file = desk.ask(agency_file, AgencyFile((77,))).decode()
    assert f"{number} Quiet Lane" in file
    assert "2075550001" in file.replace("(", "").replace(") ", "").replace("-", "")
    assert "Home Road" not in file
    made = desk.run(make_plan, MakePlan(desk.new_id(), PlanTerms(folk[0].guarantor_id, 165_00, 3, date(2026, 12, 1))))
    assert "Home Road" not in words_of(desk.ask(plan_agreement_pdf, PlanAgreement(made.plan_id)))


def test_a_receipt_for_who_pays_sums_up_what_is_billed_apart(desk, vault, office):
    _, folk, names = a_family(vault, {1})
    for each in folk:
        charge(desk, each, "99213")
    lines = desk.ask(receipt_of, ReceiptOf(pay(desk, folk[0], 495_00).payment_id)).lines
    assert [(line.generic_words, line.cents) for line in lines if not line.patient_words] == [
        ("Billed separately", 165_00)
    ]
    said = str([_plain(line) for line in lines])
    assert names[1] not in said
    assert names[2] in said


def test_why_everything_is_owed_tells_who_pays_of_nobody_apart(desk, vault, office):
    _, folk, names = a_family(vault, {2})
    for each in folk:
        charge(desk, each, "99213")
    said = words_of(desk.ask(why_page, WhyPage(guarantor_id=folk[0].guarantor_id)))
    assert names[1] in said
    assert names[2] not in said
    assert "Billed separately" in said
