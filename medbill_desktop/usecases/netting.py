"""Making good what was refunded before the bank took the payment back (BILLING J47)."""

from dataclasses import dataclass, field

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, Posting, net_lines, posting_of
from medbill_desktop.domain.money import Cents, format_cents, total
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.spending import Credit
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import below_zero, payments, refunds
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.posting import check_words, note_below_zero, post


@dataclass(frozen=True, slots=True)
class NetCredit:
    """Use a guarantor's free credit for what stands below zero; `words` say why it is used now."""

    id: Id
    guarantor_id: Id
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NettedCredit:
    cents: Cents
    left_cents: Cents  # still below zero


@usecase("credit.net", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def net_credit(work: Work, cmd: NetCredit) -> NettedCredit:
    """Let later money make good a payment that was refunded and then returned; copays that wait stay where they are."""
    found = Findings()
    check_words(found, "words", cmd.words, needed=True)
    found.raise_stops()
    payments.guarantor_name(work.conn, cmd.guarantor_id)
    lacking = below_zero.of_guarantor(work.conn, cmd.guarantor_id)
    if not lacking:
        raise Refused("No credit of this guarantor is below zero.")
    if any(refunds.waits_to_be_paid(work.conn, each.payment_id) for each in lacking):
        raise Refused("The refund was approved but not paid. Take it back; then nothing is below zero.")
    free = [
        each for each in payments.credits_of(work.conn, cmd.guarantor_id) if each.visit_id is None or not each.waits
    ]
    if not free:
        owed = format_cents(total(each.cents for each in lacking))
        raise Refused(f"There is no free credit to net. Take a payment of {owed}, and keep it as credit.")
    made, netted = _netted(work, cmd, lacking, free)
    post(work, cmd.id, made)
    for payment_id in sorted({each.payment_id for each in lacking}):
        note_below_zero(work, payment_id)
    left = Cents(total(each.cents for each in lacking) - netted)
    work.entry.about("guarantor", cmd.guarantor_id, cents=netted, left_cents=left)
    return NettedCredit(netted, left)


def _netted(
    work: Work, cmd: NetCredit, lacking: list[below_zero.BelowZero], free: list[Credit]
) -> tuple[list[Posting], Cents]:
    made: list[Posting] = []
    have = {(each.payment_id, each.visit_id): each.cents for each in free}
    for lack in lacking:
        missing = lack.cents
        for each in free:
            key = (each.payment_id, each.visit_id)
            part = Cents(min(missing, have[key]))
            if part <= 0:
                continue
            source = (each.guarantor_id or lack.guarantor_id, each.payment_id, each.visit_id)
            lines = net_lines(source, (lack.guarantor_id, lack.payment_id, lack.visit_id), part)
            made.append(posting_of(Kind.NET, work.today, lines, memo=cmd.words.strip(), source_kind="credit",
                                   source_id=each.payment_id))  # fmt: skip
            have[key], missing = Cents(have[key] - part), Cents(missing - part)
    return made, total(line.cents for each in made for line in each.lines if line.cents > 0)
