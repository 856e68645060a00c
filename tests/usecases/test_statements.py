import json
import random
import re
from datetime import date, timedelta
from io import BytesIO

import pypdfium2
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from medbill_desktop.domain.charges import ServiceLine, Superbill
from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.patients import ContactDetails, GuarantorDetails
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.statements import Mailbox
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.adjustments import TransferResponsibility, transfer_responsibility
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.patients import (
    NewPatient,
    RegisterPatients,
    SaveContact,
    SetFlag,
    register_patients,
    save_contact,
    set_flag,
)
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, take_payment
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.statement_pages import PreviewPage, preview_page
from medbill_desktop.usecases.statements import (
    ConfirmMailed,
    GuarantorStatements,
    ListRuns,
    PreviewStatement,
    RefreshRun,
    RunPdf,
    RunStatements,
    SelectStatements,
    SetStatementRules,
    Stale,
    StatementPdf,
    StatementRulesNow,
    WithdrawRun,
    confirm_mailed,
    guarantor_statements,
    list_runs,
    preview_statement,
    refresh_run,
    run_statements,
    select_statements,
    set_statement_rules,
    statement_pdf,
    statement_rules,
    statement_run_pdf,
    withdraw_run,
)
from medbill_desktop.usecases.watch import Cancelled
from tests.documents.contents import Steps
from tests.people import a_coverage, a_fee, a_payer, a_place, a_provider, fees, insured, patient_details, register


class Office:
    """A small practice with catalogs, and verbs short enough for a test to read."""

    def __init__(self, desk, clock):
        self.desk, self.clock = desk, clock
        fees(desk)
        self.provider, self.place = a_provider(desk), a_place(desk)

    def bill(self, who, *codes, day=date(2026, 11, 2), **more):
        lines = tuple(ServiceLine(code) for code in codes or ("99213",))
        bill = Superbill(who.patient_id, day, self.provider, self.place, ("M1711",), lines, **more)
        return self.desk.run(enter_superbills, EnterSuperbills(self.desk.new_id(), (bill,))).charge_ids

    def pay(self, who, cents, **more):
        payment = PatientPayment(who.guarantor_id, cents, "cash", **more)
        return self.desk.run(take_payment, TakePayment(self.desk.new_id(), payment))

    def select(self):
        return self.desk.ask(select_statements, SelectStatements())

    def run(self, only=None):
        return self.desk.run(run_statements, RunStatements(self.desk.new_id(), only))

    def mailed(self, made, **more):
        command = ConfirmMailed(self.desk.new_id(), made.run_id, self.clock.today(), **more)
        return self.desk.run(confirm_mailed, command)

    def pdf(self, made):
        return self.desk.ask(statement_run_pdf, RunPdf(made.run_id))

    def refresh(self, made):
        return self.desk.run(refresh_run, RefreshRun(self.desk.new_id(), made.run_id))


@pytest.fixture
def office(desk, clock):
    return Office(desk, clock)


def text_of(data):
    document = pypdfium2.PdfDocument(data)
    out = []
    for page in document:
        words = page.get_textpage()
        out.append(words.get_text_range())
        words.close()
        page.close()
    document.close()
    return out


def actions(vault, action):
    with vault.reader.begin() as conn:
        return list(conn.execute(select(t.audit).where(t.audit.c.action == action)).mappings())


def test_from_a_charge_to_a_mailed_statement(office, vault, clock):
    ana = register(office.desk)
    office.bill(ana, "99213", "85025")
    office.pay(ana, 32_00)
    chosen = office.select()
    (row,) = chosen.chosen
    assert (row.name, row.total_cents, row.step, row.reason) == ("Ortiz, Ana", 145_00, Step.CURRENT, None)
    assert chosen.left_out == ()
    made = office.run()
    assert (made.statements, made.total_cents, made.left_out) == (1, 145_00, 0)
    (page,) = text_of(office.pdf(made))
    assert "Ana Ortiz" in page
    assert "14 Willow Lane" in page
    assert "$145.00" in page
    assert office.mailed(made).mailed == 1
    (row,) = office.select().left_out
    assert (row.reason, row.why) == (Reason.WITHIN_CYCLE, "Mailed 11/18/2026; next on 12/16/2026")
    clock.move(days=28)
    (row,) = office.select().chosen
    assert (row.step, row.last_mailed_on) == (Step.REMINDER, date(2026, 11, 18))
    (kept,) = office.desk.ask(guarantor_statements, GuarantorStatements(ana.guarantor_id))
    assert (kept.number, kept.total_cents, kept.mailed_on) == ("1-1", 145_00, date(2026, 11, 18))


