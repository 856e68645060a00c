"""Who gets a statement, and who does not and why (BILLING S1, S3, S5, S6, R11)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.dunning import Sent, Step, last_mailed, last_unmailed, next_day, next_step
from medbill_desktop.domain.envelopes import prints_well
from medbill_desktop.domain.estates import Estate, estate_name
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents, format_cents, total
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.statement_reasons import Hold, Reason
from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.statement_words import Language


@dataclass(frozen=True, slots=True)
class Address:
    """Where mail goes, as it is kept."""

    street: str = field(repr=False)
    street2: str = field(repr=False)
    city: str = field(repr=False)
    state: str = field(repr=False)
    zip: str = field(repr=False)
    care_of: str = field(default="", repr=False)  # who takes it there for the one it is addressed to


NOWHERE: Final = Address("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class OpenCharge:
    """One charge as far as a statement may know it; `owes` is what sits with the guarantor alone."""

    charge_id: Id
    patient_id: Id
    visit_id: Id
    service_date: date
    words: str
    charged: Cents
    insurance_paid: Cents
    adjusted: Cents
    patient_paid: Cents
    owes: Cents
    with_insurance: Cents
    owed_since: date
    hold: Hold | None = None
    payer: str = field(default="", repr=False)  # who still has it; for the screen, never on paper
    last_day: date | None = None  # of a service that went on for days


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """A patient of a guarantor: the name and, where asked for, the confidential address (BILLING R11)."""

    patient_id: Id
    account: str  # the reference that a statement and its coupon carry
    first: str = field(repr=False)
    last: str = field(repr=False)
    mailing_name: str = field(repr=False)
    is_guarantor: bool
    deceased_on: date | None = None
    confidential_name: str = field(default="", repr=False)
    confidential: Address | None = field(default=None, repr=False)
    no_mail: bool = False


@dataclass(frozen=True, slots=True)
class Flags:
    """The dated flags of a guarantor (BILLING R13); each keeps paper back."""

    bad_address_on: date | None = None
    no_mail_on: date | None = None
    deceased_on: date | None = None
    bankrupt_on: date | None = None
    dispute_on: date | None = None
    collection_on: date | None = None
    plan_next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What a person keeps back, until a day and why."""

    until: date
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CameBack:
    """A letter that the post brought back, and the address that it carried; settled once that is known to be right."""

    patient_id: Id | None
    returned_on: date
    address: tuple[str, ...] = field(repr=False)  # the lines under the name


@dataclass(frozen=True, slots=True)
class Wish:
    """How a guarantor wants their mail."""

    language: Language = Language.ENGLISH
    large_print: bool = False


