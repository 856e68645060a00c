"""A death noted, who settles it, and every paper from then on (BILLING R13, S5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.estates import Estate, Representative
from medbill_desktop.domain.patients import ContactDetails, Flag, GuarantorDetails
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.estates import AskEstate, EndEstate, NoteEstate, end_estate, note_estate, open_estate
from medbill_desktop.usecases.patients import OpenPatient, SaveContact, open_patient, save_contact
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.statements import GuarantorStatements, StatementPdf, guarantor_statements, statement_pdf
from tests.people import register
from tests.usecases.test_statements import Office, actions, text_of


@pytest.fixture
def office(desk, clock):
    return Office(desk, clock)


def executor(first_day, **more):
    facts = {"role": Representative.EXECUTOR, "representative": "Paul Reed", "street": "9 Elm Street",
             "city": "Camden", "state": "ME", "zip": "04843"}  # fmt: skip
    return Estate(first_day, **(facts | more))


def noted(office, who, died=None, estate=None):
    died = died or office.clock.today()
    command = NoteEstate(office.desk.new_id(), who.guarantor_id, died, estate or executor(office.clock.today()))
    return office.desk.run(note_estate, command)


def printed(office):
    return " ".join(" ".join(text_of(office.pdf(office.run()))).split())


def test_one_note_says_the_day_of_death_everywhere_and_sends_the_next_statement_to_the_estate(office, vault):
    ana = register(office.desk)
    office.bill(ana)
    noted(office, ana)
    card = office.desk.ask(open_patient, OpenPatient(ana.patient_id))
    assert card.patient.deceased_on == office.clock.today()
    assert card.guarantor.flags == {Flag.DECEASED: office.clock.today()}
    assert card.version == 2
    page = printed(office)
    for words in ("Estate of Ana Ortiz", "c/o Paul Reed", "9 Elm Street", "Estate account", "sorry for your loss"):
        assert words in page
    for words in ("Willow Lane", "You owe", "Thank you for choosing"):
        assert words not in page
    (row,) = actions(vault, "estate.note")
    assert "Paul" not in str(dict(row))
    assert "Elm" not in str(dict(row))


def test_a_later_note_takes_the_place_of_the_earlier_and_an_end_leaves_nobody(office):
    ana = register(office.desk)
    office.bill(ana)
    first = noted(office, ana)
    second = noted(office, ana, estate=executor(office.clock.today(), representative="Mary Moss", street="2 Oak Road"))
    card = office.desk.ask(open_estate, AskEstate(ana.guarantor_id))
    assert [(each.estate_id, each.in_force) for each in card.lines] == [(second, True), (first, False)]
    assert "c/o Mary Moss" in printed(office)
    for each in (first, second):
        office.desk.run(end_estate, EndEstate(office.desk.new_id(), each))
    with pytest.raises(Refused, match="ended already"):
        office.desk.run(end_estate, EndEstate(office.desk.new_id(), second))
    (row,) = office.select().left_out
    assert row.reason is Reason.DECEASED


def test_an_estate_that_begins_later_waits_for_its_day(office):
    ana = register(office.desk)
    office.bill(ana)
    noted(office, ana, estate=executor(office.clock.today() + timedelta(days=5)))
    (row,) = office.select().left_out
    assert row.reason is Reason.DECEASED
    office.clock.move(days=5)
    assert [each.reason for each in office.select().chosen] == [None]


def test_the_estate_wins_over_the_confidential_address_on_statement_and_receipt(office):
    ana = register(office.desk)
    office.bill(ana)
    apart = ContactDetails("confidential", office.clock.today(), street="1 Hidden Way", city="Union", state="ME",
                           zip="04862")  # fmt: skip
    office.desk.run(save_contact, SaveContact(office.desk.new_id(), ana.patient_id, apart))
    before = office.pay(ana, 10_00)
    office.clock.move(days=1)
    noted(office, ana)
    assert "Hidden" not in printed(office)
    paid = office.pay(ana, 20_00)
    after = " ".join(text_of(office.desk.ask(receipt_pdf, ReceiptPdf(paid.payment_id))))
    assert "Estate of Ana Ortiz" in after
    earlier = " ".join(text_of(office.desk.ask(receipt_pdf, ReceiptPdf(before.payment_id))))
    assert "Estate" not in earlier


def test_what_was_mailed_before_is_printed_again_as_it_was(office):
    ana = register(office.desk)
    office.bill(ana)
    office.mailed(office.run())
    (sent,) = office.desk.ask(guarantor_statements, GuarantorStatements(ana.guarantor_id))
    noted(office, ana)
    again = " ".join(text_of(office.desk.ask(statement_pdf, StatementPdf(sent.statement_id))))
    assert "Estate" not in again
    office.clock.move(days=28)
    (row,) = office.select().chosen
    assert row.step is Step.REMINDER
    assert "Reminder" not in printed(office)


def test_a_guarantor_who_is_no_patient_may_die_as_well(office):
    payer = GuarantorDetails("Moss", "Ida", street="3 Bay Road", city="Rockport", state="ME", zip="04856")
    ana = register(office.desk, guarantor=payer, relationship="child")
    office.bill(ana)
    noted(office, ana)
    assert office.desk.ask(open_patient, OpenPatient(ana.patient_id)).patient.deceased_on is None
    assert "Estate of Ida Moss" in printed(office)


def test_a_death_before_the_birth_or_in_the_future_changes_nothing(office, vault):
    ana = register(office.desk)
    born = office.desk.ask(open_patient, OpenPatient(ana.patient_id)).patient.birth_date
    with pytest.raises(Invalid, match="before the birth"):
        noted(office, ana, died=born - timedelta(days=1), estate=executor(born))
    with pytest.raises(Invalid):
        noted(office, ana, died=office.clock.today() + timedelta(days=1))
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.estate)).all() == []
        assert conn.execute(select(t.guarantor.c.deceased_on)).scalar() is None


def test_a_note_sent_twice_is_one_and_who_may_not_register_notes_none(office, desk_as, vault):
    ana = register(office.desk)
    command = NoteEstate(office.desk.new_id(), ana.guarantor_id, office.clock.today(), executor(office.clock.today()))
    assert office.desk.run(note_estate, command) == office.desk.run(note_estate, command)
    with vault.reader.begin() as conn:
        assert len(conn.execute(select(t.estate)).all()) == 1
    with pytest.raises(NotAllowed):
        desk_as(Role.AUDITOR).run(note_estate, command)
