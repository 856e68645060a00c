"""The day sheet: the proof of a day or of several, on the screen, on paper, and signed (BILLING T5)."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from medbill_desktop.documents.csv_file import as_csv
from medbill_desktop.documents.plain_sheet import Grid, PlainSheet, plain_sheet_pdf
from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.day_sheet import (
    OTHER_ACCOUNTS,
    OTHER_WORDS,
    Roll,
    Sheet,
    SlipRoll,
    Step,
    cash_check,
    checks_of,
    continues,
    credit_roll,
    receivable_roll,
)
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Cause
from medbill_desktop.domain.money import ZERO, Cents, format_cents, plain_cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import aging, payments
from medbill_desktop.storage import day_sheet as sums
from medbill_desktop.storage.day_sheet import SignedDay
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import check_words
from medbill_desktop.usecases.receipts import METHODS

MOST_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class DaySheet:
    """Of one day, or of all from `first` to `last`."""

    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class DaySheetContent:
    sheet: Sheet
    signed: SignedDay | None  # of one day
    changed: bool  # something was posted since it was signed
    continues: bool  # the last sheet signed before it ends where this one begins
    recent: tuple[SignedDay, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SignDay:
    """Sign the sheet of a day; a proof that does not hold can't be signed."""

    id: Id
    day: date
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignedSheet:
    receivable_cents: Cents
    credit_cents: Cents


@query("report.day_sheet", needs=Permission.TAKE_PAYMENT, audit="report.day_sheet")
def day_sheet(read: Reading, query: DaySheet) -> DaySheetContent:
    """Prove a day: opening, what moved, closing, and the same sums found another way."""
    sheet = sheet_of(read, query.first, query.last or query.first)
    one_day = sheet.first == sheet.last
    recent = tuple(sums.signed(read.conn, limit=MOST_DAYS))
    mark = next((each for each in recent if one_day and each.day == sheet.first), None)
    before = next((each for each in recent if each.day < sheet.first), None)
    figures = sheet.figures()
    read.entry.about("report", None, days=(sheet.last - sheet.first).days + 1)
    return DaySheetContent(
        sheet,
        mark,
        mark is not None and mark.figures != figures,
        before is None or before.day < sheet.first - timedelta(days=1) or continues(before.figures, figures),
        recent[:60],
    )


