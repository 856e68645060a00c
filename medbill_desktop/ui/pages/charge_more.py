"""What a service line has beside its cells: drug, anesthesia times, authorization (BILLING C8, C9, R12)."""

from dataclasses import replace
from datetime import date

from PySide6.QtWidgets import QVBoxLayout

from medbill_desktop.domain.authorizations import WARN_PERCENT, Authorization, suggested
from medbill_desktop.domain.drugs import UNITS, NotAnNdc, eleven_digits, show_ndc
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.charge_entry import Entry
from medbill_desktop.ui.pages.charge_lines import LineRow
from medbill_desktop.ui.pages.charge_sheet import NO_AUTHORIZATION
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.ui.widgets.words import StatusLine
from medbill_desktop.usecases.authorizations import PatientAuthorizations, Permissions, patient_authorizations

SENTENCE = (
    "A drug needs all three of its fields. Times are for anesthesia only; a stop after midnight is the next day."
    " A last day is typed only where the service went on."
)
FIELDS = ("ndc", "ndc_quantity", "ndc_unit", "start", "stop", "authorization")


def show_more(page: Page, entry: Entry) -> None:
    """Open the panel for the line that has the keyboard; the authorizations are those of the patient."""
    row, patient_id = entry.lines.current, entry.patient.value()
    if patient_id is None:
        MorePanel(page, entry, row, ()).open(f"Line {row.number}")
        return
    page.ask(patient_authorizations, PatientAuthorizations(patient_id), lambda found: _opened(page, entry, row, found))


def _opened(page: Page, entry: Entry, row: LineRow, found: Permissions) -> None:
    every = tuple(each.authorization for each in found.authorizations)
    MorePanel(page, entry, row, every).open(f"Line {row.number}")


class MorePanel(PanelForm):
    """Keeps what is typed in the line; the whole superbill is judged as ever."""

    def __init__(self, page: Page, entry: Entry, row: LineRow, authorizations: tuple[Authorization, ...]) -> None:
        about = f"{entry.patient.value() or 0}.{entry.day.text()}.{row.number}"
        super().__init__(page, SENTENCE, "Keep in the line", self._on_keep, keeps="charges.more", about=about)
        self._entry, self._row = entry, row
        units = [("", "No drug"), *((unit, f"{unit}, {words}") for unit, words in UNITS.items())]
        day = entry.day.value() or page.desk.clock.today()
        self._held = {str(each.id): each for each in authorizations}
        choices = [(NO_AUTHORIZATION, "None"), *((str(each.id), _said(each, day)) for each in authorizations)]
        self.form.add("ndc", "NDC of the package", LineField("0409-1234-01", name="ndc", most=16), 0, 0, 12)
        self.form.add("ndc_quantity", "Quantity", LineField(name="ndc_quantity", most=12), 1, 0, 5)
        self.form.add("ndc_unit", "Unit", ChoiceField(units, name="ndc_unit"), 1, 5, 7)
        self.form.add("start", "Anesthesia starts", LineField("7:35", name="start", most=5), 2, 0, 6)
        self.form.add("stop", "Stops", LineField("8:50", name="stop", most=5), 2, 6, 6)
        self.form.add("last_day", "Last day of service", DateField(page.desk.clock.today, name="last_day"), 3, 0, 6)
        self._authorization = ChoiceField(choices, name="authorization")
        self.form.add("authorization", "Prior authorization", self._authorization, 4, 0, 12)
        self._use = StatusLine()
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(2, self._use)
        typed = row.typed()
        self.form.set_values({name: getattr(typed, name) for name in FIELDS})
        self.form.set_values({"last_day": date.fromisoformat(typed.last_day) if typed.last_day else None})
        self._authorization.set_value(typed.authorization or self._fitting(day))
        self._authorization.currentIndexChanged.connect(self._say_use)
        self._say_use()

    def _fitting(self, day: date) -> str:
        """Return the authorization to choose where nobody chose yet: the first to end that has something left."""
        policy = None if self._entry.found is None else self._entry.found.policy
        if policy is None or policy.payer_id is None:
            return NO_AUTHORIZATION
        best = suggested(tuple(self._held.values()), policy.payer_id, self._row.typed().code, day)
        return NO_AUTHORIZATION if best is None else str(best.id)

    def _say_use(self, _: int = 0) -> None:
        """Say how much of the chosen one is used, in the tone that its rest deserves."""
        chosen = self._held.get(str(self._authorization.value()))
        if chosen is None:
            self._use.say("")
            return
        left = max(chosen.left, 0)
        warned = f" {WARN_PERCENT} % are used: ask the plan for more." if chosen.runs_low and left else ""
        tone = Tone.STOP if not left else Tone.WARN if chosen.runs_low else Tone.OK
        self._use.say(f"{chosen.words}, {left} left.{warned}", tone)

    def _on_keep(self) -> None:
        typed = {name: str(self.form.value(name) or "").strip() for name in FIELDS}
        if typed["ndc"]:
            try:
                typed["ndc"] = show_ndc(eleven_digits(typed["ndc"]))
            except NotAnNdc as wrong:
                self.form.show_problems([Problem("ndc", "ndc", str(wrong))])
                return
        last = self.form.value("last_day")
        typed["last_day"] = last.isoformat() if isinstance(last, date) and last != self._entry.day.value() else ""
        self._row.show_typed(replace(self._row.typed(), **typed))
        self.page.close_panel()
        self._entry.changed.emit()
        self._entry.look()
        self._row.units.setFocus()


def _said(each: Authorization, day: date) -> str:
    over = "" if each.details.first_day <= day <= each.details.last_day else ", not on this day"
    return f"{each.details.number}: {each.words}{over}"
