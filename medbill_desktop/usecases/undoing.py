"""Taking back what was posted: an applied payment, a payment, or whatever came last (BILLING J25, S9; UX 5)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, Posting
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import VOID_OWN_SAME_DAY, Limit, Permission, Use
from medbill_desktop.storage import charges, journal, payments
from medbill_desktop.usecases.charges import correct_fee, correct_units
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.imports import import_rows
from medbill_desktop.usecases.posting import check_words, make_room, reach, take_back, void_payment_rows, void_rows

_UNDONE_HERE: Final = frozenset({Kind.CHARGE, Kind.PAYMENT, Kind.APPLY, Kind.TRANSFER, Kind.ADJUSTMENT,
                                 Kind.REINSTATE, Kind.NET})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unapply:
    id: Id
    posting_id: Id


@dataclass(frozen=True, slots=True)
class VoidPayment:
    id: Id
    payment_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VoidedPayment:
    payment_id: Id
    cents: Cents


@dataclass(frozen=True, slots=True)
class UndoLast:
    id: Id


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone: `what` is the kind of the first posting of that command."""

    what: str
    postings: int


def _posting_limits(work: Work, cmd: Unapply) -> list[Use]:
    by, at = journal.who_posted(work.conn, cmd.posting_id)
    return [reach(work, by, at)]


@usecase("credit.unapply", needs=Permission.VOID, topics={"ledger", "payments"}, limit=_posting_limits)
def unapply(work: Work, cmd: Unapply) -> Undone:
    """Turn an applied payment back into credit (BILLING J25)."""
    posting = journal.get(work.conn, cmd.posting_id)
    if posting.kind is not Kind.APPLY:
        raise Refused("This entry is not an applied payment.")
    journal.refuse_unless_live(work.conn, cmd.posting_id)
    take_back(work, cmd.id, [cmd.posting_id])
    work.entry.about("posting", cmd.posting_id, posting.lines[0].patient_id)
    return Undone(Kind.APPLY, 1)


def _void_limits(work: Work, cmd: VoidPayment) -> list[Use]:
    facts = payments.get(work.conn, cmd.payment_id)
    return [reach(work, facts.taken_by, facts.taken_at)]


@usecase("payment.void", needs=Permission.VOID, topics={"ledger", "payments"}, limit=_void_limits)
def void_payment(work: Work, cmd: VoidPayment) -> VoidedPayment:
    """Take a payment back while its deposit is open (BILLING S9)."""
    found = Findings()
    check_words(found, "reason", cmd.reason, needed=True)
    found.raise_stops()
    facts = payments.get(work.conn, cmd.payment_id)
    void_payment_rows(work, cmd.id, facts.id, cmd.reason.strip())
    work.entry.about("payment", facts.id, facts.patient_id, cents=facts.cents)
    return VoidedPayment(facts.id, facts.cents)


def _own_of_today(work: Work, cmd: UndoLast) -> list[Use]:
    return [Use(Limit.VOID_REACH, VOID_OWN_SAME_DAY)]


@usecase(
    "posting.undo_last", needs=Permission.VOID, topics={"ledger", "payments", "visits"}, limit=_own_of_today,
    by_proxy=False,
)  # fmt: skip
def undo_last(work: Work, cmd: UndoLast) -> Undone:
    """Reverse exactly what the person posted last, today.

    Once more undoes what was posted before that. What itself took something back is not undone but entered anew.
    """
    last = _last_done(work)
    found = journal.of_ids(work.conn, last.live_ids)
    for posting_id in last.live_ids:
        if journal.is_live(work.conn, posting_id):
            _undo_one(work, cmd.id, posting_id, found[posting_id])
    first = found[last.live_ids[-1]]
    work.entry.about("command", last.command_id, first.lines[0].patient_id, postings=len(last.live_ids))
    return Undone(first.kind, len(last.live_ids))


def _last_done(work: Work) -> journal.DoneCommand:
    # A day before today's date begins everywhere on earth; each command is then looked at by its local day.
    since = datetime.combine(work.today - timedelta(days=1), time(), UTC)
    for done in journal.commands_of(work.conn, work.user.id, since):
        if done.case_name == undo_last.name:
            continue
        if done.recorded_at.astimezone().date() != work.today:
            break
        # The fee of a charge that cost nothing is corrected without a reversal; undoing it would void the charge.
        if done.took_back or done.case_name in (correct_fee.name, correct_units.name):
            raise Refused("What you did last took back or corrected something. That can't be undone. Enter it anew.")
        if done.live_ids and done.case_name == import_rows.name:
            raise Refused("What you did last was an import. Undo it on the Import page, whole.")
        if done.live_ids:
            return done
    raise Refused("You have posted nothing today that could be undone.")


def _undo_one(work: Work, command_id: Id, posting_id: Id, posting: Posting) -> None:
    if posting.kind not in _UNDONE_HERE:
        raise Refused(f"A {posting.kind} is not undone by a key. Take it back where it was entered.")
    if posting.kind is Kind.CHARGE and posting.source_id is not None:
        void_rows(work, command_id, charges.get(work.conn, posting.source_id), "undo")
    elif posting.kind is Kind.PAYMENT and posting.source_id is not None:
        void_payment_rows(work, command_id, posting.source_id, "undo")
    else:
        make_room(work, command_id, posting)
        take_back(work, command_id, [posting_id], "undo")