def test_a_pending_charge_is_a_note_and_moves_by_hand(office):
    ana = insured(office.desk)
    (charge,) = office.bill(ana)
    (row,) = office.select().left_out
    assert (row.reason, row.why) == (Reason.PENDING, "Summit Mutual still has 1 charge")
    command = TransferResponsibility(office.desk.new_id(), charge, ana.coverage_ids[0], None, "patient_choice", 45_00)
    office.desk.run(transfer_responsibility, command)
    (row,) = office.select().chosen
    assert row.total_cents == 45_00
    (page,) = text_of(office.pdf(office.run()))
    assert "100.00 of it is still with insurance" in page


def test_a_payment_between_selection_and_print_rebuilds(office, clock):
    ana, ben = register(office.desk), register(office.desk, "Brandt", "Ben", birth_date=date(1970, 1, 2))
    office.bill(ana, "99213", "85025")
    office.bill(ben)
    made = office.run()
    first = office.pdf(made)
    clock.move(minutes=5)
    office.pay(ana, 100_00)
    office.pay(ben, 145_00)
    with pytest.raises(Stale, match="2 statements have changed"):
        office.pdf(made)
    with pytest.raises(Stale):
        office.desk.ask(statement_pdf, StatementPdf(office.desk.ask(guarantor_statements,
                        GuarantorStatements(ana.guarantor_id))[0].statement_id))  # fmt: skip
    assert office.desk.ask(list_runs, ListRuns())[0].changed_since == 2
    done = office.refresh(made)
    assert (done.rebuilt, done.withdrawn) == (1, 1)
    (page,) = text_of(office.pdf(made))
    assert "$77.00" in page
    assert "Ben" not in page
    assert office.pdf(made) != first
    run = office.desk.ask(list_runs, ListRuns())[0]
    assert (run.statements, run.total_cents, run.withdrawn, run.changed_since) == (1, 77_00, 1, 0)
    assert (office.refresh(made).rebuilt, office.mailed(made).mailed) == (0, 1)


def test_a_new_confidential_address_rebuilds_too(office):
    ana = register(office.desk)
    office.bill(ana)
    made = office.run()
    apart = ContactDetails("confidential", date(2026, 1, 1), street="9 Quiet Court", city="Camden", state="ME",
                           zip="04843")  # fmt: skip
    office.desk.run(save_contact, SaveContact(office.desk.new_id(), ana.patient_id, apart))
    with pytest.raises(Stale):
        office.pdf(made)
    office.refresh(made)
    (page,) = text_of(office.pdf(made))
    assert "9 Quiet Court" in page
    assert "Willow" not in page


def test_a_confidential_address_wins_and_gets_its_own_envelope(office):
    adult = GuarantorDetails("Ortiz", "Ana", street="14 Willow Lane", city="Rockport", state="ME", zip="04856")
    apart = ContactDetails("confidential", date(2026, 1, 1), street="9 Quiet Court", city="Camden", state="ME",
                           zip="04843", name="M. O.")  # fmt: skip
    tom = register(office.desk, "Ortiz", "Tom", guarantor=adult, relationship="child", birth_date=date(2010, 5, 6))
    mia = register(office.desk, "Ortiz", "Mia", guarantor_id=tom.guarantor_id, relationship="child",
                   contacts=[apart], birth_date=date(2009, 5, 6))  # fmt: skip
    office.bill(tom)
    office.bill(mia, "93000")
    boxes = {row.mailbox: row for row in office.select().chosen}
    assert set(boxes) == {Mailbox(tom.guarantor_id), Mailbox(tom.guarantor_id, mia.patient_id)}
    pages = text_of(office.pdf(office.run()))
    home = next(page for page in pages if "Willow" in page)
    there = next(page for page in pages if "Quiet" in page)
    assert "Tom O." in home
    assert "Mia" not in home
    assert "78.00" not in home
    assert "Mia O." in there
    assert "M. O." in there
    assert "Ana" not in there
    assert "Tom" not in there


