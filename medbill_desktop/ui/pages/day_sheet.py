"""The day sheet: opening, what moved, closing, the proof; and what about money waits for a person (BILLING T5)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from PySide6.QtCore import Slot

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.day_sheet import Roll, Sheet
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Section, Status
from medbill_desktop.ui.pages.money_page import MoneyPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import DateField, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.day_sheet import (
    DaySheet,
    DaySheetContent,
    SignDay,
    day_sheet,
    day_sheet_csv,
    day_sheet_pdf,
    sign_day,
)
from medbill_desktop.usecases.deposits import (
    CloseMoneyItem,
    ListMoneyItems,
    MoneyItem,
    close_money_item,
    list_money_items,
)
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.receipts import METHODS

ITEM_WORDS: Final[dict[str, str]] = {
    "over_short": "Slip over or short",
    "bank_difference": "Bank differs from the slip",
    "review_refund": "Refund without a second person: review it",
    "credit_below_zero": "Refunded, then returned by the bank: collect it",
    "restriction": "Paid in full, then returned: look at the restriction",
    "unclaimed": "Refund check never cashed: unclaimed property",
}


@dataclass(frozen=True, slots=True)
class SheetLine:
    id: str
    words: str
    note: str
    cents: Cents | None
    state: Status | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class ItemLine:
    id: Id
    row: MoneyItem = field(repr=False)


LINES: Final = (
    Column("words", "", stretch=True, strong=lambda line: line.strong),
    Column("note", "", width=220, drop=1),
    Column("cents", "Amount", Kind.MONEY, 128, strong=lambda line: line.strong),
    Column("state", "Proof", Kind.STATUS, 150),
)
ITEMS: Final = (
    Column("opened", "Since", Kind.DATE, 104, value=lambda line: line.row.opened_on),
    Column("kind", "What", stretch=True, value=lambda line: ITEM_WORDS.get(line.row.kind, line.row.kind)),
    Column("name", "Account", Kind.NAME, 170, value=lambda line: line.row.guarantor_name, drop=1),
    Column("slip", "Slip", Kind.CODE, 72, value=lambda line: line.row.deposit_number, drop=2),
    Column("words", "Reason", width=200, value=lambda line: line.row.words, drop=3),
    Column("cents", "Amount", Kind.MONEY, 108, value=lambda line: line.row.cents),
)


class DaySheetPage(MoneyPage):
    """The sheet on top, the open items below."""

    topics = frozenset({"payments", "ledger"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Day sheet")
        self._content: DaySheetContent | None = None
        today = desk.clock.today
        self._first, self._last = DateField(today, name="first_day"), DateField(today, name="last_day")
        for each, words in ((self._first, "From"), (self._last, "To")):
            each.setAccessibleName(words)
            each.setToolTip(words)
            each.setFixedWidth(112)
            each.set_value(today())
            each.left.connect(self.reload)
            each.returnPressed.connect(self.reload)
        self.sheet = Table(LINES, name="day_sheet", spoken="Day sheet", sizes=shell.sizes)
        self.items = Table(ITEMS, name="money_items", spoken="Open items", sizes=shell.sizes,
                           empty="Nothing waits: no difference, nothing to review.")  # fmt: skip
        self.add(self.sheet, 3)
        self.add(label("Open items", ink="2"))
        self.add(self.items, 1)
        self.add(KeyLine(("T", "today"), ("-", "a day back"), ("Alt+Left", "back to the payments")))
        self._make_buttons()
        self.panel.opened.connect(self._tell)
        self.panel.closed.connect(self._tell)
        self.items.chosen.connect(self._tell)
        self._tell()

    def _make_buttons(self) -> None:
        self.tools(self._first, self._last)
        self._item = self.button("Close item", "Ctrl+D", self._on_item, case=close_money_item, name="close_item")
        self._csv = self.button("CSV", "Ctrl+S", self._on_csv, name="day_csv", icon_name="ph.file-arrow-down")
        self._print = self.button("Print", "Ctrl+P", self._on_print, name="day_pdf", icon_name="ph.printer")
        self._sign = self.button(
            "Sign the day", "Ctrl+Enter", self._on_sign, case=sign_day, kind="primary", name="sign_day"
        )
        self.action_bar.add(self._item, self._csv, self._print, self._sign)

    def _query(self) -> DaySheet:
        first = self._first.value() or self.desk.clock.today()
        return DaySheet(first, self._last.value() or first)

    def reload(self) -> None:
        query = self._query()
        if query.last is not None and query.last < query.first:
            self._last.set_value(query.first)
            query = DaySheet(query.first)
        self.ask(day_sheet, query, self._on_sheet)
        self.ask(list_money_items, ListMoneyItems(), self._on_items)

    @Slot(object)
    def _on_sheet(self, content: DaySheetContent) -> None:
        self._content = content
        self.sheet.show_rows(sheet_lines(content.sheet))
        sheet = content.sheet
        days = (
            say_date(sheet.first) if sheet.first == sheet.last else f"{say_date(sheet.first)} to {say_date(sheet.last)}"
        )
        self.say_title("Day sheet", f"{days}: {self._said()}")
        self._tell()

    def _said(self) -> str:
        content = self._content
        if content is None:
            return ""
        if not content.sheet.is_proved:
            return "the proof does not hold"
        if content.signed is None:
            return "proved" + ("" if content.continues else ", but it does not begin where the last signed one ended")
        if content.changed:
            return f"signed by {content.signed.signed_by}, changed since: sign it again"
        return f"signed by {content.signed.signed_by}"

    @Slot(object)
    def _on_items(self, rows: tuple[MoneyItem, ...]) -> None:
        self.items.show_rows([ItemLine(each.id, each) for each in rows])
        self._tell()

    @Slot()
    def _tell(self, *_: object) -> None:
        content, free = self._content, not self.panel.isVisible()
        one_day = content is not None and content.sheet.first == content.sheet.last
        proved = content is not None and content.sheet.is_proved
        unsigned = content is not None and (content.signed is None or content.changed)
        self._sign.setEnabled(self.desk.may(sign_day) and free and one_day and proved and unsigned)
        self._item.setEnabled(self.desk.may(close_money_item) and free and self.items.chosen_row() is not None)
        if content is not None and not proved:
            self.say_at_foot("Call for help before you go on.", lead="The proof does not hold.", tone=Tone.STOP)
        elif content is not None and not one_day:
            self.say_at_foot("One day at a time is signed.")
        else:
            self.say_at_foot("Nothing is dated back into a signed day.")

    def _on_sign(self) -> None:
        if self._content is None or not self._sign.isEnabled():
            return
        day: date = self._content.sheet.first

        def does() -> None:
            command = SignDay(self.desk.new_id(), day, made.form.text("words"))
            made.run(sign_day, command, "The day is signed.")

        sheet = self._content.sheet
        words = (
            f"{say_date(day)}: receivable {format_cents(sheet.receivable.closing)}, credit"
            f" {format_cents(sheet.credit.closing)}. The proof holds. It is signed with your name."
        )
        made = PanelForm(self, words, "Sign it", does, keeps="day.sign", about=day)
        made.form.add("words", "Note, if needed", LineField(name="sign_words"), 0, 0, 12)
        made.open("Sign the day")

    def _on_item(self) -> None:
        line = self.items.chosen_row()
        if not isinstance(line, ItemLine):
            return

        def does() -> None:
            command = CloseMoneyItem(self.desk.new_id(), line.id, made.form.text("answer"))
            made.run(close_money_item, command, "The item is closed.")

        words = f"{ITEM_WORDS.get(line.row.kind, line.row.kind)}, {format_cents(line.row.cents)}. {line.row.words}"
        made = PanelForm(self, words, "Close it", does, keeps="day.item", about=line.id)
        made.form.add("answer", "What came of it", LineField(name="item_answer"), 0, 0, 12)
        made.open("Close an item")

    def _on_print(self) -> None:
        self.ask(day_sheet_pdf, self._query(), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Day sheet", pdf, suggested="day-sheet.pdf")

    def _on_csv(self) -> None:
        self.ask(day_sheet_csv, self._query(), self._on_csv_made)

    @Slot(object)
    def _on_csv_made(self, data: bytes) -> None:
        self.shell.save_file("Save the day sheet", "day-sheet.csv", data)


def sheet_lines(sheet: Sheet) -> list[object]:
    """Return what the table shows: each roll from opening to closing, the drawers, the bank, the proof."""
    lines: list[object] = []
    for roll in (sheet.receivable, sheet.credit):
        lines += _roll(roll)
    lines.append(Section("Money", "by method: what lay there, came, went to the bank"))
    for each in sheet.slips:
        name = METHODS[each.method]
        if not (each.opening or each.taken or each.deposited):
            continue
        note = f"slip {', '.join(each.slips)}" if each.slips else ""
        lines += [
            SheetLine(f"{name} taken", f"{name} taken", "", each.taken),
            SheetLine(f"{name} deposited", f"{name} deposited", note, each.deposited),
            SheetLine(f"{name} left", f"{name} not deposited", "", each.closing, strong=True),
        ]
    lines += [SheetLine(each.words, each.words, "", each.cents) for each in sheet.bank if each.cents]
    for roll in sheet.others:
        lines += _roll(roll)
    lines.append(Section("Proof", "every sum found in two ways"))
    for check in sheet.checks:
        state = Status(Tone.OK, "Holds") if check.holds else Status(Tone.STOP, "Does not hold")
        note = "" if check.holds else f"not {format_cents(check.other)}"
        lines.append(SheetLine(check.words, check.words, note, check.one, state))
    return lines


def _roll(roll: Roll) -> list[object]:
    steps = [SheetLine(f"{roll.words} {each.words}", each.words, "", each.cents) for each in roll.steps if each.cents]
    return [
        Section(roll.words),
        SheetLine(f"{roll.words} opening", "Opening", "", roll.opening, strong=True),
        *steps,
        SheetLine(f"{roll.words} closing", "Closing", "", roll.closing, strong=True),
    ]
