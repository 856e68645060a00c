"""The small forms of the Privacy tab, in the side panel: what is added, and what a noted line says and allows."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.disclosures import AUTHORIZATION, BASES, AuthorizationToDisclose, DisclosureDetails
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.restrictions import OtherRequest, State
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.theme import Space, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField, MoneyField, NoteField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.disclosures import (
    AuthorizeDisclosure,
    EndAuthorization,
    HeldLine,
    NoteDisclosure,
    authorize_disclosure,
    end_authorization,
    note_disclosure,
)
from medbill_desktop.usecases.estimates import GiveEstimate, ReviewEstimate, give_estimate, review_estimate
from medbill_desktop.usecases.notices import GivenLine, ListNotices, NoteNotice, list_notices, note_notice
from medbill_desktop.usecases.other_restrictions import DecideOther, EndOther, decide_other, end_other
from medbill_desktop.usecases.patients import PatientCard
from medbill_desktop.usecases.privacy_record import DisclosureRow, EstimateRow, OtherRow, PrivacyRecord
from medbill_desktop.usecases.restrictions import (
    AskRestriction,
    EndByPatient,
    EndByPractice,
    RestrictionLine,
    ReviewRestriction,
    ask_restriction,
    end_by_patient,
    end_by_practice,
    review_restriction,
)

PLAN_IS_NOT_TOLD = (
    "From now on no plan is told of it, and the patient owes it. It counts as paid in full once all of it is paid."
)


def _day(made: PanelForm, name: str) -> date | None:
    """Return a day that has to be there; where it is not, say so under its field."""
    found = made.form.value(name)
    if isinstance(found, date):
        return found
    made.form.show_problems([Problem("day", name, "Type the day.")])
    return None


def _choice(choices: Iterable[tuple[object, str]]) -> ChoiceField:
    """Return a choice that takes the room of the panel, however long its words are."""
    made = ChoiceField(choices)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(8)
    return made


def _id(value: object) -> Id | None:
    return Id(value) if isinstance(value, int) else None


def open_notice(page: Page, record: PrivacyRecord) -> PanelForm:
    """Note that the notice was given, and that it was signed or why not."""

    def does() -> None:
        if (given := _day(made, "given_on")) is None:
            return
        signed, version = made.form.value("acknowledged_on"), _id(made.form.value("version_id"))
        command = NoteNotice(
            page.desk.new_id(), record.patient_id, version or Id(0), given,
            signed if isinstance(signed, date) else None, made.form.text("reason"),
        )  # fmt: skip
        made.run(note_notice, command, "The notice is noted.")

    today = page.desk.clock.today
    made = PanelForm(page, "The patient got the notice of privacy practices.", "Note it", does, keeps="privacy.notice")
    versions = [(each.id, f"{each.label}, from {show_date(each.effective_on)}") for each in
                page.desk.ask(list_notices, ListNotices())]  # fmt: skip
    made.form.add("version_id", "Notice", _choice(versions), 0, 0, 12)
    made.form.add("given_on", "Given on", DateField(today), 1, 0, 6)
    made.form.add("acknowledged_on", "Signed on", DateField(today), 1, 6, 6)
    made.form.add("reason", "If not signed: why", LineField("Such as: would not sign"), 2, 0, 12)
    made.form.set_values({"given_on": today(), "version_id": record.notices.now and record.notices.now.id})
    if not versions:
        made.add_note("The practice keeps no notice yet. Settings, Notices adds one.")
    made.open("Notice of privacy practices")
    return made


def open_keep(page: Page, record: PrivacyRecord, card: PatientCard) -> PanelForm:
    """Keep a visit or a service from plans, because the patient pays it in full."""

    def does() -> None:
        at, asked_on = made.form.value("service"), _day(made, "asked_on")
        if asked_on is None:
            return
        if not isinstance(at, int) or not record.services:
            made.form.show_problems([Problem("service", "service", "Enter the visit first.")])
            return
        chosen, payer_id = record.services[at], _id(made.form.value("plan"))
        command = AskRestriction(
            page.desk.new_id(), record.patient_id, chosen.visit_id, asked_on, made.form.text("asked_by"),
            chosen.charge_id, () if not payer_id else (payer_id,),
        )  # fmt: skip
        made.run(ask_restriction, command, "Plans are not told of it.")

    made = PanelForm(page, PLAN_IS_NOT_TOLD, "Keep it", does, keeps="privacy.keep")
    plans = dict.fromkeys((each.coverage.payer_id, each.payer) for each in card.coverages)
    made.form.add("service", "What", _choice([(at, each.words) for at, each in enumerate(record.services)]), 0, 0, 12)
    made.form.add("plan", "From", _choice([(0, "Every plan"), *plans]), 1, 0, 12)
    made.form.add("asked_on", "Asked on", DateField(page.desk.clock.today), 2, 0, 6)
    made.form.add("asked_by", "Asked by", LineField(), 3, 0, 12)
    made.form.set_values({"asked_on": page.desk.clock.today(), "asked_by": "The patient"})
    made.add_note("The practice has to agree. It can't end it on its own while it is paid in full.")
    made.open("Keep from plans")
    return made


def open_other(page: Page, record: PrivacyRecord) -> PanelForm:
    """Write down another restriction, agreed to or refused."""

    def does() -> None:
        if (asked_on := _day(made, "asked_on")) is None:
            return
        request = OtherRequest(
            made.form.text("what"), asked_on, made.form.value("agreed") is True, made.form.text("not_to"),
            made.form.text("reason"),
        )  # fmt: skip
        made.run(decide_other, DecideOther(page.desk.new_id(), record.patient_id, request), "The answer is noted.")

    words = "The practice may agree or refuse. What it agrees to, it keeps."
    made = PanelForm(page, words, "Note it", does, keeps="privacy.other")
    made.form.add("what", "What was asked", NoteField(), 0, 0, 12)
    made.form.add("not_to", "Who is to be told nothing, if named", LineField(), 1, 0, 12)
    made.form.add("asked_on", "Asked on", DateField(page.desk.clock.today), 2, 0, 6)
    made.form.add("agreed", "Answer", _choice([(True, "Agreed"), (False, "Refused")]), 2, 6, 6)
    made.form.add("reason", "Reason, needed for a refusal", LineField(), 3, 0, 12)
    made.form.set_values({"asked_on": page.desk.clock.today()})
    made.open("Other request")
    return made


def open_estimate(page: Page, record: PrivacyRecord) -> PanelForm:
    """Note the good faith estimate that was given for a visit."""

    def does() -> None:
        given_on, cents = _day(made, "given_on"), made.form.value("cents")
        if given_on is None:
            return
        visit_id = _id(made.form.value("visit_id")) or Id(0)
        amount = Cents(cents if isinstance(cents, int) else 0)
        command = GiveEstimate(page.desk.new_id(), record.patient_id, visit_id, amount, given_on)
        made.run(give_estimate, command, "The estimate is noted.")

    words = "What the patient was told beforehand. A bill of 400.00 or more above it is looked at before it goes out."
    made = PanelForm(page, words, "Note it", does, keeps="privacy.estimate")
    seen = [(each.visit_id, each.words.split(",")[0]) for each in record.services if each.charge_id is None]
    made.form.add("visit_id", "Visit", _choice(seen), 0, 0, 12)
    made.form.add("cents", "Estimate", MoneyField(), 1, 0, 6)
    made.form.add("given_on", "Given on", DateField(page.desk.clock.today), 1, 6, 6)
    made.open("Good faith estimate")
    return made


def open_authorize(page: Page, record: PrivacyRecord) -> PanelForm:
    """Keep an authorization that the patient signed."""

    def does() -> None:
        if (signed_on := _day(made, "signed_on")) is None:
            return
        ends = made.form.value("expires_on")
        details = AuthorizationToDisclose(
            made.form.text("to_whom"), made.form.text("what"), made.form.text("purpose"), signed_on,
            ends if isinstance(ends, date) else None, made.form.text("expires_when"),
        )  # fmt: skip
        command = AuthorizeDisclosure(page.desk.new_id(), record.patient_id, details)
        made.run(authorize_disclosure, command, "The authorization is noted.")

    today = page.desk.clock.today
    made = PanelForm(page, "What the patient signed, in its words.", "Note it", does, keeps="privacy.authorize")
    made.form.add("to_whom", "To whom", LineField(), 0, 0, 12)
    made.form.add("what", "What may be disclosed", LineField(), 1, 0, 12)
    made.form.add("purpose", "What for", LineField(), 2, 0, 12)
    made.form.add("signed_on", "Signed on", DateField(today), 3, 0, 6)
    made.form.add("expires_on", "Ends on", DateField(today), 3, 6, 6)
    made.form.add("expires_when", "Or ends when", LineField("Such as: the case is settled"), 4, 0, 12)
    made.form.set_values({"signed_on": today()})
    made.open("Authorization to disclose")
    return made


def open_disclose(page: Page, record: PrivacyRecord, card: PatientCard) -> PanelForm:
    """Note a disclosure before it leaves."""

    def does() -> None:
        if (made_on := _day(made, "made_on")) is None:
            return
        details = DisclosureDetails(
            made_on, made.form.text("to_whom"), made.form.text("what"), made.form.text("why"),
            made.form.text("basis"), made.form.text("address"), _id(made.form.value("authorization_id")),
            _id(made.form.value("payer_id")), _id(made.form.value("visit_id")),
        )  # fmt: skip
        read = bool(agreed) and made.form.value("restrictions_read") is True
        command = NoteDisclosure(page.desk.new_id(), record.patient_id, details, read)
        made.run(note_disclosure, command, "The disclosure is noted.")

    agreed = [each for each in record.others if each.agreed and each.ended_on is None]
    words = "Noted before it leaves. No more than is needed."
    if agreed:
        words += " Agreed with the patient: " + "; ".join(each.what for each in agreed) + "."
    made = PanelForm(page, words, "Note it", does, keeps="privacy.disclose")
    held: list[tuple[object, str]] = [(None, "None")]
    held += [(each.id, f"{each.held.details.to_whom}, {each.held.details.what}") for each in record.authorizations]
    plans: list[tuple[object, str]] = [(None, "Not to a plan")]
    plans += dict.fromkeys((each.coverage.payer_id, each.payer) for each in card.coverages)
    seen: list[tuple[object, str]] = [(None, "More than one")]
    seen += [(each.visit_id, each.words.split(",")[0]) for each in record.services if each.charge_id is None]
    add = made.form.add
    add("to_whom", "To whom", LineField(), 0, 0, 12)
    add("address", "Their address, if known", LineField(), 1, 0, 12)
    add("what", "What", LineField(), 2, 0, 12)
    add("why", "What for", LineField(), 3, 0, 12)
    add("basis", "Ground", _choice(list(BASES.items())), 4, 0, 12)
    add("authorization_id", "Authorization", _choice(held), 5, 0, 12)
    add("payer_id", "Plan", _choice(plans), 6, 0, 6)
    add("visit_id", "About the visit of", _choice(seen), 6, 6, 6)
    add("made_on", "On", DateField(page.desk.clock.today), 7, 0, 6)
    if agreed:
        choices = [(False, "Not yet"), (True, "Read, and not against them")]
        add("restrictions_read", "What was agreed, above", _choice(choices), 8, 0, 12)
    basis = AUTHORIZATION if record.authorizations else "required_by_law"
    first = record.authorizations[0].id if record.authorizations else None
    made.form.set_values({"made_on": page.desk.clock.today(), "basis": basis, "authorization_id": first})
    made.open("Disclose")
    return made


def show_noted(page: Page, patient_id: Id, kind: str, on: date, who: str, source: Any) -> None:
    """Show all of a noted line, with what can be done about it."""
    content = QWidget()
    column = QVBoxLayout(content)
    column.setContentsMargins(0, 0, Space.ONE, 0)
    column.setSpacing(Space.ONE)
    for title, words in (("Date", show_date(on)), *_facts(source, who)):
        if words:
            column.addWidget(label(title, Type.CAPTION, "2"))
            column.addWidget(label(words, wrap=True))
    column.addStretch(1)
    buttons = []
    for at, (words, case, opens) in enumerate(_doings(page, patient_id, source)):
        made = Button(words, ("Alt+N", "Alt+F", "Alt+O")[at], name=f"noted_{at}", pressed=opens)
        made.setEnabled(page.desk.may(case))
        buttons.append(made)
    page.open_panel(kind, content, buttons=tuple(buttons) or (Button("Close", "Esc", pressed=page.close_panel),))
    if buttons:
        buttons[0].setFocus()


def _facts(source: Any, who: str) -> Iterable[tuple[str, str]]:
    match source:
        case RestrictionLine():
            return (
                ("Service", f"{show_date(source.service_date)}, {source.what}"),
                ("Kept from", ", ".join(source.plans) or "Every plan"), ("Asked by", source.asked_by),
                ("Where it stands", source.state_words), ("Receipts that prove it", ", ".join(source.proof)),
                ("Still owed by the patient", format_cents(source.owes_cents) if source.owes_cents else ""),
                ("Ended", show_date(source.ended_on)), ("Why it ended", source.ended_words),
            )  # fmt: skip
        case HeldLine():
            d = source.held.details
            ends = show_date(d.expires_on) or d.expires_when
            return (("To whom", d.to_whom), ("What", d.what), ("What for", d.purpose), ("Ends", ends),
                    ("Why it does not hold", source.why_not))  # fmt: skip
        case DisclosureRow():
            t = source.details
            return (("To whom", t.to_whom), ("Address", t.address), ("What", t.what), ("What for", t.why),
                    ("Ground", BASES[t.basis]), ("Noted by", source.made_by))  # fmt: skip
        case OtherRow():
            answer = "Agreed" if source.agreed else "Refused"
            return (("What was asked", source.what), ("Not to", source.not_to), ("Answer", answer),
                    ("Reason", source.reason), ("Ended", show_date(source.ended_on)))  # fmt: skip
        case EstimateRow():
            return (
                ("Visit", show_date(source.service_date)), ("Estimate", format_cents(source.cents)),
                ("Charged", format_cents(source.charged_cents)), ("Reviewed", show_date(source.reviewed_on)),
            )  # fmt: skip
        case GivenLine():
            signed = show_date(source.given.acknowledged_on)
            return (("Notice", source.label), ("Signed", signed), ("Why not signed", source.given.reason))
    return (("Who", who),)


def _doings(page: Page, patient_id: Id, source: Any) -> list[tuple[str, Any, Callable[[], object]]]:
    """Return what may be done about a line: words, the use case that decides who may, and what opens its form."""
    match source:
        case RestrictionLine() if source.state is not State.ENDED:
            out: list[tuple[str, Any, Callable[[], object]]] = []
            if source.state is State.AT_RISK and source.charge_id is not None:
                out.append(("Patient was told", review_restriction, lambda: _open_review(page, source)))
            out.append(("Patient ends it", end_by_patient, lambda: _open_end_by_patient(page, source)))
            if source.state is not State.ACTIVE:
                out.append(("Practice ends it", end_by_practice, lambda: _open_end_by_practice(page, source)))
            return out
        case HeldLine() if source.held.ended_on is None:
            return [("End it", end_authorization, lambda: _open_end(page, patient_id, source))]
        case OtherRow() if source.agreed and source.ended_on is None:
            return [("End it", end_other, lambda: _open_end_other(page, patient_id, source))]
        case EstimateRow() if source.waits:
            return [("Reviewed", review_estimate, lambda: _open_review_estimate(page, patient_id, source))]
    return []


def _words_form(
    page: Page, sentence: str, button: str, field: str, title: str, run: Callable[[PanelForm, str], None], *,
    keeps: str, about: Id,
) -> PanelForm:  # fmt: skip
    """Open a form of one field with the reason."""
    made = PanelForm(page, sentence, button, lambda: run(made, made.form.text(field)), keeps=keeps, about=about)
    made.form.add(field, "In a few words", NoteField(), 0, 0, 12)
    made.open(title)
    return made


def _open_review(page: Page, line: RestrictionLine) -> PanelForm:
    def run(made: PanelForm, words: str) -> None:
        made.run(review_restriction, ReviewRestriction(page.desk.new_id(), line.id, words), "It is noted.")

    sentence = "The payment failed and the patient was told. Statements ask for it again; plans are still not told."
    return _words_form(page, sentence, "Note it", "words", "Patient was told", run, keeps="privacy.told", about=line.id)


def _open_end_by_practice(page: Page, line: RestrictionLine) -> PanelForm:
    def run(made: PanelForm, words: str) -> None:
        made.run(end_by_practice, EndByPractice(page.desk.new_id(), line.id, words), "The restriction has ended.")

    sentence = "It was not paid. Say what was done to obtain the payment, and when; plans may be told afterwards."
    return _words_form(
        page, sentence, "End it", "efforts", "End for want of payment", run, keeps="privacy.unpaid", about=line.id
    )


def _open_end_by_patient(page: Page, line: RestrictionLine) -> PanelForm:
    def does() -> None:
        if (day := _day(made, "written_on")) is not None:
            command = EndByPatient(page.desk.new_id(), line.id, day, made.form.text("words"))
            made.run(end_by_patient, command, "The restriction has ended.")

    sentence = "The patient takes it back in writing; plans may be told afterwards."
    made = PanelForm(page, sentence, "End it", does, keeps="privacy.taken_back", about=line.id)
    made.form.add("written_on", "Date on the paper", DateField(page.desk.clock.today), 0, 0, 6)
    made.form.add("words", "In a few words", NoteField(), 1, 0, 12)
    made.form.set_values({"written_on": page.desk.clock.today()})
    made.open("The patient ends it")
    return made


def _open_end(page: Page, patient_id: Id, line: HeldLine) -> PanelForm:
    def does() -> None:
        if (day := _day(made, "on")) is not None:
            command = EndAuthorization(page.desk.new_id(), patient_id, line.id, made.form.text("ending"), day)
            made.run(end_authorization, command, "The authorization has ended.")

    sentence = "What was disclosed before stays as it is."
    made = PanelForm(page, sentence, "End it", does, keeps="privacy.authorization_ends", about=line.id)
    choices = [("revoked", "The patient revoked it"), ("event", "What ends it has happened")]
    made.form.add("ending", "How", _choice(choices), 0, 0, 12)
    made.form.add("on", "On", DateField(page.desk.clock.today), 1, 0, 6)
    made.form.set_values({"on": page.desk.clock.today()})
    made.open("End an authorization")
    return made


def _open_end_other(page: Page, patient_id: Id, line: OtherRow) -> PanelForm:
    def run(made: PanelForm, words: str) -> None:
        made.run(end_other, EndOther(page.desk.new_id(), patient_id, line.id, words), "The request has ended.")

    sentence = "It holds no longer for what comes from now on."
    return _words_form(page, sentence, "End it", "words", "End it", run, keeps="privacy.other_ends", about=line.id)


def _open_review_estimate(page: Page, patient_id: Id, line: EstimateRow) -> PanelForm:
    def run(made: PanelForm, words: str) -> None:
        command = ReviewEstimate(page.desk.new_id(), patient_id, line.visit_id, words)
        made.run(review_estimate, command, "The bill may go out.")

    sentence = "The bill is 400.00 or more above its estimate. The patient may dispute it for 120 days."
    return _words_form(
        page, sentence, "Let it go out", "words", "Above the estimate", run,
        keeps="privacy.over_estimate", about=line.id,
    )  # fmt: skip
