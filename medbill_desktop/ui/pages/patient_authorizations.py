"""Prior authorizations and referrals of a patient, in the side panel of the Coverage tab (BILLING R12)."""

from dataclasses import replace
from datetime import date, timedelta

from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.domain.authorizations import UNITS, VISITS, AuthorizationDetails
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm, PatientTab
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.authorizations import (
    AddReferral,
    AuthorizationLine,
    PatientAuthorizations,
    Permissions,
    RemoveAuthorization,
    SaveAuthorization,
    add_referral,
    patient_authorizations,
    remove_authorization,
    save_authorization,
)
from medbill_desktop.usecases.catalogs import ListProviders, list_providers
from medbill_desktop.usecases.patients import PatientCard

_GOES = "No charge was made under it: it may be taken out."
_ENDS = "Charges were made under it, so it stays; to withdraw it, end it: its last day becomes yesterday."


def authorizations_button(tab: PatientTab) -> Button:
    """Return the button that opens the panel for the patient of a tab (Alt+P)."""
    page = tab.page

    def opens() -> None:
        if tab.card is not None:
            open_authorizations(page, tab.card)

    return page.button("Authorizations", "Alt+P", opens, case=patient_authorizations, name="authorizations")


def open_authorizations(page: Page, card: PatientCard) -> None:
    """Read the patient's authorizations, which is in the log, and show them."""
    page.ask(patient_authorizations, PatientAuthorizations(card.id), lambda found: _show(page, card, found))


def _show(page: Page, card: PatientCard, found: Permissions) -> None:
    content = QWidget()
    column = QVBoxLayout(content)
    column.setContentsMargins(0, 0, Space.ONE, 0)
    column.setSpacing(Space.ONE)
    today = page.desk.clock.today()
    if not found.authorizations and not found.referrals:
        column.addWidget(label("No plan gave an authorization, and nobody a referral.", wrap=True))
    for each in found.authorizations:
        _add_authorization(column, each, today)
        column.addWidget(_change_button(page, card, each))
    for sent in found.referrals:
        until = "" if sent.last_day is None else f" to {show_date(sent.last_day)}"
        visits = "" if sent.visits is None else f", {sent.visits} visits"
        column.addWidget(label(f"Referral {sent.number}".strip(), Type.STRONG))
        words = f"{sent.provider}; {show_date(sent.first_day)}{until}{visits}"
        column.addWidget(label(words, Type.CAPTION, "2", wrap=True))
    column.addStretch(1)
    add = Button("Add", "Alt+N", name="add_authorization", pressed=lambda: _open_new(page, card))
    refer = Button("Referral", "Alt+F", name="add_referral", pressed=lambda: _open_referral(page, card))
    for button, case in ((add, save_authorization), (refer, add_referral)):
        button.setEnabled(page.desk.may(case))
    page.open_panel("Authorizations and referrals", content, buttons=(add, refer))
    add.setFocus()


def _add_authorization(column: QVBoxLayout, line: AuthorizationLine, today: date) -> None:
    mine = line.authorization.details
    column.addWidget(label(f"{mine.number}, {line.payer}", Type.STRONG, wrap=True))
    codes = " ".join(mine.codes) or "every code"
    days = f"{show_date(mine.first_day)} to {show_date(mine.last_day)}"
    column.addWidget(label(f"{codes}; {days}", Type.CAPTION, "2", wrap=True))
    status = StatusLine()
    over = not mine.first_day <= today <= mine.last_day
    low = line.authorization.runs_low and not over
    status.say(
        f"{line.authorization.words}{', not in force today' if over else ''}",
        Tone.STOP if line.authorization.left <= 0 else Tone.WARN if low else Tone.NONE if over else Tone.OK,
    )
    column.addWidget(status)


def _change_button(page: Page, card: PatientCard, line: AuthorizationLine) -> Button:
    button = Button("Change", kind="link", name=f"change_authorization_{line.id}",
                    pressed=lambda: _AuthorizationForm(page, card, line).open("Change the authorization"))  # fmt: skip
    button.setAccessibleName(f"Change {line.authorization.details.number}")
    button.setEnabled(page.desk.may(save_authorization))
    return button


def _open_new(page: Page, card: PatientCard) -> None:
    _AuthorizationForm(page, card, None).open("Add an authorization")


