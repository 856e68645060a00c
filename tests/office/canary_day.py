"""A whole office day at the real window with a secret word in every field, faults forced on the way, and a kill.

Run as a process of its own by `test_canary`: `python -m tests.office.canary_day FOLDER WITNESS`. Whatever it leaves in
the folder, or says, is searched afterwards. What was seen while it ran (titles, the accessible tree) goes to WITNESS.
"""

import json
import logging
import os
import re
import signal
import sys
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, qCritical, qWarning
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QPushButton, QTabBar
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from medbill_desktop.domain.charges import ServiceLine, Superbill
from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.coverages import CoverageDetails
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.patients import ContactDetails, GuarantorDetails
from medbill_desktop.domain.practice import PracticeFacts
from medbill_desktop.security import totp
from medbill_desktop.ui import office_day
from medbill_desktop.ui.application import quiet_messages
from medbill_desktop.ui.dialogs.asking import PrintDialog, letter_printer
from medbill_desktop.ui.dialogs.preview import PreviewDialog
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.password import PasswordField
from medbill_desktop.usecases import declare, trouble
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.installation import log_folder
from medbill_desktop.usecases.office import NewPractice, Office
from medbill_desktop.usecases.patients import NewPatient, RegisterPatient, register_patient
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, take_payment
from medbill_desktop.usecases.process_guard import guard_process
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.statements import RunPdf, RunStatements, run_statements, statement_run_pdf
from medbill_desktop.usecases.undoing import VoidPayment, void_payment
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, add_visits
from tests.fast_policy import FAST
from tests.office_factory import DictStore
from tests.people import a_fee, a_payer, a_place, a_provider, fees, patient_details
from tests.ui.test_lock import spoken, titles

STEM = "Zqvxwjk"  # begins every word of a patient
USER = "Ujqxzvw Pfzkqo"
PRACTICE = "Hpwqzvk"  # what the sign-in screen may show, and the window remembers (SECURITY P12)
PASSWORD = "Zebra-Xylograph-Quartz-4271"
SSN, PHONE = "917364825", "2075550168"
NAME = "Żqœvxłwjķ Ωμέγα"
OPENS_A_FORM = re.compile(r"(Add|New|Change|Set a|Read an|Give|Take a|Enter|Write|Offer|Invite|Refund|Void)\b")


