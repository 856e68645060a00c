from datetime import date, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from medbill_desktop.documents import statement as template
from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.estates import Estate
from medbill_desktop.domain.patients import ContactDetails, Flag
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.changing_patients import ChangePatient, change_patient
from medbill_desktop.usecases.estates import NoteEstate, note_estate
from medbill_desktop.usecases.patients import OpenPatient, SaveContact, SetFlag, open_patient, save_contact, set_flag
from medbill_desktop.usecases.statement_life import (
    AskMailWish,
    HoldsOf,
    HoldStatements,
    ListReturned,
    NoteReturned,
    ReleaseHold,
    SetMailWish,
    SettleReturned,
    hold_statements,
    holds_of,
    list_returned,
    mail_wish,
    note_returned,
    release_hold,
    set_mail_wish,
    settle_returned,
)
from medbill_desktop.usecases.statement_mailing import AskMailing, mailing, mailing_list
from medbill_desktop.usecases.statement_pages import StatementsOfRun, statements_of_run
from medbill_desktop.usecases.statement_why import WhyPage, why_page
from medbill_desktop.usecases.statements import (
    RunPdf,
    SetStatementRules,
    StatementPdf,
    set_statement_rules,
    statement_pdf,
    statement_run_pdf,
)
from tests.people import patient_details, register
from tests.usecases.test_statements import Office, actions, text_of


@pytest.fixture
def office(desk, clock):
    return Office(desk, clock)


def reason_of(office):
    found = office.select()
    assert len(found.chosen) + len(found.left_out) == 1
    return found.left_out[0].reason if found.left_out else None


def sent(office, who):
    """Bill, make and mail; return the run and the one statement."""
    office.bill(who)
    made = office.run()
    office.mailed(made)
    (only,) = office.desk.ask(statements_of_run, StatementsOfRun(made.run_id))
    return made, only


def hold(office, who, **more):
    facts = {"reason": "waits for a letter", "until": office.clock.today() + timedelta(days=10)}
    command = HoldStatements(office.desk.new_id(), who.guarantor_id, **(facts | more))
    return office.desk.run(hold_statements, command)


def came_back(office, number, on=None):
    return office.desk.run(note_returned, NoteReturned(office.desk.new_id(), number, on or office.clock.today()))


def moved(office, who, street="9 Elm Street"):
    card = office.desk.ask(open_patient, OpenPatient(who.patient_id))
    change = ChangePatient(office.desk.new_id(), who.patient_id, card.version, patient_details(street=street))
    office.desk.run(change_patient, change)


def test_a_hold_keeps_statements_back_until_its_day_or_its_release(office):
    ana = register(office.desk)
    office.bill(ana)
    held = hold(office, ana)
    (row,) = office.select().left_out
    assert row.reason is Reason.ON_HOLD
    assert "waits for a letter" in row.why
    assert office.run().run_id is None
    office.desk.run(release_hold, ReleaseHold(office.desk.new_id(), held))
    assert reason_of(office) is None
    with pytest.raises(Refused, match="released"):
        office.desk.run(release_hold, ReleaseHold(office.desk.new_id(), held))
    hold(office, ana)
    office.clock.move(days=11)
    assert reason_of(office) is None


def test_one_charge_is_held_while_the_others_go(office):
    ana = register(office.desk)
    first, second = office.bill(ana, "99213", "85025")
    hold(office, ana, charge_id=second)
    (row,) = office.select().chosen
    assert row.total_cents == 145_00
    hold(office, ana, charge_id=first)
    assert reason_of(office) is Reason.ON_HOLD
    found = office.desk.ask(holds_of, HoldsOf(ana.guarantor_id))
    assert {each.charge_id for each in found.charges} == {first, second}
    assert len(found.holds) == 2


def test_a_hold_that_makes_no_sense_is_refused_and_a_new_one_takes_the_place_of_the_old(office):
    ana = register(office.desk)
    for more in ({"reason": " "}, {"until": office.clock.today() - timedelta(days=1)},
                 {"reason": "card 4111 1111 1111 1111"}, {"until": date(2040, 1, 1)}):  # fmt: skip
        with pytest.raises(Invalid):
            hold(office, ana, **more)
    with pytest.raises(Refused, match="Nothing is owed"):
        hold(office, ana, charge_id=office.desk.new_id())
    hold(office, ana)
    hold(office, ana, until=office.clock.today())
    (line,) = office.desk.ask(holds_of, HoldsOf(ana.guarantor_id)).holds
    assert line.until == office.clock.today()