@dataclass(frozen=True, slots=True)
class GuarantorFacts:
    """All that selection needs to know of one guarantor."""

    guarantor_id: Id
    first: str = field(repr=False)
    last: str = field(repr=False)
    mailing_name: str = field(repr=False)
    address: Address = field(repr=False)
    flags: Flags
    patients: tuple[PatientFacts, ...]
    charges: tuple[OpenCharge, ...]
    credit_cents: Cents = ZERO  # free credit, as a positive amount
    earmarks: tuple[tuple[Id, Cents], ...] = ()  # credit kept for a visit
    sent: tuple[Sent, ...] = ()
    kept: Kept | None = None
    came_back: tuple[CameBack, ...] = ()
    wish: Wish = Wish()
    estate: Estate | None = field(default=None, repr=False)  # whom to write to, once they died


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where one statement goes: the guarantor's, or the confidential address of one patient (BILLING R11)."""

    guarantor_id: Id
    patient_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A statement, or why there is none; `charges` are those that go on it."""

    mailbox: Mailbox
    sort_name: str = field(repr=False)
    addressee: tuple[str, ...] = field(repr=False)
    owes_cents: Cents
    credit_cents: Cents
    oldest_since: date | None
    last_mailed_on: date | None
    step: Step
    reason: Reason | None
    why: str
    charges: tuple[OpenCharge, ...] = field(default=(), repr=False)
    held: tuple[OpenCharge, ...] = field(default=(), repr=False)
    pending: tuple[OpenCharge, ...] = field(default=(), repr=False)
    to_estate: bool = False
    unused_cents: Cents = ZERO  # free credit that this statement does not use up

    @property
    def total_cents(self) -> Cents:
        return Cents(self.owes_cents - self.credit_cents)

    @property
    def your_credit_cents(self) -> Cents:
        """What is to be given back or used, where nothing is due: overpaid charges and unused credit (BILLING S5)."""
        return ZERO if self.total_cents > 0 else Cents(self.unused_cents - self.total_cents)


FitAddress = Callable[[str, Address], tuple[str, ...] | Problem]


def decide(facts: GuarantorFacts, today: date, rules: StatementRules, fit: FitAddress) -> tuple[Decision, ...]:
    """Return a decision for each mailbox of one guarantor.

    A patient who asked for a confidential address gets their own envelope there, so that neither their services reach
    the guarantor's address nor the others' services reach theirs. A guarantor who is that patient gets all of it there.
    """
    apart = [each for each in facts.patients if not each.is_guarantor and (each.confidential or each.no_mail)]
    split = {each.patient_id for each in apart}
    own = next((each for each in facts.patients if each.is_guarantor), None)
    boxes: list[tuple[PatientFacts | None, list[OpenCharge]]] = [
        (None, [each for each in facts.charges if each.patient_id not in split])
    ]
    boxes += [(each, [one for one in facts.charges if one.patient_id == each.patient_id]) for each in apart]
    mails = [_Mail.of(facts, patient or own, patient) for patient, _ in boxes]
    free, out = facts.credit_cents, dict[int, Decision]()
    # Credit that nobody hears of would leave less for the statement that is read.
    for at in sorted(range(len(boxes)), key=lambda at: not mails[at].gets_mail):
        patient, charges = boxes[at]
        if not charges and (patient is not None or not free):
            continue
        decision = out[at] = _decided(facts, mails[at], charges, free, today, rules, fit)
        free = Cents(free - (decision.credit_cents - _earmarked(facts, decision.charges)))
    # What is left after all of them belongs to the guarantor: a patient apart hears nothing of it.
    if 0 in out and free > 0:
        out[0] = replace(out[0], unused_cents=free)
    return tuple(out[at] for at in sorted(out))


def reference_of(facts: GuarantorFacts, mailbox: Mailbox) -> str:
    """Return the account reference: the guarantor's own where they are a patient, never that of a patient apart."""
    if mailbox.patient_id is not None:
        return next(each.account for each in facts.patients if each.patient_id == mailbox.patient_id)
    shared = [each for each in facts.patients if each.is_guarantor or not (each.confidential or each.no_mail)]
    return min(shared, key=lambda each: (not each.is_guarantor, each.patient_id)).account


@dataclass(frozen=True, slots=True)
class _Mail:
    """One mailbox in the making."""

    patient_id: Id | None
    name: str
    sort_name: str
    address: Address
    flags: Flags
    confidential: bool
    kept: Kept | None = None
    came_back: tuple[CameBack, ...] = ()
    to_estate: bool = False

    @property
    def gets_mail(self) -> bool:
        """Whether a letter may go there and arrives, as far as is known."""
        return self.flags.no_mail_on is None and self.flags.bad_address_on is None

    @staticmethod
    def of(facts: GuarantorFacts, person: PatientFacts | None, apart: PatientFacts | None) -> "_Mail":
        """Choose name and address; the confidential one wins over every other (BILLING R11)."""
        flags, address, confidential = facts.flags, facts.address, False
        name = facts.mailing_name or _full(facts.first, facts.last)
        sort_name = f"{facts.last}, {facts.first}".rstrip(", ")
        if person is not None:
            if apart is not None:
                name = person.mailing_name or _full(person.first, person.last)
                sort_name = f"{person.last}, {person.first}".rstrip(", ")
            address_given = person.confidential
            confidential = address_given is not None
            if address_given is not None:
                address, name = address_given, person.confidential_name or name
            elif apart is not None:
                # They want no mail at all, and the guarantor's address least of all.
                address = NOWHERE
            flags = Flags(
                # Returned mail and a no-mail wish of the guarantor concern the address that is not used here.
                None if confidential else flags.bad_address_on,
                date.min if person.no_mail else None if apart is not None or confidential else flags.no_mail_on,
                person.deceased_on or flags.deceased_on,
                flags.bankrupt_on, flags.dispute_on, flags.collection_on, flags.plan_next_on,
            )  # fmt: skip
        patient_id = None if apart is None else apart.patient_id
        came_back = tuple(each for each in facts.came_back if each.patient_id == patient_id)
        mail = _Mail(patient_id, name, sort_name, address, flags, confidential, facts.kept, came_back)
        if facts.estate is not None and flags.deceased_on is not None and apart is None:
            return mail.for_estate(facts.estate, facts.mailing_name or _full(facts.first, facts.last))
        return mail

    def for_estate(self, estate: Estate, name: str) -> "_Mail":
        """Send it to whoever settles the estate: no letter is addressed to the dead (BILLING S5).

        Their address wins over the confidential one as well: they act for who died (45 CFR 164.502(g)(4)).
        """
        flags = replace(self.flags, deceased_on=None)
        made = replace(self, name=estate_name(name), flags=flags, to_estate=True)
        if not estate.has_address:
            return replace(made, address=replace(self.address, care_of=estate.care_of))
        address = Address(estate.street, estate.street2, estate.city, estate.state, estate.zip, estate.care_of)
        # What came back from the old address, or was not to go there, says nothing about this one.
        return replace(made, address=address, flags=replace(flags, bad_address_on=None, no_mail_on=None))


