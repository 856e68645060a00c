"""Contracts: which schedule prices a payer, what plans allow, where tests may be done (BILLING C2, C7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from medbill_desktop.domain.contracts import Rate
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.models.rows import Column, Kind, Section
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.widgets.fields import ChoiceField, CodeField, DateField, LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.catalogs import ListPayers, ListPlaces, list_payers, list_places
from medbill_desktop.usecases.contracts import (
    Contracts,
    Dated,
    ListContracts,
    ListLocalities,
    PriceLikeMedicare,
    RateLine,
    SaveCertificate,
    SaveRates,
    UseSchedule,
    list_contracts,
    list_localities,
    price_like_medicare,
    save_certificate,
    save_rates,
    use_schedule,
)
from medbill_desktop.usecases.imports import import_rows

ABOUT = (
    "A payer without a schedule of its own is priced from the standard one. An allowable holds from its first day on."
)
PLACES = (("", "Anywhere"), ("office", "In the office"), ("facility", "In a facility"))
PLACE_WORDS = dict(PLACES)


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One thing that was agreed."""

    id: int
    who: str
    what: str
    detail: str
    cents: Cents | None
    first_day: date
    last_day: date | None


COLUMNS = (
    Column("who", "Who", Kind.NAME, 220),
    Column("what", "What", Kind.CODE, 150),
    Column("detail", "For", Kind.NAME, stretch=True),
    Column("cents", "Allowed", Kind.MONEY, 96),
    Column("first_day", "From", Kind.DATE, 96),
    Column("last_day", "Until", Kind.DATE, 96, drop=1),
)


class ContractsTab(SettingsTab):
    """Three lists one below the other, a button to add to each."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.table = Table(
            COLUMNS, name="contracts", spoken="Contracts", sizes=page.shell.sizes,
            empty="Nothing is agreed yet: every payer is priced from the standard schedule.",
        )  # fmt: skip
        self.buttons = (
            self.button("Import rates", "Ctrl+I", self._on_import, case=import_rows, name="import_rates"),
            self.button("CLIA number", "Alt+L", lambda: self._open(CertificatePanel), case=save_certificate,
                        name="add_clia"),
            self.button("Prices like Medicare", "Alt+M", lambda: self._open(MedicarePanel), case=price_like_medicare,
                        name="like_medicare"),
            self.button("Contract rate", "Alt+R", lambda: self._open(RatePanel), case=save_rates, name="add_rate"),
            self.button("Schedule of a payer", "Ctrl+N", lambda: self._open(SchedulePanel), case=use_schedule,
                        name="add_use"),
        )  # fmt: skip
        self.inset(label(ABOUT, ink="2"))
        self.column.addWidget(self.table, 1)
        self._found = Contracts((), (), (), ())

    def reload(self) -> None:
        self._found = self.desk.ask(list_contracts, ListContracts())
        rows: list[object] = []
        for title, some in (
            ("Schedules of payers", [_use(each) for each in self._found.uses]),
            ("Contract rates", [_rate(each) for each in self._found.rates]),
            ("CLIA numbers of places", [_use(each) for each in self._found.certificates]),
        ):
            if some:
                rows += [Section(title, str(len(some))), *some]
        self.table.show_rows(rows)

    def focus_first(self) -> None:
        self.table.setFocus()

    def _on_import(self) -> None:
        self.page.shell.go("import", "rates")

    def _open(self, made: Callable[[Page, Contracts], "AgreedPanel"]) -> None:
        panel = made(self.page, self._found)
        panel.open(panel.title)


def share_of(text: str) -> int | None:
    """Return hundredths of a percent exactly; None for what is none, or finer than that."""
    found = re.fullmatch(r"(\d{1,4})(?:\.(\d{0,2}))?", text.strip().rstrip("% "), re.ASCII)
    return None if found is None else int(f"{found[1]}{(found[2] or '').ljust(2, '0')}")


def _use(each: Dated) -> ContractRow:
    return ContractRow(each.id, each.owner, each.value, "", None, each.first_day, each.last_day)


def _rate(line: RateLine) -> ContractRow:
    rate = line.rate
    code = f"{rate.code} {rate.modifier}".strip()
    detail = ", ".join(filter(None, (rate.plan, PLACE_WORDS[rate.place_class])))
    return ContractRow(line.id, line.payer, code, detail, rate.cents, rate.first_day, rate.last_day)


class AgreedPanel(PanelForm):
    """What the four forms have in common: days, and the message at the end."""

    title, kept_as = "", ""

    def __init__(self, page: Page, sentence: str, found: Contracts) -> None:
        super().__init__(page, sentence, "Save", self._on_send, keeps=self.kept_as)
        self.found = found

    def add_days(self, row: int, *, last: bool = True) -> None:
        today = self.page.desk.clock.today
        self.form.add("first_day", "First day", DateField(today, name="first_day"), row, 0, 6)
        self.form.set_values({"first_day": today()})
        if last:
            self.form.add("last_day", "Last day, if any", DateField(today, name="last_day"), row, 6, 6)

    def payers(self) -> ChoiceField:
        found = self.page.desk.ask(list_payers, ListPayers())
        return ChoiceField([(each.id, each.payer.name) for each in found], name="payer")

    def day(self, name: str) -> date | None:
        value = self.form.value(name) if name in self.form.fields else None
        return value if isinstance(value, date) else None

    def chosen(self, name: str) -> Id:
        value = self.form.value(name)
        return Id(value if isinstance(value, int) else 0)

    def needed_day(self) -> date | None:
        """Return the first day; says so under its field where it is missing."""
        day = self.day("first_day")
        if day is None:
            self.form.show_problems([Problem("dates", "first_day", "Type the first day.")])
        return day

    def _on_send(self) -> None:
        raise NotImplementedError


class SchedulePanel(AgreedPanel):
    """From a day on, a payer's charges are priced from one schedule."""

    title = "Schedule of a payer"

    kept_as = "contract.schedule"

    def __init__(self, page: Page, found: Contracts) -> None:
        super().__init__(page, "Charges for that payer are then priced from this schedule alone: a code that it lacks"
                         " can't be charged until it has a price.", found)  # fmt: skip
        self.form.add("payer", "Payer", self.payers(), 0, 0, 12)
        names = found.schedules or ("standard",)
        self.form.add("schedule", "Schedule", ChoiceField([(each, each) for each in names], name="schedule"), 1, 0, 12)
        self.add_days(2)

    def _on_send(self) -> None:
        if (first := self.needed_day()) is not None:
            schedule = str(self.form.value("schedule"))
            command = UseSchedule(self.page.desk.new_id(), self.chosen("payer"), schedule, first, self.day("last_day"))
            self.run(use_schedule, command, "The schedule of the payer is saved.")