def test_returned_mail_stops_the_address_and_a_new_one_sends_the_same_step_again(office, vault):
    ana = register(office.desk)
    _, only = sent(office, ana)
    office.clock.move(days=6)
    came_back(office, f" {only.number} ")
    assert reason_of(office) is Reason.BAD_ADDRESS
    (line,) = office.desk.ask(list_returned, ListReturned())
    assert (line.words, line.may_send) == ("Ask for the address", False)
    with pytest.raises(Refused, match="noted already"):
        came_back(office, only.number)
    moved(office, ana)
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.guarantor.c.bad_address_on)).scalar() is None
    (line,) = office.desk.ask(list_returned, ListReturned())
    assert line.may_send
    (row,) = office.select().chosen  # at once, though the cycle has not passed
    assert row.step is Step.CURRENT
    office.mailed(office.run((row.mailbox,)))
    assert office.desk.ask(list_returned, ListReturned()) == ()
    assert reason_of(office) is Reason.WITHIN_CYCLE


def test_an_address_that_was_right_is_used_again(office):
    ana = register(office.desk)
    _, only = sent(office, ana)
    came_back(office, only.number)
    office.desk.run(settle_returned, SettleReturned(office.desk.new_id(), only.statement_id))
    assert reason_of(office) is None
    with pytest.raises(Refused, match="settled"):
        office.desk.run(settle_returned, SettleReturned(office.desk.new_id(), only.statement_id))


def test_returned_mail_needs_a_statement_that_was_mailed(office):
    ana = register(office.desk)
    office.bill(ana)
    made = office.run()
    (only,) = office.desk.ask(statements_of_run, StatementsOfRun(made.run_id))
    with pytest.raises(Refused, match="never noted as mailed"):
        came_back(office, only.number)
    with pytest.raises(Refused, match="no statement of this number"):
        came_back(office, "9-99999")
    office.mailed(made)
    for day in (office.clock.today() - timedelta(days=1), office.clock.today() + timedelta(days=1)):
        with pytest.raises(Refused, match="between"):
            came_back(office, only.number, day)


def test_mail_from_a_confidential_address_says_nothing_of_the_guarantors_own(office, vault):
    mother = register(office.desk, first="Ana")
    child = register(office.desk, first="Nia", guarantor_id=mother.guarantor_id, relationship="child")
    contact = {"name": "Nia Ortiz", "street": "1 Quiet Road", "city": "Rockport", "state": "ME", "zip": "04856"}
    details = ContactDetails(kind="confidential", first_day=date(2026, 1, 1), **contact)
    office.desk.run(save_contact, SaveContact(office.desk.new_id(), child.patient_id, details))
    _, only = sent(office, child)
    came_back(office, only.number)
    assert reason_of(office) is Reason.BAD_ADDRESS
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.guarantor.c.bad_address_on)).scalar() is None


def test_a_reprint_is_byte_for_byte_what_was_sent(office, monkeypatch, vault):
    ana = register(office.desk)
    office.bill(ana)
    made = office.run()
    (only,) = office.desk.ask(statements_of_run, StatementsOfRun(made.run_id))
    one = StatementPdf(only.statement_id)
    before, run = office.desk.ask(statement_pdf, one), office.pdf(made)
    office.mailed(made)
    moved(office, ana)
    office.desk.run(set_mail_wish, SetMailWish(office.desk.new_id(), ana.guarantor_id, Language.SPANISH, True))
    rules = StatementRules(current_message="Other words", envelope="9-double")
    office.desk.run(set_statement_rules, SetStatementRules(office.desk.new_id(), rules))
    with vault.writer.begin() as conn:
        conn.execute(update(t.practice).values(name="Another name", phone="2075550199"))
    monkeypatch.setattr(template, "BODY_TOP", 400.0)
    monkeypatch.setattr("medbill_desktop.usecases.statements.marks_of", lambda content: [])
    assert office.desk.ask(statement_pdf, one) == before
    assert office.desk.ask(statement_run_pdf, RunPdf(made.run_id)) == run


def test_the_database_itself_keeps_a_mailed_statement_as_it_is(office, vault):
    sent(office, register(office.desk))
    for change in ("content = '{}'", "drawn = NULL", "total_cents = 1", "number = 'x'", "step = 'final'"):
        with pytest.raises(DatabaseError, match="stays as it was sent"), vault.writer.begin() as conn:
            conn.execute(text(f"UPDATE statement SET {change}"))


