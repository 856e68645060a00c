"""What is done to a charge from the account: written off, moved, corrected, voided, paid from credit, undone."""

from medbill_desktop.domain.explain import REASON_WORDS
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import TRANSFER_REASONS, WRITE_OFF_REASONS
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.users import UNLIMITED, Limit, say_limit
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.widgets.fields import ChoiceField, LineField, MoneyField
from medbill_desktop.usecases.accounts import Account, AccountLine
from medbill_desktop.usecases.adjustments import (
    TransferResponsibility,
    WriteOff,
    transfer_responsibility,
    write_off,
)
from medbill_desktop.usecases.charges import (
    CorrectFee,
    CorrectUnits,
    VoidCharge,
    correct_fee,
    correct_units,
    void_charge,
)
from medbill_desktop.usecases.patients import PatientCard
from medbill_desktop.usecases.payments import ApplyCredit, UndoLast, apply_credit, undo_last

PATIENT = 0  # in a choice: the guarantor; otherwise a coverage's id


def name_of(line: AccountLine) -> str:
    """Return how a charge is called in a sentence."""
    return f"{line.description}, {line.service_date:%m/%d/%Y}"


def owing(line: AccountLine, card: PatientCard) -> list[tuple[object, str]]:
    """Return who owes something on a charge, with how much."""
    found: list[tuple[object, str]] = []
    if line.patient_owes_cents > 0:
        found.append((PATIENT, f"Patient, {format_cents(line.patient_owes_cents)}"))
    if line.with_insurance_cents > 0 and line.coverage_id is not None:
        payers = {each.id: each.payer for each in card.coverages}
        payer = payers.get(line.coverage_id, "Insurance")
        found.append((line.coverage_id, f"{payer}, {format_cents(line.with_insurance_cents)}"))
    return found


def _coverage(chosen: object) -> Id | None:
    return None if chosen in (PATIENT, None) else Id(int(str(chosen)))


def open_write_off(page: Page, line: AccountLine, card: PatientCard) -> PanelForm:
    """Give up money for a reason, within the person's limit."""

    def does() -> None:
        cents = made.form.value("cents")
        command = WriteOff(
            page.desk.new_id(),
            line.charge_id,
            Cents(cents if isinstance(cents, int) else 0),
            str(made.form.value("reason") or ""),
            _coverage(made.form.value("party")),
            made.form.text("memo"),
        )
        made.run(write_off, command, "Written off.")

    words = f"{name_of(line)}. What is given up is not asked for again."
    made = PanelForm(page, words, "Write off", does, keeps="account.write_off", about=line.charge_id)
    parties = owing(line, card)
    made.form.add("party", "Who owes it", ChoiceField(parties), 0, 0, 12)
    made.form.add("cents", "Amount", MoneyField(), 1, 0, 6)
    made.form.add(
        "reason", "Reason", ChoiceField([("", "Choose"), *((e, REASON_WORDS[e]) for e in WRITE_OFF_REASONS)]), 2, 0, 12
    )
    made.form.add("memo", "Note, if needed", LineField(), 3, 0, 12)

    def fill_amount(*_: object) -> None:
        theirs = line.patient_owes_cents if made.form.value("party") == PATIENT else line.with_insurance_cents
        made.form.set_values({"cents": max(theirs, 0)})

    party = made.form.fields["party"].field
    assert isinstance(party, ChoiceField)
    party.currentIndexChanged.connect(fill_amount)
    fill_amount()
    made.add_note(_say_limits(page))
    made.open("Write off")
    return made


def _say_limits(page: Page) -> str:
    user, today = page.desk.user, page.desk.clock.today()
    parts = []
    for which, words in (
        (Limit.WRITE_OFF_CHARGE_CENTS, "per charge"),
        (Limit.WRITE_OFF_PATIENT_DAY_CENTS, "per patient and day"),
        (Limit.DISCOUNT_PERCENT, "as a discount"),
    ):
        amount = user.limit(which, today)
        if amount < UNLIMITED:
            parts.append(f"{say_limit(which, amount)} {words}")
    return f"You may write off up to {', '.join(parts)}." if parts else ""