class Day:
    """The practice, its window, and what is noted of both."""

    def __init__(self, folder: Path, witness: Path) -> None:
        self.folder, self.witness, self.seen = folder, witness, {"titles": [], "argv": " ".join(sys.argv)}
        self.secrets = [PASSWORD]
        self.at, self.fields, self.missed = "", set(), set()
        self.store, self.clock, self.words = DictStore(), SystemClock(), 0

    def word(self, what: str) -> str:
        self.words += 1
        return f"{STEM}{what}"

    def found(self) -> None:
        office = self.office()
        facts = PracticeFacts(
            f"{PRACTICE} Clinic", f"12 {PRACTICE} Street", PRACTICE, "ME", "04856-1234", "(207) 555-0100",
            "1234567893", "12-3456789",
        )  # fmt: skip
        founding = office.set_up(NewPractice(facts, USER, "Front desk", "practice"))
        made = founding.enrolment
        assert made.prove(totp.code_at(made.secret, self.clock.now()), self.clock.now())
        self.totp, self.codes = made.secret, list(made.codes)
        groups = founding.kit_groups
        self.secrets += [made.secret, *made.codes, "".join(groups), " ".join(groups)]
        assert founding.retype(" ".join(groups).lower())
        founding.finish(PASSWORD)
        self.seed(office.desk)
        office.close()

    def office(self) -> Office:
        return Office(
            self.folder / "practice", FAST, self.clock, self.store, config_folder=self.folder / "home/config/medbill"
        )

    def seed(self, desk) -> None:
        """Write a word into every text field that the practice has."""
        word, today = self.word, self.clock.today()
        payer = a_payer(desk, word("payer"), street=f"1 {word('payerst')}", city=word("payercity"), state="ME",
                        zip="04856", phone=PHONE)  # fmt: skip
        provider, place = a_provider(desk, word("doctor"), word("docfirst")), a_place(desk, word("place"))
        fees(desk, a_fee(description=word("described"), generic_words=word("generic")))
        details = patient_details(
            word("last"), word("first"), middle=word("middle"), suffix="Jr", former_names=(word("former"),), ssn=SSN,
            street=f"77 {word('street')}", street2=word("unit"), city=word("city"), phone=PHONE,
            email=f"{word('mail')}@example.org", mailing_name=word("mailing"),
        )  # fmt: skip
        guarantor = GuarantorDetails(
            word("guarlast"), word("guarfirst"), "", f"9 {word('guarst')}", "", word("guarcity"), "ME", "04856", PHONE,
            f"{word('guarmail')}@example.org",
        )  # fmt: skip
        coverage = CoverageDetails(
            payer, f"{STEM}9".upper(), today - timedelta(days=300), None, 1, word("group"), word("groupname"),
            "spouse", word("sublast"), word("subfirst"), date(1975, 2, 3), "M", f"3 {word('subst')}", word("subcity"),
            "ME", "04856",
        )  # fmt: skip
        contacts = (
            ContactDetails("person", today, None, word("contact"), word("sister"), PHONE),
            ContactDetails("confidential", today, None, word("confname"), "", PHONE, f"5 {word('confst')}", "",
                           word("confcity"), "ME", "04856"),
        )  # fmt: skip
        new = NewPatient(details, guarantor, None, "other", (coverage,), contacts)
        self.patient = desk.run(register_patient, RegisterPatient(desk.new_id(), new))
        other = patient_details(NAME, NAME, mailing_name=word("latin"))
        desk.run(register_patient, RegisterPatient(desk.new_id(), NewPatient(other)))
        visits = tuple(
            VisitDetails(self.patient.patient_id, today, provider, place, note=word(f"note{n}")) for n in range(3)
        )
        self.visits = desk.run(add_visits, AddVisits(desk.new_id(), visits))
        bill = Superbill(
            self.patient.patient_id, today, provider, place, ("J06.9",), (ServiceLine("99213"),), self.visits[0], True
        )
        entered = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,), 1, Cents(145_00)))
        owed = PatientPayment(self.patient.guarantor_id, Cents(20_00), "check", self.patient.patient_id, word("ref"))
        taken = desk.run(take_payment, TakePayment(desk.new_id(), owed))
        self.receipt = desk.ask(receipt_pdf, ReceiptPdf(taken.payment_id))
        desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, word("reason")))
        desk.run(write_off, WriteOff(desk.new_id(), entered.charge_ids[0], Cents(1_00), "hardship", memo=word("memo")))

    def come_in(self, window) -> None:
        """Sign in at the window: first with the words in the wrong fields, then with a recovery code."""
        window.until(lambda: window.find(QLineEdit, "sign_in") is not None, "the sign-in")
        window.write("name", PASSWORD)
        window.write("password", self.word("wrongpass"))
        window.click("sign_in_button")
        window.quiet()
        window.turn(1500)
        self.note()
        code = self.codes.pop()
        window.window.sit_down(window.office.sign_in(USER, PASSWORD, code))
        window.quiet()

    def note(self) -> None:
        self.seen["titles"] += titles() + [each.windowFilePath() for each in QApplication.topLevelWidgets()]

    def walk(self, window) -> None:
        """Type a word into every field of every page, and of every form that its buttons open beside or above it."""
        for spec in window.specs:
            self.at = spec.key
            window.go(spec.key, PatientPlace(self.patient.patient_id) if spec.key == "patient" else None)
            bars = [each for each in window.workspace.page.findChildren(QTabBar) if each.isVisible()]
            for at in range(bars[0].count() if bars else 1):
                if bars:
                    bars[0].setCurrentIndex(at)
                    window.quiet()
                self.fill(window, window.workspace.page)
                self.note()
                self.open_forms(window)
            QTest.keyClick(self.focus(window), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            window.quiet()
            self.note()
            if window.dialogs():
                window.close_dialogs()
        self.seen["fields"] = sorted(self.fields)
        self.seen["missed"] = sorted(self.missed - self.fields)

    @staticmethod
    def focus(window):
        return window.application.focusWidget() or window.window

    def open_forms(self, window) -> None:
        """Press each button whose words say that it opens a form; fill what comes, and leave it."""
        page = window.workspace.page
        words = [each.text() for each in page.findChildren(QPushButton) if each.isVisible() and each.isEnabled()]
        for said in dict.fromkeys(words):
            if not OPENS_A_FORM.match(said):
                continue
            button = next((b for b in page.findChildren(QPushButton) if b.text() == said and b.isVisible()), None)
            if button is None or not button.isEnabled() or window.workspace.page is not page:
                continue
            button.click()
            window.quiet()
            for place in (window.workspace.page, *window.dialogs()):
                self.fill(window, place)
                self.note()
            if window.dialogs():
                window.close_dialogs()
            QTest.keyClick(self.focus(window), Qt.Key.Key_Escape)
            window.quiet()
            if window.workspace.page is not page:
                window.go(self.at, PatientPlace(self.patient.patient_id) if self.at == "patient" else None)
                return

    def fill(self, window, place=None) -> None:
        """Key a word into every field that can be typed into, and note each field that the place has."""
        place = window.workspace.page if place is None else place
        for field in self.fields_of(place):
            mark = f"{self.at}: {field.objectName() or field.accessibleName() or type(field).__name__}"
            word = self.word(field.objectName() or "field")
            if field.isVisible() and field.isEnabled():
                field.setFocus()
                QTest.keyClicks(field, word)
            else:  # shown only for another relationship, or another kind of payment
                field.setPlainText(word) if isinstance(field, QPlainTextEdit) else field.setText(word)
            if isinstance(field, PasswordField):
                field.setText(PASSWORD)
            held = field.toPlainText() if isinstance(field, QPlainTextEdit) else field.text()
            (self.fields if held else self.missed).add(mark)
        window.quiet()

    @staticmethod
    def fields_of(place):
        """Return every widget that takes typed words, also one that is hidden now."""
        typed = [*place.findChildren(QLineEdit), *place.findChildren(QPlainTextEdit)]
        typed += [each.lineEdit() for each in place.findChildren(QComboBox) if each.isEditable()]
        return [each for each in dict.fromkeys(typed) if not each.isReadOnly()]

    def lock(self, window) -> None:
        """Lock over a page and over a dialog, and look at what is left to be read."""
        window.go("patient", PatientPlace(self.patient.patient_id))
        self.seen["open tree"] = spoken(window.application)
        window.workspace.copy_secret(self.codes[0])
        PreviewDialog(window.window, window.window.jobs, lambda words, tone: None, "Receipt", self.receipt).open()
        window.quiet()
        self.note()
        window.window.lock.lock_now()
        window.quiet()
        self.seen["locked tree"] = spoken(window.application)
        self.seen["locked titles"] = titles()
        self.seen["clipboard"] = window.application.clipboard().text()
        window.unlock(PASSWORD)
        window.close_dialogs()

    def break_everything(self, window) -> None:
        """Fail in every use case, in every page, in threads, in Qt, in libraries: each fault quotes a patient."""
        jobs, desk = window.window.jobs, window.office.desk
        with every_case_broken() as cases:
            for case in cases:
                starts = jobs.start if isinstance(case, declare.UseCase) else jobs.ask
                starts(case, Probe(desk.new_id(), self.word("probe")))
            calmly(window.quiet)
            for spec in window.specs:
                QTimer.singleShot(0, lambda key=spec.key: window.workspace.go(key, None))
                calmly(lambda: window.turn(30))
            calmly(window.quiet)
        calmly(window.quiet)
        thread = threading.Thread(target=plain_fault, name=STEM)
        thread.start()
        thread.join()
        jobs.call(plain_fault)
        logging.getLogger("sqlalchemy.engine").error("row %s", STEM)
        logging.getLogger("library").error("fault", exc_info=ValueError(STEM))
        warnings.warn(STEM, stacklevel=1)
        qWarning(STEM)
        qCritical(STEM)
        window.quiet()

    def hand_out(self, window) -> None:
        """Print to a file, save, export and back up."""
        exports, desk, jobs = self.folder / "exports", window.office.desk, window.window.jobs
        exports.mkdir()
        made = desk.run(run_statements, RunStatements(desk.new_id()))
        pdf = self.receipt if made.run_id is None else desk.ask(statement_run_pdf, RunPdf(made.run_id))
        (exports / "receipt.pdf").write_bytes(self.receipt)
        preview = PreviewDialog(window.window, jobs, lambda words, tone: None, "Statements", pdf)
        preview.open()
        window.quiet()
        printer = letter_printer()
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(self.folder / "printed.pdf"))
        printing = PrintDialog(preview, printer, preview._on_printer)
        printing.open()
        window.quiet()
        printing._on_accepted()
        window.quiet()
        preview = PreviewDialog(window.window, jobs, lambda words, tone: None, "Statements", pdf)
        preview.open()
        preview._on_save()
        window.quiet()
        (dialog,) = (each for each in window.dialogs() if hasattr(each, "files"))
        dialog.files.setDirectory(str(exports))
        dialog.files.findChild(QLineEdit, "fileNameEdit").setText(f"{STEM} saved.pdf")
        window.quiet()
        self.note()
        dialog.files.accept()
        window.quiet()
        preview.reject()
        window.quiet()
        (self.folder / "target").mkdir()
        desk.run(make_backup, MakeBackup(desk.new_id(), str(self.folder / "target")))

    def killed(self) -> None:
        """A second day that ends in the middle of a form and of a transaction."""
        window = office_day.DayWindow(self.office())
        self.come_in(window)
        window.go("registration" if window.has("registration") else "patients")
        self.fill(window)
        window.workspace.keep_drafts()
        window.turn(300)
        desk = window.office.desk

        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)

        object.__setattr__(register_patient, "body", lambda work, cmd: die())
        self.tell()
        print("killed next", flush=True)
        new = NewPatient(patient_details(self.word("killed"), self.word("killedfirst")))
        desk.run(register_patient, RegisterPatient(desk.new_id(), new))

    def tell(self) -> None:
        self.seen |= {"secrets": self.secrets, "words": self.words}
        self.witness.write_text(json.dumps(self.seen), encoding="utf-8")