class RatePanel(AgreedPanel):
    """An allowable of a service."""

    title = "Contract rate"

    kept_as = "contract.rate"

    def __init__(self, page: Page, found: Contracts) -> None:
        super().__init__(page, "What the contract lets you keep per unit, from payer and patient together. It is shown"
                         " beside each charge as what to expect.", found)  # fmt: skip
        self.form.add("payer", "Payer", self.payers(), 0, 0, 12)
        self.form.add("plan", "Plan, if only one", LineField(name="plan", most=60), 1, 0, 12)
        self.form.add("code", "Code", CodeField(name="code"), 2, 0, 7)
        self.form.add("modifier", "Modifier", CodeField(name="modifier", most=2), 2, 7, 5)
        self.form.add("place_class", "Where", ChoiceField(PLACES, name="place_class"), 3, 0, 7)
        self.form.add("cents", "Allowed", MoneyField(name="allowed"), 3, 7, 5)
        self.add_days(4)

    def _on_send(self) -> None:
        cents, first = self.form.value("cents"), self.needed_day()
        if not isinstance(cents, int):
            self.form.show_problems([Problem("cents", "cents", "Type what is allowed.")])
        elif first is not None:
            rate = Rate(
                self.chosen("payer"), self.form.text("code"), Cents(cents), first, self.form.text("plan"),
                self.form.text("modifier"), str(self.form.value("place_class") or ""), self.day("last_day"),
            )  # fmt: skip
            self.run(save_rates, SaveRates(self.page.desk.new_id(), (rate,)), "The contract rate is saved.")


class CertificatePanel(AgreedPanel):
    """The CLIA number of a place."""

    title = "CLIA number"

    kept_as = "contract.clia"

    def __init__(self, page: Page, found: Contracts) -> None:
        super().__init__(page, "Laboratory tests carry the number of the place where they were done.", found)
        places = page.desk.ask(list_places, ListPlaces())
        choices = [(each.id, each.place.name) for each in places]
        self.form.add("place", "Place", ChoiceField(choices, name="place"), 0, 0, 12)
        self.form.add("number", "CLIA number", CodeField(name="clia", most=10), 1, 0, 12)
        self.add_days(2)

    def _on_send(self) -> None:
        if (first := self.needed_day()) is not None:
            number = self.form.text("number")
            command = SaveCertificate(
                self.page.desk.new_id(), self.chosen("place"), number, first, self.day("last_day")
            )
            self.run(save_certificate, command, "The CLIA number is saved.")


class MedicarePanel(AgreedPanel):
    """A schedule at a share of Medicare's prices."""

    title = "Prices like Medicare"

    kept_as = "contract.medicare"

    def __init__(self, page: Page, found: Contracts) -> None:
        super().__init__(page, "Makes a schedule for every code of your standard one, out of the relative values"
                         " and cost indices imported under Code sets, exact to the cent.", found)  # fmt: skip
        self._places = page.desk.ask(list_localities, ListLocalities(page.desk.clock.today()))
        choices = [(at, f"{each.name} ({each.carrier} {each.locality})") for at, each in enumerate(self._places)]
        self.form.add("schedule", "Name of the schedule", LineField(name="schedule", most=40), 0, 0, 12)
        self.form.add("locality", "Locality", ChoiceField(choices, name="locality"), 1, 0, 12)
        self.form.add("share", "Percent of Medicare", LineField(name="share", most=8), 2, 0, 6)
        self.form.add("facility", "Where", ChoiceField(PLACES[1:], name="facility"), 2, 6, 6)
        self.form.set_values({"share": "100"})
        self.add_days(3, last=False)

    def _on_send(self) -> None:
        first, at = self.needed_day(), self.form.value("locality")
        where = self._places[at] if isinstance(at, int) and at < len(self._places) else None
        if first is None:
            return
        share = share_of(self.form.text("share"))
        if share is None:
            said = Problem("share", "share", "Type a percentage with at most two decimals.", "Such as 112.5.")
            self.form.show_problems([said])
            return
        command = PriceLikeMedicare(
            self.page.desk.new_id(), self.form.text("schedule"), "" if where is None else where.carrier,
            "" if where is None else where.locality, share, first,
            self.form.value("facility") == "facility",
        )  # fmt: skip
        self.run(price_like_medicare, command, "The schedule is made.")
