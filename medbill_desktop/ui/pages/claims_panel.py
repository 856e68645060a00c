"""One claim in the side panel: what it says as it was frozen, what changed since, and what happened to it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.charges import LETTERS, show_icd10
from medbill_desktop.domain.checks import show_zip
from medbill_desktop.domain.claims_snapshot import Clinician, Person, Plan, Service, Snapshot
from medbill_desktop.domain.coverage_order import MSP_REASONS
from medbill_desktop.domain.coverages import rank_word
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.names import full_name, provider_name
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.words import StatusLine, label, rule
from medbill_desktop.usecases.claims import ClaimCard, ClaimStep, RefreshClaim, refresh_claim

ACCEPTS = {"yes": "accepted", "no": "not accepted", "": "not known"}
MOST_DIFFERENCES = 40


class ClaimPanel(QWidget):
    """A claim to be read from top to bottom, in the order of the paper."""

    def __init__(self, card: ClaimCard) -> None:
        super().__init__()
        self.setObjectName("claim")
        self.card = card
        said = card.snapshot
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, Space.ONE, 0)
        self._column.setSpacing(Space.ONE)
        self._column.addWidget(label(f"{card.status_words}, {format_cents(said.cents)}", Type.HEADING))
        for problem in card.problems:
            self._say(problem.sentence(), Tone.STOP)
        if card.differences:
            self._say("Registration says otherwise now. Alt+U updates the claim.", Tone.WARN)
            self._column.addWidget(difference_list(card))
        self._facts("Plan", plan_facts(said.plan, card.member_id))
        self._facts("Patient", person_facts(said.patient, f"account {said.account}"))
        if said.plan.subscriber != Person():
            self._facts("Policy holder", person_facts(said.plan.subscriber, f"patient is {said.plan.relationship}"))
        self._facts("Care", care_facts(said))
        if said.others:
            others = [(rank_word(each.order).capitalize(), each.payer.name) for each in said.others]
            self._facts("Other plans of that day", others)
        self._facts("Diagnoses", [(LETTERS[at], show_icd10(each)) for at, each in enumerate(said.diagnoses)])
        self._lines(said.lines)
        self._facts("History", [step_facts(each) for each in card.steps])
        self._column.addStretch(1)

    def _say(self, words: str, tone: Tone) -> None:
        line = StatusLine(Type.BODY)
        line.say(words, tone)
        self._column.addWidget(line)

    def _facts(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        self._column.addWidget(rule())
        self._column.addWidget(label(title, Type.CAPTION, "2"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.ONE)
        grid.setVerticalSpacing(Space.HALF)
        grid.setColumnMinimumWidth(0, 84)
        grid.setColumnStretch(1, 1)
        for at, (what, words) in enumerate((what, words) for what, words in facts if words):
            grid.addWidget(label(what, Type.CAPTION, "2"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label(words, wrap=True), at, 1)
        self._column.addLayout(grid)

    def _lines(self, lines: Sequence[Service]) -> None:
        self._column.addWidget(rule())
        self._column.addWidget(label("Lines", Type.CAPTION, "2"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.ONE)
        grid.setVerticalSpacing(Space.HALF)
        grid.setColumnStretch(0, 1)
        for at, each in enumerate(lines):
            both = QVBoxLayout()
            both.setSpacing(0)
            both.addWidget(label(" ".join((each.code, *each.modifiers)), wrap=True))
            both.addWidget(label(line_facts(each), Type.CAPTION, "2", wrap=True))
            amount = label(format_cents(each.cents))
            grid.addLayout(both, at, 0)
            grid.addWidget(amount, at, 1, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self._column.addLayout(grid)


class UpdatePanel(PanelForm):
    """What an update would take over from registration, to be agreed to (BILLING E55)."""

    def __init__(self, page: Page, card: ClaimCard) -> None:
        count = len(card.differences)
        many = "one thing" if count == 1 else f"{count} things"
        words = f"Registration says {many} otherwise than this claim. What it said before stays in its history."
        super().__init__(page, words, "Update it", self._update)
        self._card = card
        at = self.layout()
        assert isinstance(at, QVBoxLayout)
        at.insertWidget(1, difference_list(card))

    def _update(self) -> None:
        card = self._card
        command = RefreshClaim(self.page.desk.new_id(), card.id, card.today)
        self.run(refresh_claim, command, f"Claim {card.number} is updated.")


def difference_list(card: ClaimCard) -> QWidget:
    """Return each difference with what was and what is."""
    made = QWidget()
    made.setObjectName("differences")
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.HALF)
    for each in card.differences[:MOST_DIFFERENCES]:
        column.addWidget(label(each.sentence, wrap=True))
    if (more := len(card.differences) - MOST_DIFFERENCES) > 0:
        column.addWidget(label(f"and {more} more", ink="2"))
    return made


def plan_facts(plan: Plan, member_id: str) -> list[tuple[str, str]]:
    paying = " ".join(each for each in (plan.payer.name, plan.payer.code) if each)
    until = "" if plan.last_day is None else f" to {show_date(plan.last_day)}"
    signed = [f"release {show_date(plan.release_on) or 'not signed'}",
              f"benefits {show_date(plan.assignment_on) or 'not signed'}"]  # fmt: skip
    return [
        ("Payer", paying),
        ("Pays", rank_word(plan.order).capitalize()),
        ("Member id", member_id),
        ("Group", " ".join(each for each in (plan.group_number, plan.group_name) if each)),
        ("In force", f"{show_date(plan.first_day)}{until}" if plan.first_day else ""),
        ("Second, as", MSP_REASONS.get(plan.msp_reason, "")),
        ("Signatures", ", ".join(signed)),
        ("Assignment", ACCEPTS.get(plan.accepts, "")),
    ]


def person_facts(person: Person, more: str) -> list[tuple[str, str]]:
    town = " ".join(each for each in (person.city, person.state, show_zip(person.zip)) if each)
    street = ", ".join(each for each in (person.street, person.street2) if each)
    return [
        ("Name", full_name(person.last, person.first, person.middle, person.suffix)),
        ("Born", " · ".join(each for each in (show_date(person.birth), person.sex, more) if each)),
        ("Address", ", ".join(each for each in (street, town) if each)),
        ("Died", show_date(person.died)),
    ]


def care_facts(said: Snapshot) -> list[tuple[str, str]]:
    last = max(each.last or each.first or said.service_date for each in said.lines)
    until = "" if last == said.service_date else f" to {show_date(last)}"
    return [
        ("Date", f"{show_date(said.service_date)}{until}"),
        ("Provider", clinician_words(said.rendering)),
        ("Referred by", clinician_words(said.referring)),
        ("Place", " · ".join(each for each in (said.site.name, said.site.pos) if each)),
        ("Billed by", " · ".join(each for each in (said.billing.name, said.billing.npi) if each)),
    ]


def clinician_words(who: Clinician) -> str:
    name = provider_name(who.last, who.first, who.credential) if who.last else ""
    return " · ".join(each for each in (name, who.npi, f"referral {who.number}" if who.number else "") if each)


def line_facts(line: Service) -> str:
    """Return units, diagnoses, and what else stands on a line."""
    pointed = "".join(LETTERS[each - 1] for each in line.pointers)
    amount = f"{line.minutes} minutes" if line.minutes else "1 unit" if line.units == 1 else f"{line.units} units"
    drug = f"drug {line.ndc}" if line.ndc else ""
    permit = f"authorization {line.authorization}" if line.authorization else ""
    return " · ".join(
        each for each in (amount, pointed, drug, permit, f"CLIA {line.clia}" if line.clia else "") if each
    )


def step_facts(step: ClaimStep) -> tuple[str, str]:
    lines = "1 line" if step.lines == 1 else f"{step.lines} lines"
    said = f"{step.words} by {step.by}: {lines}, {format_cents(step.cents)}"
    return show_date(step.at.astimezone().date()), f"{said}. {step.reason}" if step.reason else said