class _AuthorizationForm(PanelForm):
    """An authorization to add, or one to change, to end or to take out."""

    def __init__(self, page: Page, card: PatientCard, line: AuthorizationLine | None) -> None:
        super().__init__(
            page, "What the plan allowed beforehand. Charges made under it are counted.", "Save", self._on_save,
            keeps="authorization" if line is None else "authorization.change",
            about=None if line is None else line.id,
        )  # fmt: skip
        self._card, self._line = card, line
        payers = {each.coverage.payer_id: each.payer for each in card.coverages}
        if line is not None:
            payers.setdefault(line.authorization.details.payer_id, line.payer)
        today = page.desk.clock.today
        self.form.add("payer_id", "Plan", ChoiceField(list(payers.items()), name="payer_id"), 0, 0, 12)
        self.form.add("number", "Number", LineField(name="authorization_number", most=50), 1, 0, 12)
        self.form.add("codes", "Codes, empty for all", LineField(name="authorization_codes"), 2, 0, 12)
        self.form.add("allowed", "Allowed", LineField(name="allowed", most=6), 3, 0, 5)
        counts = [(VISITS, "Visits"), (UNITS, "Units")]
        self.form.add("counts", "Counted in", ChoiceField(counts, name="counts"), 3, 5, 7)
        self.form.add("first_day", "First day", DateField(today, name="first_day"), 4, 0, 6)
        self.form.add("last_day", "Last day", DateField(today, name="last_day"), 4, 6, 6)
        if line is not None:
            self._show(line)

    def _show(self, line: AuthorizationLine) -> None:
        mine = line.authorization.details
        self.form.set_values({
            "payer_id": mine.payer_id, "number": mine.number, "codes": " ".join(mine.codes),
            "allowed": str(mine.allowed), "counts": mine.counts, "first_day": mine.first_day,
            "last_day": mine.last_day,
        })  # fmt: skip
        used = line.authorization.used
        words, does = ("End it", self._end) if used else ("Take out", self._take_out)
        out = Button(words, "Alt+O", name="withdraw_authorization", pressed=does)
        out.setEnabled(self.page.desk.may(remove_authorization))
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(2, out)
        self.add_note(f"{line.authorization.words}. {_ENDS if used else _GOES}")

    def _on_save(self) -> None:
        first, last = self.form.value("first_day"), self.form.value("last_day")
        payer, allowed = self.form.value("payer_id"), self.form.text("allowed")
        if not isinstance(first, date) or not isinstance(last, date):
            self.form.show_problems([Problem("dates", "last_day", "Type both days.")])
            return
        details = AuthorizationDetails(
            Id(payer if isinstance(payer, int) else 0), self.form.text("number"),
            int(allowed) if allowed.isascii() and allowed.isdigit() and len(allowed) < 7 else 0, first, last,
            str(self.form.value("counts")), tuple(self.form.text("codes").upper().replace(",", " ").split()),
        )  # fmt: skip
        self._save(details, "The authorization is saved.")

    def _save(self, details: AuthorizationDetails, done: str) -> None:
        which = None if self._line is None else self._line.id
        self.run(save_authorization, SaveAuthorization(self.page.desk.new_id(), self._card.id, details, which), done)

    def _end(self) -> None:
        """Let it end yesterday: what was charged under it keeps its number, nothing new is charged under it."""
        if self._line is None or self._sending:
            return
        mine = self._line.authorization.details
        yesterday = self.page.desk.clock.today() - timedelta(days=1)
        if mine.last_day <= yesterday:
            self.form.show_problems([Problem("ended", "last_day", "It has ended already.")])
            return
        self._save(replace(mine, last_day=max(mine.first_day, yesterday)), "The authorization has ended.")

    def _take_out(self) -> None:
        if self._line is not None and not self._sending:
            command = RemoveAuthorization(self.page.desk.new_id(), self._card.id, self._line.id)
            self.run(remove_authorization, command, "The authorization is taken out.")


def _open_referral(page: Page, card: PatientCard) -> None:
    def does() -> None:
        first, last, visits = made.form.value("first_day"), made.form.value("last_day"), made.form.text("visits")
        provider = made.form.value("provider_id")
        if not isinstance(first, date):
            made.form.show_problems([Problem("dates", "first_day", "Type the first day.")])
            return
        command = AddReferral(
            page.desk.new_id(), card.id, Id(provider if isinstance(provider, int) else 0), first,
            last if isinstance(last, date) else None, made.form.text("number"),
            None if not visits else int(visits) if visits.isascii() and visits.isdigit() else 0,
        )  # fmt: skip
        made.run(add_referral, command, "The referral is saved.")

    made = PanelForm(page, "Who sent the patient here.", "Save", does, keeps="referral")
    found = page.desk.ask(list_providers, ListProviders())
    choices = [(each.id, each.name) for each in found]
    today = page.desk.clock.today
    made.form.add("provider_id", "Referred by", ChoiceField(choices, name="provider_id"), 0, 0, 12)
    made.form.add("number", "Number, if any", LineField(name="referral_number", most=50), 1, 0, 7)
    made.form.add("visits", "Visits, if named", LineField(name="referral_visits", most=3), 1, 7, 5)
    made.form.add("first_day", "First day", DateField(today, name="first_day"), 2, 0, 6)
    made.form.add("last_day", "Last day, if any", DateField(today, name="last_day"), 2, 6, 6)
    made.form.set_values({"first_day": today()})
    made.open("Add a referral")
