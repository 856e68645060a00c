"""One patient: banner, and tabs for account, coverage, visits, claims, statements and details (UX Patient)."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QWidget

from medbill_desktop.domain.coverages import Standing, rank_word
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.names import full_name
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.claims_tab import ClaimsTab
from medbill_desktop.ui.pages.patient_account import AccountTab
from medbill_desktop.ui.pages.patient_coverage import CoverageTab
from medbill_desktop.ui.pages.patient_details import DetailsTab
from medbill_desktop.ui.pages.patient_documents import DocumentsTab
from medbill_desktop.ui.pages.patient_estate import open_estate_form
from medbill_desktop.ui.pages.patient_family import FamilyPanel
from medbill_desktop.ui.pages.patient_lists import StatementsTab, VisitsTab
from medbill_desktop.ui.pages.patient_privacy import PrivacyTab
from medbill_desktop.ui.pages.patient_tab import PatientTab
from medbill_desktop.ui.pages.patients import FLAG_WORDS
from medbill_desktop.ui.pages.recent_patients import remember
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Space, Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import Chip, Fact, reveal, rule
from medbill_desktop.usecases.accounts import Account
from medbill_desktop.usecases.charges import enter_superbills
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.estates import AskEstate, EstateCard, note_estate, open_estate
from medbill_desktop.usecases.families import Family, FamilyOf, family_of
from medbill_desktop.usecases.merging import find_alike
from medbill_desktop.usecases.patients import OpenPatient, PatientCard, open_patient

SEX_WORDS = {"F": "F", "M": "M", "U": "sex not known"}
MOST_CHIPS = 5


class PatientPage(Page):
    """Opening the record is an audited job; nothing is shown before its row is written (SECURITY A6)."""

    topics = frozenset({"patients", "ledger", "payments", "visits", "claims", "statements", "documents", "privacy"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Patient")
        self._place: PatientPlace | None = None
        self._insurance, self._owes = Fact("With insurance"), Fact("Patient owes")
        self._credit = Fact("Credit")
        self.tools(self._insurance, self._owes, self._credit)
        self._tools.setSpacing(Space.FOUR)
        self.account = AccountTab(self, self._on_account)
        # In sight on one tab, by key on all: a row of its own would take room from every list.
        family = Button("Family", "Ctrl+Shift+Y", listens=False, pressed=self._on_family)
        alike = Button("Duplicates", "Ctrl+Shift+M", listens=False, pressed=self._on_alike)
        alike.setEnabled(desk.may(find_alike))
        estate = Button("Estate", "Ctrl+Shift+T", listens=False, pressed=self.on_estate)
        estate.setEnabled(desk.may(note_estate))
        self.tabs: tuple[tuple[str, str, PatientTab], ...] = (
            ("account", "Account", self.account),
            ("coverage", "Coverage", CoverageTab(self)),
            ("visits", "Visits", VisitsTab(self)),
            ("claims", "Claims", ClaimsTab(self)),
            ("statements", "Statements", StatementsTab(self)),
            ("details", "Details", DetailsTab(self, (family, alike, estate))),
            ("documents", "Documents", DocumentsTab(self)),
            ("privacy", "Privacy", PrivacyTab(self)),
        )
        self._bar, self._pages = QTabBar(), QStackedWidget()
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setAccessibleName("Parts of the record")
        self._lay_out()
        self.action_bar.add(*self.account.buttons)
        self.action_bar.setMinimumWidth(1)  # its buttons go where room ends, they never keep the window wide
        self._bar.currentChanged.connect(self._on_tab)
        self.action_bar.hide()
        self._show_body_or_not()

    def _lay_out(self) -> None:
        self._chips = QHBoxLayout()
        self._chips.setSpacing(Space.ONE)
        charge = self.button("New charge", "Ctrl+N", self._on_charge, case=enter_superbills, icon_name="ph.plus")
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(self._chips)
        row.addStretch(1)
        row.addWidget(charge)
        self.action("Family of the guarantor", "Ctrl+Shift+Y", self._on_family)
        self.action("Possible duplicates", "Ctrl+Shift+M", self._on_alike)
        self.action("Estate of somebody who died", "Ctrl+Shift+T", self.on_estate)
        self.body.setSpacing(0)
        self.add(head)
        self.add(self._bar)
        self.add(rule())
        for at, (_, title, tab) in enumerate(self.tabs):
            self._bar.addTab(title)
            self._bar.setTabToolTip(at, f"{title} (Alt+{at + 1})")
            self._pages.addWidget(tab)
            self.action(title, f"Alt+{at + 1}", partial(self._bar.setCurrentIndex, at))
        self.add(self._pages, 1, edge=Metric.PAGE - Metric.CELL_PAD)

    @property
    def card(self) -> PatientCard | None:
        """The record that is shown."""
        return self.account.card

    @property
    def patient_id(self) -> Id | None:
        return None if self.card is None else self.card.id

    @property
    def tab(self) -> PatientTab:
        return self.tabs[self._bar.currentIndex()][2]

    def open(self, place: object) -> None:
        if not isinstance(place, PatientPlace):
            return
        if self._place is None or place.patient_id != self._place.patient_id:
            self._forget()
        self._place = place
        names = [key for key, _, _ in self.tabs]
        self._bar.setCurrentIndex(names.index(place.tab) if place.tab in names else 0)
        self.reload()

    def reload(self) -> None:
        if self._place is not None:
            self.ask(open_patient, OpenPatient(self._place.patient_id), self._on_opened)

    def leave(self) -> None:
        self.close_panel()

    def open_panel(self, title: str, content: QWidget, *, note: str = "", buttons: tuple[QWidget, ...] = ()) -> None:
        beside = self.window().width() >= Metric.NARROW
        self.account.fit(self.width() - (Metric.SIDE_PANEL if beside else 0))
        # Now, not in the next turn of the loop: the panel would else find no room and widen the window.
        for each in (self.action_bar, self):
            if (layout := each.layout()) is not None:
                layout.activate()
        super().open_panel(title, content, note=note, buttons=buttons)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.panel.isHidden():
            self.account.fit(self.width())

    def _on_panel_closed(self) -> None:
        self.account.fit(self.width())
        super()._on_panel_closed()

    def focus_first(self) -> None:
        self.tab.focus_first()

    def _forget(self) -> None:
        self.put_panel_away()
        self.problems.say()
        for _, _, tab in self.tabs:
            tab.forget()
        self._show_body_or_not()

    def _show_body_or_not(self) -> None:
        """While nothing was read there is nothing to see of the patient before."""
        if self.card is None:
            self.say_title("Patient")
            self.show_empty("ph.user", "The record is being opened." if self._place else "Find a patient with Ctrl+K.")
        else:
            self.show_body()
        for each in (self._insurance, self._owes, self._credit):
            reveal(each, self.account.account is not None)
        self._show_actions()

    @Slot(object)
    def _on_opened(self, card: PatientCard) -> None:
        if self._place is None or card.id != self._place.patient_id:
            return  # the answer of a patient who was left
        first = self.card is None
        remember(self.desk, card.id, card.account)
        d = card.patient
        died = f" · died {show_date(d.deceased_on)}" if d.deceased_on else ""
        facts = f"{card.age} · {SEX_WORDS.get(d.sex, d.sex)} · born {show_date(d.birth_date)}{died}"
        for _, _, tab in self.tabs:
            tab.show_card(card)
        self.say_title(full_name(d.last, d.first, d.middle, d.suffix), f"{facts}     Account {card.account}")
        self._show_chips(card)
        self._show_body_or_not()
        self.tab.wake()
        if first:
            self.focus_first()

    @Slot(object)
    def _on_account(self, account: Account) -> None:
        for fact, cents in (
            (self._insurance, account.with_insurance_cents),
            (self._owes, account.patient_owes_cents),
            (self._credit, account.credit_cents),
        ):
            strong = fact is self._owes and cents != 0
            fact.show_figure(format_cents(cents), "" if strong else "3" if cents == 0 else "2")
        self._show_body_or_not()

    def _show_chips(self, card: PatientCard) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for words, tone in chips_of(card)[:MOST_CHIPS]:
            self._chips.addWidget(Chip(words, tone))

    @Slot(int)
    def _on_tab(self, at: int) -> None:
        self._pages.setCurrentIndex(at)
        self.put_panel_away()
        self._show_actions()
        self.tab.wake()
        if not self._bar.hasFocus():
            self.tab.focus_first()

    def _show_actions(self) -> None:
        reveal(self.action_bar, self.card is not None and self.tab is self.account)

    def _on_family(self) -> None:
        if self.card is not None:
            self.ask(family_of, FamilyOf(self.card.guarantor.id), self._on_family_read)

    @Slot(object)
    def _on_family_read(self, family: Family) -> None:
        if self.card is not None and self.card.guarantor.id == family.guarantor_id:
            FamilyPanel(self, family).open(family.guarantor)

    def on_estate(self) -> None:
        """Show who settles the estate of the guarantor."""
        if self.card is not None and self.desk.may(note_estate):
            self.ask(open_estate, AskEstate(self.card.guarantor.id), self._on_estate_read)

    @Slot(object)
    def _on_estate_read(self, found: EstateCard) -> None:
        if self.card is not None and self.card.guarantor.id == found.guarantor_id:
            open_estate_form(self, found)

    def _on_alike(self) -> None:
        if self.card is not None and self.desk.may(find_alike):
            self.shell.go("duplicates", PatientPlace(self.card.id))

    def _on_charge(self) -> None:
        if self.card is not None:
            self.shell.go("charges", PatientPlace(self.card.id))


def chips_of(card: PatientCard) -> list[tuple[str, Tone]]:
    """Return what must be seen first: what warns, then the policies in force."""
    found = [(FLAG_WORDS[flag], Tone.WARN) for flag in card.guarantor.flags]
    if card.confidential is not None:
        found.append(("Confidential address", Tone.WARN))
    found += [(words, Tone.WARN) for words in card.privacy_flags]
    if card.patient.deceased_on is not None and not any(words == "Deceased" for words, _ in found):
        found.append(("Deceased", Tone.WARN))
    in_force = [each for each in card.coverages if each.standing == Standing.ACTIVE]
    for each in in_force:
        if each.coverage.rank == 1:
            found.append((f"{each.payer} active", Tone.OK))
        else:
            since = say_date(each.coverage.first_day)
            found.append((f"{each.payer} {rank_word(each.coverage.rank)} since {since}", Tone.INFO))
    if not in_force:
        found.append(("Self-pay", Tone.NONE))
    return found