def test_a_patient_who_changed_guarantor_is_still_billed_to_the_one_who_owes(office, vault):
    tom = register(office.desk, "Ortiz", "Tom")
    other = register(office.desk, "Brandt", "Ben", birth_date=date(1970, 1, 2))
    office.bill(tom)
    with vault.writer.begin() as conn:
        conn.execute(t.patient.update().where(t.patient.c.id == tom.patient_id).values(
            guarantor_id=other.guarantor_id, relationship="child"))  # fmt: skip
    (row,) = office.select().chosen
    assert row.mailbox.guarantor_id == tom.guarantor_id
    shown = office.desk.ask(preview_statement, PreviewStatement(row.mailbox))
    assert [block.owes_cents for block in shown.content.patients] == [145_00]


def test_flags_keep_paper_back_until_they_go(office):
    ana = register(office.desk)
    office.bill(ana)
    office.desk.run(set_flag, SetFlag(office.desk.new_id(), ana.guarantor_id, "dispute", date(2026, 11, 9)))
    assert office.select().left_out[0].why == "Disputed since 11/09/2026"
    made = office.run()
    assert (made.run_id, made.statements, made.left_out) == (None, 0, 1)
    office.desk.run(set_flag, SetFlag(office.desk.new_id(), ana.guarantor_id, "dispute", None))
    assert office.run().statements == 1


def test_a_right_to_left_name_goes_out_under_its_latin_one(office):
    sara = register(office.desk, "כהן", "שרה", mailing_name="Sara Cohen")
    office.bill(sara)
    (page,) = text_of(office.pdf(office.run()))
    assert "Sara Cohen" in page
    assert "Sara C." in page


def test_the_preview_shows_the_window_and_is_audited(office, vault):
    ana = register(office.desk)
    office.bill(ana)
    shown = office.desk.ask(preview_statement, PreviewStatement(Mailbox(ana.guarantor_id)))
    assert shown.window_lines == ("Ana Ortiz", "14 Willow Lane", "Rockport, ME 04856")
    assert shown.content.total_cents == shown.row.total_cents == 145_00
    assert shown.envelope_words == "#10, folded in thirds"
    (row,) = actions(vault, "statement.preview")
    assert (row["subject_id"], row["patient_id"], row["outcome"]) == (ana.guarantor_id, ana.patient_id, "done")
    with pytest.raises(Refused, match="Nothing is open"):
        office.desk.ask(preview_statement, PreviewStatement(Mailbox(12345)))


def test_who_wants_no_mail_never_shows_the_guarantors_address(office):
    parent = register(office.desk)
    child = register(office.desk, "Ortiz", "Leo", birth_date=date(2010, 5, 1), guarantor_id=parent.guarantor_id,
                     relationship="child")  # fmt: skip
    office.bill(child)
    phone = ContactDetails("confidential", date(2026, 11, 1), phone="2075550199")
    office.desk.run(save_contact, SaveContact(office.desk.new_id(), child.patient_id, phone))
    box = Mailbox(parent.guarantor_id, child.patient_id)
    assert office.desk.ask(preview_statement, PreviewStatement(box)).window_lines == ()
    (page,) = text_of(office.desk.ask(preview_page, PreviewPage(box)))
    assert "Leo O." in page
    assert "Willow" not in page


def test_a_run_can_be_taken_back_and_made_anew(office):
    ana = register(office.desk)
    office.bill(ana)
    made = office.run()
    assert office.select().left_out[0].reason is Reason.NOT_MAILED
    assert office.desk.run(withdraw_run, WithdrawRun(office.desk.new_id(), made.run_id)) == 1
    with pytest.raises(Refused):
        office.pdf(made)
    again = office.run()
    assert again.statements == 1
    office.mailed(again)
    with pytest.raises(Refused, match="was mailed"):
        office.desk.run(withdraw_run, WithdrawRun(office.desk.new_id(), again.run_id))


def test_a_statement_that_never_went_out_is_replaced_after_a_cycle(office, clock):
    ana = register(office.desk)
    office.bill(ana)
    old = office.run()
    clock.move(days=28)
    new = office.run()
    assert new.statements == 1
    with pytest.raises(Refused, match="no statements"):
        office.pdf(old)
    assert office.desk.ask(guarantor_statements, GuarantorStatements(ana.guarantor_id))[0].step is Step.CURRENT


