"""The day sheet and its proof: each closing is the next opening, and every sum is found in two ways (BILLING T5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.domain.journal import Account, Cause, Kind
from medbill_desktop.domain.money import Cents, format_cents, total

CREDIT_WORDS: Final[dict[str, str]] = {
    "taken": "Payments taken",
    "applied": "Applied to charges",
    "refunded": "Refunds approved",
    "returned": "Returned by the bank",
    "other": "Other",
}
_CREDIT_BY_KIND: Final[dict[Kind, str]] = {
    Kind.PAYMENT: "taken", Kind.APPLY: "applied", Kind.REFUND: "refunded", Kind.RETURN: "returned",
}  # fmt: skip
CAUSE_WORDS: Final[dict[Cause, str]] = {
    Cause.CHARGE: "Charges",
    Cause.PAYMENT: "Payments applied",
    Cause.ADJUST: "Adjustments",
    Cause.REFUND: "Refunds",
    Cause.RECOUP: "Taken back by payers",
    Cause.REINSTATE: "Bad debts reinstated",
    Cause.TRANSFER: "Transfers",
    Cause.OPENING: "Opening balances",
}
OTHER_ACCOUNTS: Final = (Account.REFUNDS_PAYABLE, Account.SUSPENSE, Account.PAYER_CREDIT, Account.INTEREST)
OTHER_WORDS: Final[dict[Account, str]] = {
    Account.REFUNDS_PAYABLE: "Refunds to be paid",
    Account.SUSPENSE: "Remittances not posted",
    Account.PAYER_CREDIT: "Credit of payers",
    Account.INTEREST: "Interest of payers",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a roll: what moved it, and by how much."""

    words: str
    cents: Cents


@dataclass(frozen=True, slots=True)
class Roll:
    """From opening to closing; the steps are all that lies between."""

    words: str
    opening: Cents
    steps: tuple[Step, ...]

    @property
    def closing(self) -> Cents:
        return Cents(self.opening + sum(each.cents for each in self.steps))


@dataclass(frozen=True, slots=True)
class SlipRoll:
    """The money of one method: what lay in the drawer, came, went to the bank, and lies there now."""

    method: str
    opening: Cents
    taken: Cents
    deposited: Cents
    slips: tuple[str, ...]  # numbers of those closed in the period
    difference: Cents  # over or short when they were counted

    @property
    def closing(self) -> Cents:
        return Cents(self.opening + self.taken - self.deposited)


@dataclass(frozen=True, slots=True)
class Check:
    """Two ways to the same sum."""

    words: str
    one: Cents
    other: Cents

    @property
    def holds(self) -> bool:
        return self.one == self.other

    def sentence(self) -> str:
        if self.holds:
            return f"{self.words}: {format_cents(self.one)}"
        return f"{self.words}: {format_cents(self.one)} is not {format_cents(self.other)}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The day sheet of a day or a range of days."""

    first: date
    last: date
    receivable: Roll
    credit: Roll  # what guarantors have with us, as a positive amount
    slips: tuple[SlipRoll, ...]
    bank: tuple[Step, ...]  # returned payments and refunds paid, straight at the bank
    others: tuple[Roll, ...]
    checks: tuple[Check, ...]

    @property
    def is_proved(self) -> bool:
        return all(each.holds for each in self.checks)

    def figures(self) -> dict[str, int]:
        """Return what a signature stands for: every opening and closing."""
        rolls = {"receivable": self.receivable, "credit": self.credit}
        rolls |= {each.words: each for each in self.others}
        out: dict[str, int] = {}
        for name, roll in rolls.items():
            out[f"{name} opening"], out[f"{name} closing"] = roll.opening, roll.closing
        for slip in self.slips:
            out[f"{slip.method} opening"], out[f"{slip.method} closing"] = slip.opening, slip.closing
            out[f"{slip.method} taken"], out[f"{slip.method} deposited"] = slip.taken, slip.deposited
        return out


def receivable_roll(opening: Cents, by_cause: Mapping[Cause, Cents]) -> Roll:
    steps = tuple(Step(words, by_cause.get(cause, Cents(0))) for cause, words in CAUSE_WORDS.items())
    return Roll("Receivable", opening, steps)


def credit_roll(opening: Cents, by_kind: Mapping[Kind, Cents]) -> Roll:
    """Make the roll of patients' credit from its lines, which are minus where credit grows."""
    sums = dict.fromkeys(CREDIT_WORDS, 0)
    for kind, cents in by_kind.items():
        sums[_CREDIT_BY_KIND.get(kind, "other")] -= cents
    return Roll("Credit", Cents(-opening), tuple(Step(words, Cents(sums[key])) for key, words in CREDIT_WORDS.items()))


def checks_of(
    receivable: Roll, credit: Roll, transfers: Cents, patients: Cents, aging: Cents, held: Cents, cash: Check
) -> tuple[Check, ...]:
    """Return the proof: `patients` and `held` are summed by person, `aging` by age."""
    return (
        Check("Closing receivable is the sum over patients", receivable.closing, patients),
        Check("Closing receivable is the sum of the aging", receivable.closing, aging),
        Check("Closing credit is the sum over guarantors", credit.closing, held),
        Check("Transfers come to nothing", transfers, Cents(0)),
        cash,
    )


def cash_check(opening: Cents, closing: Cents, slips: tuple[SlipRoll, ...], bank: tuple[Step, ...]) -> Check:
    """The cash account moved by what was taken and what the bank took, and by nothing else."""
    moved = total((*(each.taken for each in slips), *(each.cents for each in bank)))
    return Check("Cash moved by payments and bank events", Cents(closing - opening), moved)


def continues(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Tell whether each closing of a sheet is the opening of the next."""
    closings = {key.removesuffix(" closing"): cents for key, cents in before.items() if key.endswith(" closing")}
    return all(after.get(f"{name} opening", 0) == cents for name, cents in closings.items())
