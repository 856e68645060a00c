"""What posting use cases share: writing postings, taking them back, and paying charges out of credit."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from medbill_desktop.domain.checks import CARD_WORDS, holds_card_number, unprintable
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import (
    Account,
    Cause,
    Kind,
    Line,
    Posting,
    apply_lines,
    mirror_of,
    posting_of,
)
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.spending import Spend, spend
from medbill_desktop.domain.users import VOID_ANY, VOID_OWN_SAME_DAY, Limit, Use
from medbill_desktop.storage import below_zero, charges, claims, day_sheet, journal, payments, refunds
from medbill_desktop.storage.charges import ChargeRow
from medbill_desktop.usecases.claims_following import follow as follow_charges
from medbill_desktop.usecases.claims_following import follow_postings
from medbill_desktop.usecases.declare import Work
from medbill_desktop.usecases.restricting import keep_for_next, look_again, refuse_plans

_TAKEN_BACK_WITH_A_CHARGE: Final = frozenset({Kind.CHARGE, Kind.APPLY, Kind.TRANSFER, Kind.ADJUSTMENT, Kind.REINSTATE})

_MOVED_HERE: Final = (Cause.TRANSFER, Cause.REINSTATE)


def post(work: Work, command_id: Id, postings: Iterable[Posting], *, follow: bool = True) -> list[Id]:
    """Write postings and return their ids, in order; nothing is dated back into a day that was signed.

    Draft claims follow what plans owe; without `follow` the caller does more to the charges first, and then lets them.
    """
    made = [(work.new_id(), each) for each in postings]
    if not made:
        return []
    _refuse_signed_days(work, [each.posted_on for _, each in made])
    kept = refuse_plans(work, [each for _, each in made])
    journal.add(work.conn, made, user_id=work.user.id, command_id=command_id, recorded_at=work.now, new_id=work.new_id)
    look_again(work, kept)
    if follow:
        follow_postings(work, [each for _, each in made])
    return [posting_id for posting_id, _ in made]


def _refuse_signed_days(work: Work, days: Sequence[date]) -> None:
    if not days or min(days) >= work.today:
        return
    signed = day_sheet.last_signed(work.conn)
    if signed is not None and min(days) <= signed:
        raise Refused(
            f"The day sheets are signed up to {say_date(signed)}, so nothing is posted back into those days. Use today."
        )


def take_back(
    work: Work, command_id: Id, posting_ids: Sequence[Id], memo: str = "", *, follow: bool = True
) -> list[Posting]:
    """Write the exact mirrors of live postings, dated today, and return what was taken back (BILLING J3, J10)."""
    found = journal.of_ids(work.conn, posting_ids)
    post(work, command_id, (mirror_of(found[each], each, work.today, memo) for each in posting_ids), follow=follow)
    netted = {line.payment_id for each in found.values() if each.kind is Kind.NET for line in each.lines}
    for payment_id in sorted(each for each in netted if each is not None):
        note_below_zero(work, payment_id)
    return [found[each] for each in posting_ids]


def note_below_zero(work: Work, payment_id: Id) -> Cents:
    """Keep the item of a payment below zero in step with the journal; returns how far below zero (BILLING J47)."""
    facts = payments.get(work.conn, payment_id)
    below = Cents(max(-payments.unspent(work.conn, payment_id), 0))
    below_zero.note(work.conn, work.new_id(), facts.id, facts.guarantor_id, below, work.today, work.user.id)
    return below


def back_dated(work: Work, day: date | None) -> list[Use]:
    """Say how far back a posting is dated, for the limit (SECURITY A2)."""
    return [Use(Limit.BACK_DATE_DAYS, (work.today - day).days)] if day is not None and day < work.today else []


def reach(work: Work, by: int, at: datetime) -> Use:
    """Say how far the void of something reaches: one's own of today, or any."""
    own = by == work.user.id and at.astimezone().date() == work.today
    return Use(Limit.VOID_REACH, VOID_OWN_SAME_DAY if own else VOID_ANY)


def check_words(found: Findings, where: str, text: str, *, needed: bool = False) -> None:
    """Judge a reason or memo: there where it is needed, short, and never a card number (BILLING S8)."""
    if needed and not text.strip():
        found.stop("reason", where, "A reason is needed.", "Say in a few words why.")
    if len(text) > 200:
        found.stop("long", where, "This is too long.", "Use 200 letters at most.")
    if unprintable(text):
        found.stop("control-character", where, "This holds a character that can't be printed.", "Type it again.")
    if holds_card_number(text):
        found.stop("card-number", where, CARD_WORDS)


