"""A whole working day by keyboard alone, in a real window on a real screen, from the sign-in to the printed statement.

The day is worked once; each test looks at one thing it left. Nothing here touches a mouse, a widget or the database
while the program runs: what happened is read afterwards, through the door.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pypdf
import pytest

from medbill_desktop.domain.names import full_name
from medbill_desktop.usecases.accounts import OpenAccount, open_account
from medbill_desktop.usecases.audit_log import ListAudit, VerifyAudit, list_audit, verify_audit
from medbill_desktop.usecases.backup import ShowBackups, backup_status
from medbill_desktop.usecases.figures import Figures, LookOver, look_over
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.patients import FindPatients, OpenPatient, find_patients, open_patient
from medbill_desktop.usecases.payments import DayPayments, day_payments
from medbill_desktop.usecases.statements import ListRuns, SelectStatements, list_runs, select_statements
from tests.office.x_window import Program, Screen, founded, need_a_screen, signed_in

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]

FEWEST = {  # keystrokes of the day's steps; more than this and something went out of reach
    "sign in": 1,
    "find by Ctrl+K": 30,
    "find on the page": 30,
    "why do I owe this": 2,
    "register": 150,
    "charges": 50,
    "payment": 45,
    "lock and unlock": 20,
    "statements": 80,
    "backup": 3,
    "quit": 1,
}


@dataclass
class Day:
    """What the day needs to know beforehand, and what it left."""

    base: Path
    owes: str = ""  # a patient who owes, as a list writes the name
    before: Figures | None = None
    runs_before: int = 0
    strokes: Counter = field(default_factory=Counter)
    printed: Path = Path()
    exit_code: int | None = None
    said: str = ""

    @property
    def practice(self):
        return self.base / "practice"

    @property
    def home(self):
        return self.base / "home"

    def prepare(self):
        """Found the practice and choose the patient who pays today."""
        with founded(self.home, self.practice) as desk:
            self.before = desk.ask(look_over, LookOver())
            self.runs_before = len(desk.ask(list_runs, ListRuns()))
            chosen = desk.ask(select_statements, SelectStatements()).chosen
            self.owes = next(name for row in chosen for name in _own_account(desk, row))


def _own_account(desk, row):
    """Yield the name of the guarantor of a statement where he is a patient who owes himself."""
    for line in desk.ask(find_patients, FindPatients(row.name)):
        card = desk.ask(open_patient, OpenPatient(line.id))
        owed = desk.ask(open_account, OpenAccount(line.id)).patient_owes_cents
        if card.guarantor.id == row.mailbox.guarantor_id and owed >= 1000 and line.name.isascii():
            yield line.name


def work(day, at):
    """Work the day; `at` is the program."""
    at.phase = "sign in"
    at.until_title("MedBill")
    at.screen.photograph("sign-in")
    at.press("Return", settle=False)
    at.until_title("Today - MedBill")
    at.screen.photograph("today")
    look_up(day, at)
    register(day, at)
    charge(at)
    pay(day, at)
    print_statements(day, at)
    back_up_and_leave(day, at)


def look_up(day, at):
    at.phase = "find by Ctrl+K"
    at.find(day.owes)
    at.phase = "find on the page"
    at.go("Patients")
    at.write(day.owes, "Return", settle=False)
    at.until_title("Patient - MedBill")
    at.phase = "why do I owe this"
    at.press("space")
    at.screen.photograph("why")
    at.press("Escape")


def register(day, at):
    at.phase = "register"
    at.go("Patients")
    at.press("ctrl+n", settle=False)
    at.until_title("Register a patient - MedBill")
    at.fill("Quimby", "Harriet", "", "", "3/14/1979", "F")
    at.write("20755")
    lock_and_unlock(day, at)
    at.fill("50177", "8 Saltmarsh Road", "", "Rockport", "ME", "04856", "", "")
    at.press("space", *["Return"] * 5)  # may leave voicemail; over the other ticks to the payer
    at.write("sample", "Return")
    at.fill("", "QX55501", "G7", "1/1/2026")
    at.screen.photograph("registration")
    at.press("ctrl+s", settle=False)
    at.until_title("Patient - MedBill")
    at.screen.photograph("registered")


def lock_and_unlock(day, at):
    phase, at.phase = at.phase, "lock and unlock"
    at.press("ctrl+l", settle=False)
    at.until_title("MedBill - Locked")
    at.screen.photograph("locked")
    at.write(TRAINING_SIGN_IN.password, "Return", settle=False)
    at.until_title("Register a patient - MedBill")
    at.phase = phase


def charge(at):
    """The new patient's visit, from her page: provider, place, two diagnoses, two services."""
    at.phase = "charges"
    at.press("ctrl+n", settle=False)
    at.until_title("Charges - MedBill")
    at.write("apple", "Return")
    at.press("Return", "Return")  # the only place is there already; the coverage of the day as well
    at.fill("E119", "I10", "")
    at.write("99213", "Return", "Return")
    at.write("blood f", "Return")
    at.screen.photograph("charges")
    at.press("ctrl+shift+Return")
    at.screen.photograph("posted")