def test_envelopes_and_sheets_that_were_counted_must_be_those_of_the_run(office):
    people = [register(office.desk, first=name) for name in ("Ana", "Bea", "Cleo")]
    for each in people:
        office.bill(each)
    office.desk.run(set_mail_wish, SetMailWish(office.desk.new_id(), people[2].guarantor_id, large_print=True))
    made = office.run()
    found = office.desk.ask(mailing, AskMailing(made.run_id))
    assert (found.envelopes, found.several, found.mailed) == (3, 1, 0)
    assert found.sheets > 3
    rows = office.desk.ask(statements_of_run, StatementsOfRun(made.run_id))
    kept = (rows[0].statement_id,)
    with pytest.raises(Invalid) as refused:
        office.mailed(made, envelopes=2, sheets=1)
    assert {each.field for each in refused.value.problems} == {"envelopes", "sheets"}
    done = office.mailed(made, kept_back=kept, envelopes=2, sheets=found.sheets - 1)
    assert (done.mailed, done.kept_back) == (2, 1)
    rest = office.desk.ask(mailing, AskMailing(made.run_id))
    assert (rest.envelopes, rest.sheets, rest.mailed) == (1, 1, 2)
    assert len(PdfReader(BytesIO(office.desk.ask(statement_run_pdf, RunPdf(made.run_id, waiting=True)))).pages) == 1
    office.mailed(made, envelopes=1, sheets=1)
    with pytest.raises(Refused, match="mailed"):
        office.desk.ask(statement_run_pdf, RunPdf(made.run_id, waiting=True))
    with pytest.raises(Refused, match="waits"):
        office.desk.ask(mailing_list, AskMailing(made.run_id))


def test_the_mailing_list_has_a_line_for_each_envelope(office, vault):
    for name in ("Ana", "Bea"):
        office.bill(register(office.desk, first=name))
    made = office.run()
    page = " ".join(text_of(office.desk.ask(mailing_list, AskMailing(made.run_id))))
    for words in ("Ana Ortiz", "Bea Ortiz", "Envelopes", "Counted by", "Read each address through the window"):
        assert words in page
    assert [row["outcome"] for row in actions(vault, "statement.mailing_list")] == ["done"]


def test_letters_and_language_are_the_guarantors_own(office):
    ana = register(office.desk)
    office.bill(ana)
    office.desk.run(set_mail_wish, SetMailWish(office.desk.new_id(), ana.guarantor_id, Language.SPANISH, True))
    assert office.desk.ask(mail_wish, AskMailWish(ana.guarantor_id)).large_print
    page = " ".join(text_of(office.pdf(office.run())))
    assert "Total a pagar" in page
    assert "Gracias por elegirnos" in page
    assert "Amount due" not in page


def test_only_an_estate_gets_the_mail_of_somebody_who_died(office):
    ana = register(office.desk)
    office.bill(ana)
    flag = SetFlag(office.desk.new_id(), ana.guarantor_id, Flag.DECEASED, office.clock.today())
    office.desk.run(set_flag, flag)
    assert reason_of(office) is Reason.DECEASED
    today = office.clock.today()
    office.desk.run(note_estate, NoteEstate(office.desk.new_id(), ana.guarantor_id, today, Estate(today)))
    assert "Estate of Ana Ortiz" in " ".join(text_of(office.pdf(office.run())))


def test_why_fits_a_page_and_says_no_more_than_a_statement(office, vault):
    ana = register(office.desk, ssn="701234567")
    (charge,) = office.bill(ana)
    page = " ".join(text_of(office.desk.ask(why_page, WhyPage(charge_id=charge))))
    for words in ("Why do I owe this?", "145.00", "Ana O.", "Office visit"):
        assert words in page
    for secret in ("99213", "M17.11", "M1711", "established", "Lindqvist", "701234567", "Ortiz"):
        assert secret not in page, secret
    for _ in range(30):
        office.bill(ana, "99213", "85025")
    pages = text_of(office.desk.ask(why_page, WhyPage(guarantor_id=ana.guarantor_id)))
    assert len(pages) == 1
    assert "more" in pages[0]
    assert "All of them stand on your statements" in pages[0]
    assert len(actions(vault, "statement.why_page")) == 2


def test_a_clerk_without_the_right_holds_nothing(office, desk_as):
    ana = register(office.desk)
    with pytest.raises(NotAllowed):
        desk_as(Role.FRONT_DESK).run(
            hold_statements, HoldStatements(office.desk.new_id(), ana.guarantor_id, "x", office.clock.today())
        )