def void_rows(work: Work, command_id: Id, row: ChargeRow, memo: str) -> Cents:
    """Take a charge back with all that is live on it; returns what became credit again (BILLING J21)."""
    if row.voided_at is not None:
        raise Refused("This charge is void already.")
    claims.refuse_if_out(work.conn, row.id)
    live = journal.live_on_charge(work.conn, row.id)
    found = journal.of_ids(work.conn, live)
    if any(found[each].kind not in _TAKEN_BACK_WITH_A_CHARGE for each in live):
        raise Refused("A plan has paid on this charge. Undo its remittance first.")
    taken = take_back(work, command_id, live, memo, follow=False)
    charges.mark_void(work.conn, row, work.now)
    keep_for_next(work, row.id)
    follow_charges(work, [row.id])
    return freed(taken)


def void_payment_rows(work: Work, command_id: Id, payment_id: Id, memo: str) -> Cents:
    """Take a payment back with all it paid; refused once its slip is closed (BILLING S9, S10)."""
    facts = payments.get(work.conn, payment_id)
    if facts.voided_at is not None:
        raise Refused("This payment is void already.")
    if not payments.slip_is_open(work.conn, facts.deposit_id):
        raise Refused(
            "The deposit of this payment is closed, so the money is on its way to the bank. Give it back as a refund."
        )
    if refunds.is_claimed(work.conn, payment_id):
        # The money would leave twice: out of the drawer, and as the refund.
        raise Refused("A refund of this payment was asked for or given. Take the refund back first.")
    take_back(work, command_id, journal.live_applications(work.conn, payment_id), memo)
    reinstated = journal.reinstated_with(work.conn, payment_id)
    take_back(work, command_id, journal.live_by_source(work.conn, "payment", payment_id), memo)
    for each in reinstated:  # owed again only because the agency paid it
        make_room(work, command_id, journal.get(work.conn, each))
        take_back(work, command_id, [each], memo)
    payments.mark_void(work.conn, payment_id, work.now)
    return facts.cents


def freed(taken: Iterable[Posting]) -> Cents:
    """Return how much of what was taken back is credit again."""
    lines = (line for each in taken if each.kind is Kind.APPLY for line in each.lines)
    return Cents(sum(line.cents for line in lines if line.account is Account.PATIENT_CREDIT))


def make_room(work: Work, command_id: Id, posting: Posting) -> None:
    """Unapply what was paid on a debt that is about to be moved back, so that its party stays at zero or above.

    Raises Refused where later write-offs or transfers stand in the way, or a bad debt that was reinstated since.
    """
    for line in posting.lines:
        if _is_reinstated(work, line):
            raise Refused("This bad debt was reinstated since, so it is owed already.")
        if line.account is not Account.RECEIVABLE or line.cents < 0 or line.cause not in _MOVED_HERE:
            continue
        party = line.party
        for each in journal.live_on_charge(work.conn, line.charge_id or 0):
            if journal.owed(work.conn, line.charge_id or 0, party) >= line.cents:
                break
            if journal.get(work.conn, each).kind is Kind.APPLY:
                take_back(work, command_id, [each])
        if journal.owed(work.conn, line.charge_id or 0, party) < line.cents:
            raise Refused("Something was posted on this since. Undo that first.")


def _is_reinstated(work: Work, line: Line) -> bool:
    """Tell whether a write-off of bad debt is owed again by now, wholly or in part (BILLING J43)."""
    if line.account is not Account.ADJUSTMENT or line.cents < 0 or line.reason != "bad_debt":
        return False
    return journal.standing_bad_debt(work.conn, line.charge_id or 0, line.guarantor_id) < line.cents


def application(each: Spend, posted_on: date) -> Posting:
    """Return the posting that pays one charge out of one credit (BILLING J24)."""
    guarantor_id = each.owed.charge.party.guarantor_id
    assert guarantor_id is not None
    lines = apply_lines(
        each.owed.charge, guarantor_id, each.payment_id, each.cents, visit_id=each.visit_id,
        from_guarantor=each.from_guarantor,
    )  # fmt: skip
    return posting_of(Kind.APPLY, posted_on, lines, source_kind="credit", source_id=each.payment_id)


def apply_earmarked(work: Work, command_id: Id, visit_ids: Sequence[Id]) -> Cents:
    """Let the copays that wait for visits pay what the guarantor now owes for them (BILLING J23, J60 a7)."""
    spent: list[Spend] = []
    for visit_id, guarantor_id in payments.earmarked(work.conn, visit_ids):
        owed = [each for each in payments.owed_by(work.conn, guarantor_id) if each.visit_id == visit_id]
        kept = [each for each in payments.credits_of(work.conn, guarantor_id) if each.visit_id == visit_id]
        spent += spend(kept, [(each, each.cents) for each in owed], by_choice=False)
    post(work, command_id, (application(each, work.today) for each in spent))
    return Cents(sum(each.cents for each in spent))