def open_transfer(page: Page, line: AccountLine, card: PatientCard) -> PanelForm:
    """Move who owes it to another party."""

    def does() -> None:
        cents = made.form.value("cents")
        command = TransferResponsibility(
            page.desk.new_id(),
            line.charge_id,
            _coverage(made.form.value("party")),
            _coverage(made.form.value("to")),
            str(made.form.value("reason") or ""),
            Cents(cents) if isinstance(cents, int) else None,
        )
        made.run(transfer_responsibility, command, "Moved to the other party.")

    words = f"{name_of(line)}. The other party owes it from now on."
    made = PanelForm(page, words, "Transfer", does, keeps="account.transfer", about=line.charge_id)
    parties = owing(line, card)
    targets: list[tuple[object, str]] = [(PATIENT, "Patient")]
    targets += [(e.id, f"{e.payer}, {e.standing}") for e in card.coverages]
    made.form.add("party", "From", ChoiceField(parties), 0, 0, 12)
    made.form.add("to", "To", ChoiceField(targets), 1, 0, 12)
    reasons = [("", "Choose"), *((each, _capital(REASON_WORDS[each])) for each in TRANSFER_REASONS)]
    made.form.add("reason", "Reason", ChoiceField(reasons), 2, 0, 12)
    made.form.add("cents", "Amount, empty moves all of it", MoneyField(), 3, 0, 8)
    if parties and parties[0][0] == PATIENT and len(targets) > 1:
        made.form.set_values({"to": targets[1][0]})
    made.open("Transfer responsibility")
    return made


def open_void(page: Page, line: AccountLine) -> PanelForm:
    """Take a charge back, with all that stands on it."""

    def does() -> None:
        command = VoidCharge(page.desk.new_id(), line.charge_id, made.form.text("reason"))
        made.run(void_charge, command, "The charge is void.")

    words = f"{name_of(line)}, {format_cents(line.charged_cents)}. It stays in the books with its reversal; what was"
    words = f"{words} paid on it becomes credit."
    made = PanelForm(page, words, "Void it", does, keeps="account.void", about=line.charge_id)
    made.form.add("reason", "Reason", LineField(), 0, 0, 12)
    made.open("Void a charge")
    return made


def open_correct_fee(page: Page, line: AccountLine) -> PanelForm:
    """Post a charge anew with another fee."""

    def does() -> None:
        fee = made.form.value("fee")
        cents = Cents(fee if isinstance(fee, int) else -1)
        command = CorrectFee(page.desk.new_id(), line.charge_id, cents, made.form.text("reason"))
        made.run(correct_fee, command, "The fee is corrected.")

    words = f"{name_of(line)}: {line.units} x {format_cents(line.charged_cents // max(line.units, 1))}."
    words = f"{words} The charge is reversed and posted anew."
    made = PanelForm(page, words, "Correct it", does, keeps="account.fee", about=line.charge_id)
    made.form.add("fee", "Right fee for one unit", MoneyField(), 0, 0, 6)
    made.form.add("reason", "Reason", LineField(), 1, 0, 12)
    made.add_note("Wrong units? Ctrl+Shift+U corrects those.")
    made.open("Correct the fee")
    return made


def open_correct_units(page: Page, line: AccountLine) -> PanelForm:
    """Post a charge anew with other units, at the fee that it has."""

    def does() -> None:
        typed = made.form.text("units")
        units = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
        again = made.form.value("payments") == "again"
        new_id, reason = page.desk.new_id(), made.form.text("reason")
        command = CorrectUnits(new_id, line.charge_id, units, reason, apply_again=again)
        made.run(correct_units, command, "The units are corrected.")

    words = f"{name_of(line)}: {line.units} x {format_cents(line.charged_cents // max(line.units, 1))}."
    words = f"{words} The charge is reversed and posted anew."
    made = PanelForm(page, words, "Correct it", does, keeps="account.units", about=line.charge_id)
    choices = [("again", "Pay the corrected charge"), ("credit", "Stay credit, to be applied by choice")]
    made.form.add("units", "Right units", LineField(most=5), 0, 0, 6)
    made.form.add("payments", "What the patient paid on it", ChoiceField(choices), 1, 0, 12)
    made.form.add("reason", "Reason", LineField(), 2, 0, 12)
    made.open("Correct the units")
    return made


def open_apply_credit(page: Page, account: Account) -> PanelForm:
    """Let the guarantor's credit pay what is owed, oldest service first."""

    def does() -> None:
        made.run(apply_credit, ApplyCredit(page.desk.new_id(), account.guarantor_id), "The credit was applied.")

    words = f"The guarantor has {format_cents(account.credit_cents)} of credit. It pays the oldest services first,"
    words = f"{words} for every patient of this guarantor."
    made = PanelForm(page, words, "Apply it", does, no_draft="Nothing is typed.")
    made.open("Apply credit")
    return made


def open_undo(page: Page) -> PanelForm:
    """Ask in place before the last posting is reversed."""

    def does() -> None:
        made.run(undo_last, UndoLast(page.desk.new_id()), "Your last posting is undone.")

    words = "What you posted last today is reversed exactly, whichever patient it was for. The books keep both."
    made = PanelForm(page, words, "Undo it", does, no_draft="Nothing is typed.")
    made.open("Undo your last posting?")
    return made


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
