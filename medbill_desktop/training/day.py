"""One working day of the office, through the use cases that its pages use (DESIGN 3, 9)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from medbill_desktop.domain.charges import Judged
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.patients import PatientDetails
from medbill_desktop.training.practice import Training
from medbill_desktop.usecases.accounts import ExplainBalance, OpenAccount, explain_balance, open_account
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.charges import CheckSuperbill, EnterSuperbills, check_superbill, enter_superbills
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import (
    FindPatients,
    NewPatient,
    OpenPatient,
    RegisterPatient,
    find_patients,
    open_patient,
    register_patient,
)
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, take_payment
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.statements import (
    ConfirmMailed,
    ListRuns,
    RunPdf,
    RunStatements,
    SelectStatements,
    confirm_mailed,
    list_runs,
    run_statements,
    select_statements,
    statement_run_pdf,
)
from medbill_desktop.usecases.watch import Quiet, Watch

RECEIPTS = 3


@dataclass(slots=True)
class DayDone:
    """What was done, in words for the table, and the papers it left."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    receipts: list[tuple[str, bytes]] = field(default_factory=list, repr=False)  # number, PDF
    statements_pdf: bytes | None = field(default=None, repr=False)
    statements: int = 0

    def did(self, what: str, result: str) -> None:
        self.rows.append((what, result))


class OfficeDay:
    """The day as steps; the pages drive the same practice, so every step stands what was done before it."""

    def __init__(self, desk: Desk, made: Training, done: DayDone, watch: Watch | None = None) -> None:
        self._desk, self._made, self.done, self._watch = desk, made, done, watch or Quiet()

    def work(self) -> None:
        """Everything but the statements, which come when the day's money is in."""
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("Registering a new patient", self.register),
            ("Finding a patient", self.find),
            ("Entering the day's charges", self.charge),
            ("Taking payments", self.take_payments),
            ("Explaining a balance", self.explain),
            ("Writing off", self.write_off),
        )
        for number, (words, step) in enumerate(steps):
            self._watch.step(number, len(steps), words)
            step()

    def register(self) -> None:
        """A patient who walks in, pays herself, and whose name needs its accents."""
        desk, today = self._desk, self._desk.clock.today()
        details = PatientDetails(
            last="Świętosławska",
            first="Żaneta",
            birth_date=today.replace(year=today.year - 34, day=1),
            sex="F",
            street="77 Lanternlight Terrace",
            city="Camden",
            state="ME",
            zip="04843",
            phone="2075550177",
        )
        made = desk.run(register_patient, RegisterPatient(desk.new_id(), NewPatient(details)))
        self.done.did("Registered a new patient", f"account {made.account}")

    def find(self) -> None:
        found = self._desk.ask(find_patients, FindPatients("swieto"))
        card = self._desk.ask(open_patient, OpenPatient(found[0].id))
        self.done.did("Found her without accents and opened the record", f"born {show_date(card.patient.birth_date)}")

    def charge(self) -> None:
        """Every visit of today is judged as it is typed and posted as one batch against its paper totals."""
        desk, made, today = self._desk, self._made, self._desk.clock.today()
        bills = [
            made.superbill(visit, today, visit_id)
            for visit, visit_id in zip(made.plan.today, made.visits_today, strict=True)
        ]
        judged: list[Judged] = [desk.ask(check_superbill, CheckSuperbill(each)) for each in bills]
        good = [(bill, verdict) for bill, verdict in zip(bills, judged, strict=True) if not verdict.stops]
        cents = Cents(sum(verdict.total_cents for _, verdict in good))
        command = EnterSuperbills(desk.new_id(), tuple(bill for bill, _ in good), len(good), cents)
        entered = desk.run(enter_superbills, command)
        made.charges += len(entered.charge_ids)
        self.done.did(
            f"Entered {len(good)} superbills as one batch",
            f"{len(entered.charge_ids)} charges, {format_cents(entered.cents)}",
        )

    def take_payments(self) -> None:
        desk, made = self._desk, self._made
        count, total = 0, 0
        for visit, visit_id in zip(made.plan.today, made.visits_today, strict=True):
            fees = sum(fee.cents for fee, _ in made.priced(visit))
            cents = fees * max(visit.pays_percent, 50) // 100 if visit.self_pay else visit.copay
            if cents <= 0:
                continue
            payment = PatientPayment(
                guarantor_id=made.guarantor(visit),
                patient_id=made.registered[visit.patient].patient_id,
                cents=Cents(cents),
                method=visit.method,
                reference="1187" if visit.method == "check" else "",
                visit_id=None if visit.self_pay else visit_id,
            )
            taken = desk.run(take_payment, TakePayment(desk.new_id(), payment))
            count, total = count + 1, total + cents
            if len(self.done.receipts) < RECEIPTS:
                self.done.receipts.append((taken.number, desk.ask(receipt_pdf, ReceiptPdf(taken.payment_id))))
        self.done.did(f"Took {count} payments", format_cents(total))

    def explain(self) -> None:
        """Read a balance aloud: of the first guarantor who owes something."""
        patient_id, owes = self._first_who_owes()
        if patient_id is None:
            return
        account = self._desk.ask(open_account, OpenAccount(patient_id))
        told = self._desk.ask(explain_balance, ExplainBalance(guarantor_id=account.guarantor_id))
        self.done.did(
            '"Why do I owe this?"', f"{len(told.entries)} entries explain {format_cents(told.owes_cents or owes)}"
        )

    def write_off(self) -> None:
        patient_id, _ = self._first_who_owes()
        if patient_id is None:
            return
        desk = self._desk
        line = next(
            each for each in desk.ask(open_account, OpenAccount(patient_id)).lines if each.patient_owes_cents > 1_00
        )
        part = Cents(line.patient_owes_cents // 10)
        desk.run(write_off, WriteOff(desk.new_id(), line.charge_id, part, "hardship"))
        self.done.did("Wrote off a tenth of a charge for hardship", format_cents(part))

    def statements(self) -> None:
        """Print and mail the run of today that was made at the window, or make one."""
        desk, today = self._desk, self._desk.clock.today()
        newest = desk.ask(list_runs, ListRuns(1))
        if newest and newest[0].made_on == today and not newest[0].mailed:
            run_id: Id | None = newest[0].run_id
            count, cents = newest[0].statements, newest[0].total_cents
        else:
            left_out = len(desk.ask(select_statements, SelectStatements(), self._watch).left_out)
            made = desk.run(run_statements, RunStatements(desk.new_id()), self._watch)
            run_id, count, cents = made.run_id, made.statements, made.total_cents
            self.done.did(f"Made {count} statements, {left_out} left out with a reason", format_cents(cents))
        if run_id is not None:
            self.done.statements_pdf = desk.ask(statement_run_pdf, RunPdf(run_id), self._watch)
            desk.run(confirm_mailed, ConfirmMailed(desk.new_id(), run_id, today))
            self.done.did(f"Printed and mailed {count} statements in one PDF", format_cents(cents))
        self.done.statements = count

    def _first_who_owes(self) -> tuple[Id | None, Cents]:
        for each in self._made.registered:
            account = self._desk.ask(open_account, OpenAccount(each.patient_id))
            if account.patient_owes_cents > 10_00:
                return each.patient_id, account.patient_owes_cents
        return None, Cents(0)