def _decided(
    facts: GuarantorFacts,
    mail: _Mail,
    charges: Sequence[OpenCharge],
    free: Cents,
    today: date,
    rules: StatementRules,
    fit: FitAddress,
) -> Decision:
    going = tuple(each for each in charges if each.owes and each.hold is None)
    held = tuple(each for each in charges if each.owes and each.hold is not None)
    pending = tuple(each for each in charges if not each.owes and each.with_insurance)
    owes = total(each.owes for each in going)
    earmarked = _earmarked(facts, going)
    credit = Cents(max(0, min(owes, free + earmarked)))
    sent = [each for each in facts.sent if each.patient_id == mail.patient_id]
    last = last_mailed(sent)
    step = next_step(last, [each.charge_id for each in going])
    fitted = fit(mail.name, mail.address)
    found = next(
        _reasons(mail, going, held, pending, Cents(owes - credit), free, sent, step, today, rules, fitted), None
    )
    return Decision(
        mailbox=Mailbox(facts.guarantor_id, mail.patient_id),
        sort_name=mail.sort_name,
        addressee=() if isinstance(fitted, Problem) else fitted,
        owes_cents=owes,
        credit_cents=credit,
        oldest_since=min((each.owed_since for each in going), default=None),
        last_mailed_on=None if last is None else last.mailed_on,
        step=step,
        reason=None if found is None else found[0],
        why="" if found is None else found[1],
        charges=going,
        held=held,
        pending=pending,
        to_estate=mail.to_estate,
    )


def _reasons(
    mail: _Mail,
    going: Sequence[OpenCharge],
    held: Sequence[OpenCharge],
    pending: Sequence[OpenCharge],
    due: Cents,
    free: Cents,
    sent: Sequence[Sent],
    step: Step,
    today: date,
    rules: StatementRules,
    fitted: tuple[str, ...] | Problem,
) -> Iterator[tuple[Reason, str]]:
    """Yield what keeps the statement back, the weightiest first; nothing where it goes out."""
    if not going:
        yield _why_nothing(held, pending, free)
    yield from _flag_reasons(mail.flags)
    if mail.kept is not None and mail.kept.until >= today:
        yield (Reason.ON_HOLD, f"On hold until {show_date(mail.kept.until)}: {mail.kept.reason}")
    yield from _returned_reasons(mail, fitted)
    if going and due <= 0:
        over = f"{format_cents(Cents(-due))} too much was paid: move it to what is owed, or give it back (Refunds)"
        yield (Reason.CREDIT, over if due < 0 else "The credit covers it: apply it")
    if due < rules.minimum_cents:
        yield (Reason.BELOW_MINIMUM, f"Below the {format_cents(rules.minimum_cents)} minimum")
    if mail.flags.plan_next_on is not None and mail.flags.plan_next_on >= today:
        yield (Reason.PLAN_CURRENT, f"Plan is current; next {show_date(mail.flags.plan_next_on)}")
    yield from _cycle_reasons(sent, today, rules)
    if step is Step.REVIEW:
        after = "The estate was written to four times: file a claim with the court, or give it up"
        yield (Reason.REVIEW, after if mail.to_estate else "The final notice has passed: decide what follows")
    yield from _address_reasons(mail, fitted)