def test_what_was_kept_back_is_not_mailed_and_dates_must_make_sense(office):
    ana, ben = register(office.desk), register(office.desk, "Brandt", "Ben", birth_date=date(1970, 1, 2))
    office.bill(ana)
    office.bill(ben)
    made = office.run()
    (kept,) = office.desk.ask(guarantor_statements, GuarantorStatements(ben.guarantor_id))
    for day in (office.clock.today() + timedelta(days=1), office.clock.today() - timedelta(days=1)):
        with pytest.raises(Refused, match="day of mailing"):
            office.desk.run(confirm_mailed, ConfirmMailed(office.desk.new_id(), made.run_id, day))
    done = office.mailed(made, kept_back=(kept.statement_id,))
    assert (done.mailed, done.kept_back) == (1, 1)
    assert {row.reason for row in office.select().left_out} == {Reason.WITHIN_CYCLE, Reason.NOT_MAILED}


def test_a_mailed_statement_is_reprinted_as_it_was(office, vault):
    ana = register(office.desk)
    office.bill(ana)
    made = office.run()
    before = office.pdf(made)
    office.mailed(made)
    office.pay(ana, 145_00)
    assert office.pdf(made) == before
    (kept,) = office.desk.ask(guarantor_statements, GuarantorStatements(ana.guarantor_id))
    assert office.desk.ask(statement_pdf, StatementPdf(kept.statement_id)) == before
    assert json.loads(actions(vault, "statement.print")[-1]["detail"])["statements"] == 1


def test_done_twice_is_done_once(office):
    ana = register(office.desk)
    office.bill(ana)
    command = RunStatements(office.desk.new_id())
    assert office.desk.run(run_statements, command) == office.desk.run(run_statements, command)
    assert len(office.desk.ask(list_runs, ListRuns())) == 1


def test_only_those_chosen_get_one(office):
    ana, ben = register(office.desk), register(office.desk, "Brandt", "Ben", birth_date=date(1970, 1, 2))
    office.bill(ana)
    office.bill(ben)
    made = office.run(only=(Mailbox(ben.guarantor_id),))
    assert made.statements == 1
    assert "Ben Brandt" in text_of(office.pdf(made))[0]


def test_the_rules_hold_from_the_day_they_are_set(office, clock, desk_as):
    ana = register(office.desk)
    office.bill(ana, "85025")
    assert office.desk.ask(statement_rules, StatementRulesNow()) == StatementRules()
    rules = StatementRules(minimum_cents=50_00, current_message="Bitte zahlen. Danke.", envelope="10-3.85")
    office.desk.run(set_statement_rules, SetStatementRules(office.desk.new_id(), rules))
    assert office.desk.ask(statement_rules, StatementRulesNow()) == rules
    assert office.select().left_out[0].why == "Below the 50.00 minimum"
    with pytest.raises(Invalid, match="cycle"):
        office.desk.run(set_statement_rules, SetStatementRules(office.desk.new_id(), StatementRules(cycle_days=1)))
    with pytest.raises(NotAllowed):
        biller = desk_as(Role.BILLER)
        biller.run(set_statement_rules, SetStatementRules(biller.new_id(), rules))
    with pytest.raises(NotAllowed):
        desk_as(Role.FRONT_DESK, number=3).ask(select_statements, SelectStatements())


def test_a_receipt_says_what_was_paid_and_nothing_clinical(office, vault):
    ana = register(office.desk)
    office.bill(ana, "99213", "85025")
    taken = office.pay(ana, 160_00)
    data = office.desk.ask(receipt_pdf, ReceiptPdf(taken.payment_id))
    (page,) = text_of(data)
    for words in ("Ana Ortiz", "Ana O.", "$160.00", "Cash", taken.number, "Office visit", "17.00"):
        assert words in page
    for secret in ("99213", "85025", "M1711", "1980", "10/31"):
        assert secret not in page
    assert PdfReader(BytesIO(data)).metadata.title == "Receipt"
    assert actions(vault, "payment.receipt")
    office.clock.move(days=2)
    office.pay(ana, 5_00)
    (page,) = text_of(office.desk.ask(receipt_pdf, ReceiptPdf(taken.payment_id)))
    assert "You owe as of 11/20/2026 12.00" in page.replace("\r\n", " ")


CODES = ("99213", "85025", "93000", "20610", "36415")
SOME_DIAGNOSES = ("M1711", "E119", "F329", "Z21", "O039", "I10")
FIRST = ("José", "Łukasz", "Ξένια", "Елена", "明", "Ana", "Chloë", "Σοφία", "Олег", "小红")
LAST = ("Núñez", "Żółć", "Παπαδοπούλου", "Соколова", "王", "O'Brien", "Ångström", "Διάκος", "Иванов", "李")


