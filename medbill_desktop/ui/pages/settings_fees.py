"""The price list: each price from a day on; an older price of the same code ends the day before (BILLING C2)."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.charges import STANDARD
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Invalid, Problem
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.models.rows import Column, Kind
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.widgets.fields import ChoiceField, CodeField, DateField, LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.catalogs import FeeDetails, FeeLine, FindFees, SaveFees, find_fees, save_fees
from medbill_desktop.usecases.contracts import ListContracts, list_contracts
from medbill_desktop.usecases.imports import import_rows

MOST_SHOWN = 2000
KEPT = ("last_day", "schedule")  # what a new price of a service does not take from the old one
NEW_WORDS = "The words for the statement are what an envelope may carry: no code, nothing that tells of an illness."
CHANGE_WORDS = "A new price from the first day on. The price until then ends the day before and stays in the books."

COLUMNS = (
    Column("code", "Code", Kind.CODE, 72, value=lambda row: row.fee.code),
    Column("modifier", "Mod.", Kind.CODE, 52, value=lambda row: row.fee.modifier, full_title="Modifier"),
    Column("description", "Service", Kind.NAME, stretch=True, value=lambda row: row.fee.description),
    Column("words", "On statements", width=124, value=lambda row: row.fee.generic_words, drop=1),
    Column("cents", "Price", Kind.MONEY, 88, value=lambda row: row.fee.cents),
    Column("first", "From", Kind.DATE, 96, value=lambda row: row.fee.first_day),
    Column("last", "Until", Kind.DATE, 96, value=lambda row: row.fee.last_day, drop=2),
)


class FeesTab(SettingsTab):
    """Prices in force on a day; Enter gives a new price, Ctrl+N adds a service, Ctrl+I imports a list."""

    no_draft = "A search."

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.search = LineField("Beginning of a code or a word", name="find_fees")
        self.search.setAccessibleName("Find prices")
        self.search.setFixedWidth(280)
        self.day = DateField(self.desk.clock.today, name="fees_on")
        self.day.setAccessibleName("Prices in force on")
        self.day.setFixedWidth(120)
        self.day.set_value(self.desk.clock.today())
        self.table = Table(COLUMNS, name="fees", spoken="Prices", sizes=page.shell.sizes)
        add = self.button("Add a price", "Ctrl+N", self._on_add, case=save_fees, name="add_fee")
        bring_in = self.button("Import CSV", "Ctrl+I", self._on_import, case=import_rows, name="import_fees")
        self.buttons = (bring_in, add)
        self.keys.append(Key("Enter", "New price of the service"))
        self.schedule = ChoiceField([(STANDARD, STANDARD)], name="fee_schedule")
        self.schedule.setAccessibleName("Schedule")
        self.inset(self.search, label("in force on", ink="2"), self.day, label("in", ink="2"), self.schedule)
        self.column.addWidget(self.table, 1)
        self.search.textChanged.connect(self.reload)
        self.schedule.activated.connect(self.reload)
        self.day.left.connect(self.reload)
        self.day.returnPressed.connect(self.reload)
        self.table.opened.connect(self._on_opened)

    @Slot()
    def reload(self, *_: object) -> None:
        text, day = self.search.text().strip(), self.day.value() or self.desk.clock.today()
        typed = "Nothing begins like that." if text else "No price yet. Add one with Ctrl+N, or import a list."
        self.table.set_empty(typed)
        names = self.desk.ask(list_contracts, ListContracts()).schedules
        self.schedule.offer([(each, each) for each in dict.fromkeys((STANDARD, *names))])
        found = self.desk.ask(find_fees, FindFees(text, day, MOST_SHOWN, self._chosen))
        self.table.show_rows(found)

    @property
    def _chosen(self) -> str:
        return str(self.schedule.value() or STANDARD)

    def focus_first(self) -> None:
        self.search.setFocus()

    def _on_import(self) -> None:
        self.page.shell.go("import", "fees")

    def _on_add(self) -> None:
        FeePanel(self.page, None, self._chosen).open("Add a price")

    @Slot(object)
    def _on_opened(self, line: FeeLine) -> None:
        FeePanel(self.page, line.fee, self._chosen, line.id).open(f"New price of {line.fee.code}")


class FeePanel(PanelForm):
    """The form of one price."""

    def __init__(self, page: Page, fee: FeeDetails | None, schedule: str = STANDARD, about: Id | None = None) -> None:
        words = NEW_WORDS if fee is None else CHANGE_WORDS
        super().__init__(page, words, "Save", self._on_send, keeps="fee", about=about)
        today = page.desk.clock.today
        self.form.add("code", "Code", CodeField(name="code"), 0, 0, 7)
        self.form.add("modifier", "Modifier", CodeField(name="modifier", most=2), 0, 7, 5)
        self.form.add("description", "Service", LineField(name="description"), 1, 0, 12)
        self.form.add("generic_words", "Words for the statement", LineField(name="generic_words", most=60), 2, 0, 12)
        self.form.add("cents", "Price", MoneyField(name="price"), 3, 0, 6)
        self.form.add("first_day", "First day", DateField(today, name="first_day"), 4, 0, 6)
        self.form.add("last_day", "Last day, if any", DateField(today, name="last_day"), 4, 6, 6)
        on_claims = [(True, "Where a plan pays"), (False, "Never: a form, a fee of our own")]
        self.form.add("claim_item", "On claims", ChoiceField(on_claims, name="claim_item"), 5, 0, 12)
        self.form.add("schedule", "Schedule", LineField(name="schedule", most=40), 6, 0, 12)
        self.form.set_values({"schedule": schedule})
        if fee is not None:
            self.form.set_values({name: getattr(fee, name) for name in self.form.fields if name not in KEPT})
            for name in ("code", "modifier", "schedule"):
                self.form.fields[name].field.setEnabled(False)
        self.form.set_values({"first_day": today()})
        allowed = page.desk.may(save_fees)
        self.form.setEnabled(allowed)
        self.confirm.setEnabled(allowed)

    def open(self, title: str) -> None:
        super().open(title)
        if not self.form.fields["code"].field.isEnabled():
            self.form.fields["cents"].setFocus()

    def _on_send(self) -> None:
        cents, first = self.form.value("cents"), self.form.value("first_day")
        problems = []
        if cents is None:
            problems.append(Problem("price", "cents", "Type the price."))
        if first is None:
            problems.append(Problem("dates", "first_day", "Type the first day."))
        if problems or not isinstance(cents, int):
            self.form.show_problems(problems)
            return
        typed: dict[str, Any] = {
            name: self.form.text(name) for name in ("code", "modifier", "description", "generic_words")
        }
        typed |= {name: self.form.value(name) for name in ("first_day", "last_day")}
        fee = FeeDetails(cents=Cents(cents), claim_item=bool(self.form.value("claim_item")), **typed)
        schedule = tidy(self.form.text("schedule")) or STANDARD
        later = fee.first_day > self.page.desk.clock.today()
        said = f"The price is saved. It holds from {say_date(fee.first_day)}." if later else "The price is saved."
        self.run(save_fees, SaveFees(self.page.desk.new_id(), (fee,), schedule), said)

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        if isinstance(error, Invalid):
            mine = [replace(each, field=each.field.removeprefix("fee.1.")) for each in error.problems]
            error = Invalid(mine)
        super()._on_refused(error)
