"""What a statement says: everything that may be printed, and nothing else (BILLING S1, S2; 45 CFR 164.502(b)).

No field here can hold a diagnosis, a procedure code, a birth date, a member id or an SSN: what cannot be said cannot
leak.
"""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.aging import aged
from medbill_desktop.domain.dunning import next_day
from medbill_desktop.domain.envelopes import prints_well
from medbill_desktop.domain.money import ZERO, Cents, format_dollars, total
from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.statement_words import Language, StatementWords, service_in, words_in
from medbill_desktop.domain.statements import Decision, GuarantorFacts, OpenCharge, reference_of


@dataclass(frozen=True, slots=True)
class PracticeBlock:
    """Who sends the statement: the return address is also where a check goes."""

    name: str
    address: tuple[str, ...]
    phone: str


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service in generic words; the last four amounts and `you_owe` sum up from `charged` (see `explained`)."""

    service_date: date
    words: str
    charged: Cents
    insurance_paid: Cents
    adjusted: Cents
    you_paid: Cents
    you_owe: Cents
    with_insurance: Cents = ZERO
    last_day: date | None = None  # where the service went on after its first day

    @property
    def explained(self) -> bool:
        """Whether the line adds up by itself, as a reader will check it."""
        rest = self.insurance_paid + self.adjusted + self.you_paid + self.with_insurance
        return self.charged - rest == self.you_owe


@dataclass(frozen=True, slots=True)
class PatientBlock:
    """The services of one patient, who is named by first name and last initial only."""

    name: str = field(repr=False)
    lines: tuple[ServiceLine, ...]
    pending_cents: Cents = ZERO  # still with insurance: a note, never an amount due

    @property
    def owes_cents(self) -> Cents:
        return Cents(sum(line.you_owe for line in self.lines))


@dataclass(frozen=True, slots=True)
class StatementContent:
    """One statement, ready to be drawn; kept as JSON, so that a reprint says what was mailed."""

    number: str
    reference: str  # the account reference; never stands above the address
    statement_date: date
    due_date: date
    step_words: str
    practice: PracticeBlock
    addressee: tuple[str, ...] = field(repr=False)
    patients: tuple[PatientBlock, ...]
    aging: tuple[Cents, ...]  # 0-30, 31-60, 61-90, 91-120, over 120 days; sums to the total
    credit_cents: Cents
    total_cents: Cents
    message: str
    envelope: str = "10-thirds"
    language: Language = Language.ENGLISH
    large_print: bool = False
    to_estate: bool = False
    your_credit_cents: Cents = ZERO  # what is left of the reader's money where nothing is due: never billed

    @property
    def words(self) -> StatementWords:
        """The fixed words for this reader."""
        return words_in(self.language, estate=self.to_estate)

    @property
    def due_cents(self) -> Cents:
        """What is asked for: a credit is never billed."""
        return Cents(max(self.total_cents, 0))

    @property
    def owes_cents(self) -> Cents:
        """What the lines say, before a credit is taken off."""
        return Cents(sum(each.owes_cents for each in self.patients))


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One service that a payment went to."""

    service_date: date
    patient: str = field(repr=False)
    words: str
    cents: Cents


@dataclass(frozen=True, slots=True)
class ReceiptContent:
    """What a receipt says (BILLING S9): no more than a statement may."""

    number: str
    received_on: date
    practice: PracticeBlock
    payer_name: str = field(repr=False)
    method: str
    reference: str = field(repr=False)  # check number, or type and last four of a card
    cents: Cents
    lines: tuple[ReceiptLine, ...]
    kept_as_credit: Cents
    still_owed: Cents
    as_of: date  # the day of printing, which `still_owed` is true for
    void: bool = False
    language: Language = Language.ENGLISH


def content_of(
    decision: Decision, facts: GuarantorFacts, practice: PracticeBlock, rules: StatementRules, number: str, today: date
) -> StatementContent:
    """Return what the page says (BILLING S1, S2): the lines, less credit, aged from the day they became theirs."""
    blocks, language, estate = [], facts.wish.language, decision.to_estate
    for each in facts.patients:
        lines = tuple(_line(one, language) for one in decision.charges if one.patient_id == each.patient_id)
        waiting = total(one.with_insurance for one in decision.pending if one.patient_id == each.patient_id)
        if lines or waiting:
            label = patient_label(each.first, each.last, each.mailing_name, words_in(language).patient)
            blocks.append(PatientBlock(label, lines, waiting))
    yours, words = decision.your_credit_cents, words_in(language, estate=estate)
    message = rules.estate_words(language) if estate else rules.message(decision.step, language)
    return StatementContent(
        number=number,
        reference=reference_of(facts, decision.mailbox),
        statement_date=today,
        due_date=next_day(today, rules.due_days),
        step_words=words.steps[decision.step],
        practice=practice,
        addressee=decision.addressee,
        patients=tuple(blocks),
        aging=_aging(decision, today),
        credit_cents=decision.credit_cents,
        total_cents=decision.total_cents,
        message=words.credit_message.format(cents=format_dollars(yours)) if yours else message,
        envelope=rules.envelope,
        language=language,
        large_print=facts.wish.large_print,
        to_estate=estate,
        your_credit_cents=yours,
    )


def _line(charge: OpenCharge, language: Language) -> ServiceLine:
    return ServiceLine(
        charge.service_date, service_in(language, charge.words), charge.charged, charge.insurance_paid, charge.adjusted,
        charge.patient_paid, charge.owes, charge.with_insurance, charge.last_day,
    )  # fmt: skip


def _aging(decision: Decision, today: date) -> tuple[Cents, ...]:
    """Return the buckets of what is due: credit pays the oldest first, so that they sum to the total (BILLING S7)."""
    buckets = list(aged(((each.owed_since, each.owes) for each in decision.charges if each.owes > 0), today).buckets)
    paid = decision.credit_cents - total(each.owes for each in decision.charges if each.owes < 0)
    for place in reversed(range(len(buckets))):
        part = min(paid, buckets[place])
        buckets[place] = Cents(buckets[place] - part)
        paid -= part
    return tuple(buckets)


def patient_label(first: str, last: str, mailing_name: str = "", otherwise: str = "Patient") -> str:
    """Return first name and last initial, the most that a statement says of who was treated (BILLING S2).

    `otherwise` stands where paper can't carry the name.
    """
    if mailing_name and not prints_well(first + last):
        words = mailing_name.split()
        first, last = words[0], words[-1] if len(words) > 1 else ""
    given = first.split()[0] if first.split() else ""
    label = f"{given} {last[:1].upper()}.".strip() if last else given
    return label if prints_well(label) else otherwise