@pytest.fixture(params=[1_000, pytest.param(5_000, marks=pytest.mark.long)])
def crowd(office, request):
    """Random people with a visit each, and what must never be on paper."""
    desk, random_ = office.desk, random.Random(20261118)
    fees(desk, *(a_fee(code, 20_00 + 1_37 * at, "Our own words", words) for at, (code, words) in enumerate(
        zip(CODES, ("Office visit", "Laboratory", "Test", "Procedure", "Laboratory"), strict=True))))  # fmt: skip
    payer = a_payer(desk)
    new, secrets, birthdays = [], set(), set()
    for at in range(request.param):
        birth = date(1931, 1, 1) + timedelta(days=random_.randrange(27_000))
        member, ssn = f"QX{random_.randrange(10**7, 10**8)}Z", f"{random_.randrange(700_000_000, 899_999_999)}"
        secrets |= {member, ssn, f"{ssn[:3]}-{ssn[3:5]}-{ssn[5:]}", member.casefold()}
        birthdays |= {birth.isoformat(), f"{birth:%m/%d/%Y}", f"{birth:%m%d%Y}"}
        details = patient_details(
            random_.choice(LAST), random_.choice(FIRST), birth_date=birth, ssn=ssn, street=f"{at} Tidewater Lane",
            mailing_name=f"Person {at}",
        )  # fmt: skip
        # The policy has ended, so that the visit is the patient's own; its member id is on file all the same.
        old = a_coverage(payer, member, date(2025, 1, 1), last_day=date(2025, 12, 31))
        new.append(NewPatient(details, coverages=(old,)))
    people = desk.run(register_patients, RegisterPatients(desk.new_id(), tuple(new)))
    bills = tuple(
        Superbill(
            each.patient_id, date(2026, 10, 1) + timedelta(days=random_.randrange(40)), office.provider, office.place,
            tuple(random_.sample(SOME_DIAGNOSES, 2)),
            tuple(ServiceLine(code) for code in random_.sample(CODES, random_.randrange(1, 4))), self_pay=True,
        )
        for each in people
    )  # fmt: skip
    desk.run(enter_superbills, EnterSuperbills(desk.new_id(), bills))
    return request.param, secrets, birthdays


def test_thousands_of_random_people_leak_nothing(office, crowd):
    people, secrets, birthdays = crowd
    made = office.run()
    assert made.statements == people
    watch = Steps()
    data = office.desk.ask(statement_run_pdf, RunPdf(made.run_id), watch)
    assert watch.seen[-1] == (people, people)
    pages = text_of(data)
    assert len(pages) == people
    whole = "\n".join(pages)
    words = set(re.findall(r"[\w/.-]+", whole))
    assert "Łukasz" in words  # what we look for would be found
    assert not words & (secrets | birthdays)
    assert not re.search(r"\d{8}|QX\d|\d{3}-\d{2}-\d{4}", whole)  # nor as a part of another word
    assert not words & {*CODES, *SOME_DIAGNOSES, *(f"{code[:3]}.{code[3:]}" for code in SOME_DIAGNOSES)}
    due = [int(found.replace(",", "").replace(".", "")) for found in re.findall(r"Amount due\s+\$([\d,.]+)", whole)]
    assert sum(due) == 2 * made.total_cents  # once beside the address, once on the coupon
    assert b"Tidewater" not in data


class Impatient:
    """Somebody who cancels at once."""

    def step(self, done, total, text):
        raise Cancelled


def test_cancelling_leaves_nothing_behind(office, vault):
    ana = register(office.desk)
    office.bill(ana)
    with pytest.raises(Cancelled):
        office.desk.run(run_statements, RunStatements(office.desk.new_id()), Impatient())
    assert office.desk.ask(list_runs, ListRuns()) == ()
    assert [row["outcome"] for row in actions(vault, "statement.run")] == ["cancelled"]
    made = office.run()
    with pytest.raises(Cancelled):
        office.desk.ask(statement_run_pdf, RunPdf(made.run_id), Impatient())
    assert [row["outcome"] for row in actions(vault, "statement.print")] == ["cancelled"]
    assert made.statements == 1