@usecase("day.sign", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def sign_day(work: Work, cmd: SignDay) -> SignedSheet:
    """Close a day under one's name: nothing is dated back into it any more."""
    found = Findings()
    check_words(found, "words", cmd.words)
    if cmd.day > work.today:
        found.stop("future", "day", "This day has not come yet.", "Choose today.")
    found.raise_stops()
    sheet = sheet_of(work, cmd.day, cmd.day)
    if not sheet.is_proved:
        wrong = " ".join(f"{each.sentence()}." for each in sheet.checks if not each.holds)
        raise Refused(f"The proof of {say_date(cmd.day)} does not hold: {wrong} Call for help before you go on.")
    sums.sign(work.conn, cmd.day, sheet.figures(), work.user.id, work.now, cmd.words.strip())
    work.entry.about("day", None, receivable_cents=sheet.receivable.closing, credit_cents=sheet.credit.closing)
    return SignedSheet(sheet.receivable.closing, sheet.credit.closing)


@query("report.day_sheet_pdf", needs=Permission.TAKE_PAYMENT, audit="report.day_sheet_pdf")
def day_sheet_pdf(read: Reading, query: DaySheet) -> bytes:
    """Return the sheet on paper; no name of a patient stands on it."""
    content = day_sheet.body(read, query)
    sheet, practice = content.sheet, payments.practice_block(read.conn)
    facts = [("Days", _said_days(sheet)), ("Basis", "posted date")]
    if content.signed is not None:
        facts += [("Signed by", content.signed.signed_by), ("On", show_date(content.signed.signed_at.date()))]
    grids = tuple(_roll_grid(each) for each in (sheet.receivable, sheet.credit, *sheet.others))
    slips = tuple(
        (
            METHODS[each.method],
            ", ".join(each.slips),
            *map(format_cents, (each.opening, each.taken, each.deposited, each.closing)),
        )
        for each in sheet.slips
    )
    bank = Grid("Straight at the bank", ("", "Amount"),
                tuple((each.words, format_cents(each.cents)) for each in sheet.bank))  # fmt: skip
    money = Grid("Money", ("Method", "Slips", "Opening", "Taken", "Deposited", "Closing"), slips, money=4)
    ways = tuple((each.words, format_cents(each.one), format_cents(each.other)) for each in sheet.checks)
    proof = Grid("Proof", ("Sums found in two ways", "One way", "The other"), ways, money=2)
    lines = (*practice.lines, show_phone(practice.phone))
    order = (grids[0], grids[1], money, bank, *grids[2:], proof)
    signed = ("Signed", "Date")
    return plain_sheet_pdf(PlainSheet("Day sheet", practice.name, lines, tuple(facts), order, signatures=signed))


@query("report.day_sheet_csv", needs=Permission.TAKE_PAYMENT, audit="report.day_sheet_csv")
def day_sheet_csv(read: Reading, query: DaySheet) -> bytes:
    """Return the sheet as CSV: what, which step, how much."""
    sheet = day_sheet.body(read, query).sheet
    rows: list[tuple[str, str, str]] = [("What", "Step", "Amount")]
    for roll in (sheet.receivable, sheet.credit, *sheet.others):
        rows += _roll_rows(roll.words, roll.opening, roll.steps, roll.closing)
    for slip in sheet.slips:
        steps = (Step("Taken", slip.taken), Step("Deposited", Cents(-slip.deposited)))
        rows += _roll_rows(METHODS[slip.method], slip.opening, steps, slip.closing)
    rows += [("Bank", each.words, plain_cents(each.cents)) for each in sheet.bank]
    rows += [("Proof", each.words, "holds" if each.holds else "does not hold") for each in sheet.checks]
    return as_csv(rows)


def sheet_of(read: Reading, first: date, last: date) -> Sheet:
    """Sum a period in every way; raises Refused where it is none."""
    if not first <= last <= read.today:
        raise Refused("Choose days up to today, the first one first.")
    if (last - first).days > MOST_DAYS:
        raise Refused("Choose at most a year.")
    conn, opening = read.conn, sums.balances_before(read.conn, first)
    moved = sums.plus_and_minus(conn, first, last)
    causes = sums.receivable_by_cause(conn, first, last)
    receivable = receivable_roll(opening.get(Account.RECEIVABLE, ZERO), causes)
    credit = credit_roll(opening.get(Account.PATIENT_CREDIT, ZERO), sums.credit_by_kind(conn, first, last))
    slips, bank = sums.slip_rolls(conn, first, last), sums.bank_steps(conn, first, last)
    cash = opening.get(Account.CASH, ZERO)
    proof = checks_of(
        receivable,
        credit,
        causes.get(Cause.TRANSFER, ZERO),
        sums.by_patient(conn, last),
        Cents(sum(sum(each.cents) for each in aging.aged_by_party(conn, last, None if last >= read.today else last))),
        sums.by_guarantor(conn, last),
        cash_check(cash, Cents(cash + sum(moved.get(Account.CASH, (0, 0)))), slips, bank),
    )
    others = tuple(
        Roll(OTHER_WORDS[each], opening.get(each, ZERO),
             (Step("Added", moved.get(each, (ZERO, ZERO))[0]), Step("Taken", moved.get(each, (ZERO, ZERO))[1])))
        for each in OTHER_ACCOUNTS
        if opening.get(each) or each in moved
    )  # fmt: skip
    return Sheet(first, last, receivable, credit, slips, bank, others, proof)


def _said_days(sheet: Sheet) -> str:
    one = show_date(sheet.first)
    return one if sheet.first == sheet.last else f"{one} to {show_date(sheet.last)}"


def _slip_row(slip: SlipRoll) -> tuple[str, ...]:
    sums = (slip.opening, slip.taken, slip.deposited, slip.closing)
    return (METHODS[slip.method], ", ".join(slip.slips), *map(format_cents, sums))


def _roll_rows(words: str, opening: Cents, steps: tuple[Step, ...], closing: Cents) -> list[tuple[str, str, str]]:
    rows = [(words, "Opening", plain_cents(opening))]
    rows += [(words, each.words, plain_cents(each.cents)) for each in steps]
    return [*rows, (words, "Closing", plain_cents(closing))]


def _roll_grid(roll: Roll) -> Grid:
    rows = [("Opening", format_cents(roll.opening))]
    rows += [(each.words, format_cents(each.cents)) for each in roll.steps if each.cents]
    rows.append(("Closing", format_cents(roll.closing)))
    return Grid(roll.words, ("", "Amount"), tuple(rows), strong=frozenset({0, len(rows) - 1}))