def _why_nothing(held: Sequence[OpenCharge], pending: Sequence[OpenCharge], free: Cents) -> tuple[Reason, str]:
    words = {
        Hold.PENDING: (Reason.PENDING, "Not decided by the insurance yet"),
        Hold.CORRECTION_AWAITED: (Reason.CORRECTION_AWAITED, "Reversed; correction awaited"),
        Hold.RESTRICTED: (Reason.RESTRICTED, "Restricted visit: privacy review"),
        Hold.ABOVE_ESTIMATE: (Reason.ABOVE_ESTIMATE, "Above the estimate: manager reviews"),
        Hold.BY_HAND: (Reason.ON_HOLD, "Every charge that is owed is on hold"),
    }
    for each in held:
        if each.hold is not None:
            return words[each.hold]
    if pending:
        payers = {each.payer for each in pending}
        who = payers.pop() if len(payers) == 1 else ""
        return (
            Reason.PENDING,
            f"{who or 'Insurance'} still has {len(pending)} charge{'s' if len(pending) > 1 else ''}",
        )
    if free > 0:
        return (Reason.CREDIT, f"Credit of {format_cents(free)}: it waits for the next visit, or goes back (Refunds)")
    return (Reason.NOTHING_OWED, "Nothing is owed")


def _flag_reasons(flags: Flags) -> Iterator[tuple[Reason, str]]:
    if flags.deceased_on is not None:
        yield (Reason.DECEASED, "Deceased: only to the estate. Note who settles it (Ctrl+Shift+T)")
    if flags.bankrupt_on is not None:
        yield (Reason.BANKRUPT, f"Bankrupt since {show_date(flags.bankrupt_on)}")
    if flags.collection_on is not None:
        yield (Reason.IN_COLLECTION, f"In collection since {show_date(flags.collection_on)}")
    if flags.dispute_on is not None:
        yield (Reason.DISPUTE, f"Disputed since {show_date(flags.dispute_on)}")
    if flags.no_mail_on is not None:
        yield (Reason.NO_MAIL, "Asked for no mail: call, or hand it over at the desk")
    if flags.bad_address_on is not None:
        yield (Reason.BAD_ADDRESS, f"Mail came back {show_date(flags.bad_address_on)}: ask for the address")


def _returned_reasons(mail: _Mail, fitted: tuple[str, ...] | Problem) -> Iterator[tuple[Reason, str]]:
    """Keep mail from an address that it came back from; any other address may be tried at once."""
    for each in mail.came_back:
        if not isinstance(fitted, Problem) and fitted[1:] == each.address:
            yield (Reason.BAD_ADDRESS, f"Mail came back {show_date(each.returned_on)}: ask for the address")


def _cycle_reasons(sent: Sequence[Sent], today: date, rules: StatementRules) -> Iterator[tuple[Reason, str]]:
    mailed, waiting = last_mailed(sent), last_unmailed(sent)
    if mailed is not None and mailed.mailed_on is not None:
        after = next_day(mailed.mailed_on, rules.cycle_days)
        if today < after:
            yield (Reason.WITHIN_CYCLE, f"Mailed {show_date(mailed.mailed_on)}; next on {show_date(after)}")
    if waiting is not None and today < next_day(waiting.made_on, rules.cycle_days):
        yield (Reason.NOT_MAILED, f"Made {show_date(waiting.made_on)}, not marked as mailed")


def _address_reasons(mail: _Mail, fitted: tuple[str, ...] | Problem) -> Iterator[tuple[Reason, str]]:
    unprintable = isinstance(fitted, Problem) and fitted.code == "unprintable"
    if unprintable or not prints_well(mail.name + mail.address.care_of + mail.address.street):
        yield (Reason.NO_MAILING_NAME, "Name or address needs Latin letters on paper: ask for a mailing name")
    if isinstance(fitted, Problem):
        reason = Reason.ADDRESS_TOO_LONG if fitted.code == "address-too-long" else Reason.NO_ADDRESS
        yield (reason, fitted.sentence())


def _earmarked(facts: GuarantorFacts, charges: Sequence[OpenCharge]) -> Cents:
    """Return the credit kept for the visits of these charges, never more than a visit owes."""
    owed: dict[Id, int] = {}
    for each in charges:
        owed[each.visit_id] = owed.get(each.visit_id, 0) + each.owes
    return total(min(cents, max(0, owed.get(visit, 0))) for visit, cents in facts.earmarks)


def _full(first: str, last: str) -> str:
    return f"{first} {last}".strip()