def pay(day, at):
    at.phase = "payment"
    at.go("Payments")
    at.write(day.owes, "Return")
    at.write("10", "ctrl+e")  # on X11 a line of text would take this key for its own
    at.write("0.50")  # of the first charge; the rest stays credit
    at.screen.photograph("paying")
    at.press("ctrl+Return")
    at.screen.photograph("paid")
    at.press("ctrl+p", settle=False)
    at.until_title("Receipt")
    at.screen.photograph("receipt")
    at.press("Escape", settle=False)
    at.until_title("Payments - MedBill")


def print_statements(day, at):
    """Make the run, look at it, print it into a file through the system's dialog."""
    at.phase = "statements"
    at.go("Statements")
    at.screen.photograph("statements")
    at.press("ctrl+Return", settle=False)
    at.until_title("Statements")
    at.screen.photograph("statements-made")
    at.press("ctrl+p", settle=False)
    at.until_title("Print")
    at.press("Tab", "Tab", "ctrl+a")
    at.write(str(day.printed))
    at.screen.photograph("print")
    at.press("alt+p", settle=False)
    at.until_title("Statement runs - MedBill")
    at.screen.photograph("printed")


def back_up_and_leave(day, at):
    at.phase = "backup"
    at.go("Backup")
    at.press("ctrl+Return")
    at.screen.photograph("backed-up")
    at.phase = "quit"
    at.press("alt+F4", settle=False)
    day.exit_code = at.process.wait(60)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    need_a_screen()
    base = tmp_path_factory.mktemp("keyboard-day")
    day = Day(base, printed=base / "s.pdf")
    day.prepare()
    with Screen(base / "screen") as screen:
        at = Program(screen, day.home, day.practice, "--training").start()
        try:
            work(day, at)
        except BaseException:
            print(f"pictures: {screen.pictures}")
            screen.photograph("broken")
            raise
        finally:
            at.end()
            day.strokes, day.said = at.strokes, at.said()
    return day


@pytest.fixture(scope="module")
def desk(day):
    with signed_in(day.home, day.practice) as desk:
        yield desk


@pytest.fixture(scope="module")
def harriet(desk):
    (line,) = desk.ask(find_patients, FindPatients("quimby, harriet"))
    return desk.ask(open_patient, OpenPatient(line.id))


def test_the_program_ends_by_its_own_and_never_complained(day):
    assert day.exit_code == 0
    assert day.said == ""


def test_the_patient_is_there_with_what_was_typed_before_and_after_the_lock(harriet):
    d = harriet.patient
    assert full_name(d.last, d.first) == "Harriet Quimby"
    assert (d.birth_date, d.sex, d.phone) == (date(1979, 3, 14), "F", "2075550177")
    assert (d.street, d.city, d.state, d.zip[:5]) == ("8 Saltmarsh Road", "Rockport", "ME", "04856")
    assert [each.contact.permission for each in harriet.contacts] == ["voicemail"]
    (policy,) = harriet.coverages
    assert policy.payer == "Sample Medicare Part B"
    assert policy.coverage.member_id == "QX55501"
    assert policy.coverage.first_day == date(2026, 1, 1)


def test_the_visit_has_its_two_charges(desk, harriet):
    account = desk.ask(open_account, OpenAccount(harriet.id))
    assert sorted(line.code for line in account.lines) == ["80061", "99213"]
    assert account.with_insurance_cents == account.totals.charged_cents > 0


def test_the_payment_lies_in_the_day_and_pays_what_was_chosen(desk):
    content = desk.ask(day_payments, DayPayments(desk.clock.today()))
    assert [each.cents for each in content.rows] == [1000]
    assert content.rows[0].unapplied_cents == 950
    assert not content.rows[0].voided


def test_the_printed_statements_are_those_of_the_run(day, desk):
    runs = desk.ask(list_runs, ListRuns())
    assert len(runs) == day.runs_before + 1
    assert runs[0].made_on == desk.clock.today()
    pages = pypdf.PdfReader(day.printed).pages
    assert len(pages) >= runs[0].statements > 0


def test_the_backup_is_verified(desk):
    newest = desk.ask(backup_status, ShowBackups(5)).lines[0]
    assert newest.verified_at is not None
    assert newest.at.astimezone().date() == desk.clock.today()


def test_the_journal_sums_to_zero_and_the_chain_verifies(day, desk):
    figures = desk.ask(look_over, LookOver(pages=True))
    assert figures.trial_balance_cents == 0
    assert figures.journal_sound
    assert figures.faults == ()
    assert figures.patients == day.before.patients + 1
    assert figures.charges == day.before.charges + 2
    assert desk.ask(verify_audit, VerifyAudit()).verified


def test_what_was_looked_at_and_done_stands_in_the_log(desk, harriet):
    actions = {line.action for line in desk.ask(list_audit, ListAudit(limit=1000))}
    done = {"patient.open", "account.explain", "patient.register", "charge.enter", "payment.take", "payment.receipt"}
    assert done | {"statement.print", "statement.run"} <= actions
    assert desk.ask(list_audit, ListAudit(patient_id=harriet.id))


def test_the_day_takes_few_keys(day, capsys):
    with capsys.disabled():
        print("\nkeystrokes: " + ", ".join(f"{words} {count}" for words, count in day.strokes.items()))
    assert {words: count for words, count in day.strokes.items() if count > FEWEST[words]} == {}