def calmly(does):
    """Qt hands an error of an event on to whoever waits; here that is the day, in the program it is the loop."""
    try:
        does()
    except (ValueError, SQLAlchemyError) as error:
        sys.excepthook(type(error), error, error.__traceback__)


@contextmanager
def every_case_broken():
    """Let every use case and query fail with words of a patient in its error; yield them."""
    held = []
    for number, case in enumerate(declare.REGISTRY.values()):
        for name in ("body", "prepare", "limit"):
            if hasattr(case, name):
                held.append((case, name, getattr(case, name)))
                broken = sql_fault if number % 2 else plain_fault
                object.__setattr__(case, name, broken if name == "body" else None)
    try:
        yield list(declare.REGISTRY.values())
    finally:
        for case, name, value in held:
            object.__setattr__(case, name, value)


@dataclass(frozen=True, slots=True)
class Probe:
    id: int
    text: str


def plain_fault(*_):
    name, ssn = f"{STEM}fault", SSN
    raise ValueError(f"{name} {ssn} {PASSWORD}")


def sql_fault(work, asked):
    work.conn.execute(text("SELECT :name FROM no_such_table"), {"name": f"{STEM}sql {SSN}"})


def main(folder: Path, witness: Path) -> None:
    guard_process()
    trouble.install(log_folder())
    quiet_messages()
    day = Day(folder, witness)
    day.found()
    with office_day.opened(day.office()) as window:
        day.come_in(window)
        for step in (day.walk, day.lock, day.hand_out, day.break_everything):
            print(step.__name__, flush=True)
            step(window)
        day.note()
    day.killed()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
