"""What becomes of statements beside their runs: held, brought back by the post; and how somebody wants their mail.

Mail that came back was read by nobody, so that it counts neither for the cycle nor for the next step (BILLING S6).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from medbill_desktop.domain.checks import holds_card_number
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.patients import Flag
from medbill_desktop.domain.postal import Postal, printed
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.domain.statements import Decision, Mailbox, Wish
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import accounts, merged, patients
from medbill_desktop.storage import statement_life as life
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.statement_selection import decisions_of, rules_now

MOST_REASON: Final = 120
LONGEST_HOLD: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class HoldStatements:
    """Keep back what a guarantor would get, or one charge of it, up to and on a day."""

    id: Id
    guarantor_id: Id
    reason: str = field(repr=False)
    until: date
    charge_id: Id | None = None


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    id: Id
    hold_id: Id


@dataclass(frozen=True, slots=True)
class HoldsOf:
    """What may be held of a guarantor, and what is."""

    guarantor_id: Id


@dataclass(frozen=True, slots=True)
class HoldableCharge:
    charge_id: Id
    service_date: date
    words: str = field(repr=False)
    owes_cents: Cents


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold in force; `what` says which charge, or that it is everything."""

    hold_id: Id
    what: str = field(repr=False)
    reason: str = field(repr=False)
    until: date
    made_by: str


@dataclass(frozen=True, slots=True)
class GuarantorHolds:
    charges: tuple[HoldableCharge, ...]
    holds: tuple[HoldLine, ...]


@dataclass(frozen=True, slots=True)
class NoteReturned:
    """The post brought back the statement of this number."""

    id: Id
    number: str
    returned_on: date


@dataclass(frozen=True, slots=True)
class ListReturned:
    """Which mail came back and is not settled?"""


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """One letter that came back; `may_send` once there is another address and nothing else keeps it."""

    statement_id: Id
    number: str
    mailbox: Mailbox
    name: str = field(repr=False)
    mailed_on: date
    returned_on: date
    words: str = field(repr=False)
    may_send: bool


@dataclass(frozen=True, slots=True)
class SettleReturned:
    """The address was right after all: mail may go there again."""

    id: Id
    statement_id: Id


@dataclass(frozen=True, slots=True)
class AskMailWish:
    guarantor_id: Id


@dataclass(frozen=True, slots=True)
class SetMailWish:
    """Language and letters of a guarantor's statements."""

    id: Id
    guarantor_id: Id
    language: Language = Language.ENGLISH
    large_print: bool = False


@usecase("statement.hold", needs=Permission.RUN_STATEMENTS, topics={"statements"})
def hold_statements(work: Work, cmd: HoldStatements) -> Id:
    """Hold; an earlier hold of the same takes its end with it. Return the id of the hold."""
    found, reason = Findings(), " ".join(cmd.reason.split())
    if not reason:
        found.stop("reason", "reason", "A hold needs its reason.", "Say why in a few words.")
    if len(reason) > MOST_REASON:
        found.stop("reason", "reason", f"The reason is longer than {MOST_REASON} letters.", "Shorten it.")
    if holds_card_number(reason):
        found.stop("card-number", "reason", "This looks like a card number. Remove it.")
    if not work.today <= cmd.until <= work.today + LONGEST_HOLD:
        found.stop("until", "until", "The last day lies between today and a year from now.")
    found.raise_stops()
    if patients.find_guarantor(work.conn, cmd.guarantor_id) is None:
        raise Refused("This guarantor does not exist. Nothing was held.")
    if cmd.charge_id is not None and cmd.charge_id not in _owed(work, cmd.guarantor_id):
        raise Refused("Nothing is owed on this charge any more, so that there is nothing to hold.")
    for each in life.holds(work.conn, work.today, merged.guarantors(work.conn, cmd.guarantor_id)):
        if each.charge_id == cmd.charge_id:
            life.release(work.conn, each.id, work.today, work.user.id)
    made = work.new_id()
    life.add_hold(
        work.conn, made, cmd.guarantor_id, cmd.charge_id, reason, cmd.until, work.user.id, work.now
    )  # fmt: skip
    work.entry.about("guarantor", cmd.guarantor_id, until=cmd.until.isoformat(), charge=cmd.charge_id)
    return made


def _owed(read: Reading, guarantor_id: Id) -> dict[Id, accounts.OpenItem]:
    items = accounts.open_items(read.conn, [guarantor_id])
    return {each.charge_id: each for each in items if each.owes_cents}


@usecase("statement.release", needs=Permission.RUN_STATEMENTS, topics={"statements"})
def release_hold(work: Work, cmd: ReleaseHold) -> None:
    if not life.release(work.conn, cmd.hold_id, work.today, work.user.id):
        raise Refused("This hold was released already.")
    work.entry.about("statement_hold", cmd.hold_id)


@query("statement.holds", needs=Permission.RUN_STATEMENTS, audit="statement.holds")
def holds_of(read: Reading, query: HoldsOf) -> GuarantorHolds:
    """List what a guarantor owes and what of it is held."""
    owed = _owed(read, query.guarantor_id)
    read.entry.about("guarantor", query.guarantor_id)
    held = life.holds(read.conn, read.today, merged.guarantors(read.conn, query.guarantor_id))
    return GuarantorHolds(
        tuple(HoldableCharge(key, each.service_date, each.generic_words, each.owes_cents)
              for key, each in owed.items()),
        tuple(HoldLine(each.id, _what(each.charge_id, owed), each.reason, each.until_on, each.made_by)
              for each in held),
    )  # fmt: skip


def _what(charge_id: Id | None, owed: dict[Id, accounts.OpenItem]) -> str:
    if charge_id is None:
        return "Every statement"
    item = owed.get(charge_id)
    return "A charge that is paid" if item is None else f"{item.service_date:%m/%d/%Y} {item.generic_words}"


@usecase("statement.returned", needs=Permission.RUN_STATEMENTS, topics={"statements", "patients"})
def note_returned(work: Work, cmd: NoteReturned) -> Id:
    """Note that a letter came back: its address gets nothing more until it is confirmed or changed (BILLING S5)."""
    row = life.find_number(work.conn, cmd.number.strip())
    if row is None:
        raise Refused("There is no statement of this number. It stands under the date, at the right of the page.")
    if row.mailed_on is None or row.withdrawn_on is not None:
        raise Refused("This statement was never noted as mailed.")
    if row.returned_on is not None:
        raise Refused(f"This was noted already: it came back {row.returned_on:%m/%d/%Y}.")
    if not row.mailed_on <= cmd.returned_on <= work.today:
        raise Refused(f"The day lies between its mailing on {row.mailed_on:%m/%d/%Y} and today.")
    life.set_returned(work.conn, row.id, cmd.returned_on)
    box = Mailbox(row.guarantor_id, row.patient_id)
    if _goes_to_its_guarantor(work, box, row.id):
        patients.set_flag(work.conn, box.guarantor_id, Flag.BAD_ADDRESS, cmd.returned_on)
    work.entry.about("statement", row.id, row.patient_id, guarantor=row.guarantor_id)
    return Id(row.guarantor_id)


def _goes_to_its_guarantor(work: Work, box: Mailbox, statement_id: Id) -> bool:
    """Tell whether the guarantor's own address is the bad one: not a confidential one, and not one given up since."""
    if box.patient_id is not None:
        return False
    record = patients.find_guarantor(work.conn, box.guarantor_id)
    sent = next(each for each in life.returned(work.conn) if each.statement_id == statement_id)
    if record is None or not record.details.street:
        return False
    typed = record.details
    made = printed(Postal(typed.street, typed.street2, typed.city, typed.state, typed.zip))
    streets = (" ".join(typed.street.split()), made.street)  # the letter may have gone in postal style
    return any(line.startswith(streets) for line in sent.addressee[1:])


@query("statement.returned_list", needs=Permission.RUN_STATEMENTS)
def list_returned(read: Reading, query: ListReturned) -> tuple[ReturnedLine, ...]:
    """List the letters that came back, each with what is to be done."""
    return returned_of(read)


def returned_of(read: Reading, guarantor_ids: Sequence[int] | None = None) -> tuple[ReturnedLine, ...]:
    """Return the letters that came back and are not settled, of these guarantors or of all."""
    found = life.returned(read.conn)
    if guarantor_ids is not None:
        same = {one for each in guarantor_ids for one in merged.guarantors(read.conn, each)}
        found = [each for each in found if each.guarantor_id in same]
    roots = {each.guarantor_id: merged.guarantors(read.conn, each.guarantor_id)[0] for each in found}
    ids = sorted(set(roots.values()))
    now = {each.mailbox: each for _, each in decisions_of(read, rules_now(read), ids)} if ids else {}
    lines = []
    for each in found:
        box = Mailbox(roots[each.guarantor_id], each.patient_id)
        decision = now.get(box)
        name = each.addressee[0] if each.addressee else ""
        lines.append(
            ReturnedLine(
                each.statement_id, each.number, box, name, each.mailed_on, each.returned_on, _to_do(decision),
                decision is not None and decision.reason is None,
            )
        )  # fmt: skip
    return tuple(lines)


def _to_do(decision: Decision | None) -> str:
    if decision is None or decision.reason in (Reason.NOTHING_OWED, Reason.CREDIT):
        return "Nothing is owed any more"
    if decision.reason is None:
        return "There is another address: send it again"
    if decision.reason is Reason.BAD_ADDRESS:
        return "Ask for the address"
    return decision.why


@usecase("statement.returned_settled", needs=Permission.RUN_STATEMENTS, topics={"statements", "patients"})
def settle_returned(work: Work, cmd: SettleReturned) -> None:
    """Take the mark from an address that is right, so that the statement can go again."""
    row = next((each for each in life.returned(work.conn) if each.statement_id == cmd.statement_id), None)
    if row is None:
        raise Refused("This is settled already.")
    life.settle_returned(work.conn, [row.statement_id], work.today)
    if row.patient_id is None:
        for each in merged.guarantors(work.conn, row.guarantor_id):
            patients.set_flag(work.conn, each, Flag.BAD_ADDRESS, None)
    work.entry.about("statement", row.statement_id, row.patient_id, guarantor=row.guarantor_id)


@query("statement.wish", needs=Permission.VIEW_ACCOUNT)
def mail_wish(read: Reading, query: AskMailWish) -> Wish:
    """Return how a guarantor wants their statements."""
    root = merged.guarantors(read.conn, query.guarantor_id)[0]
    return life.wishes(read.conn, merged.joined_guarantors(read.conn)).get(root, Wish())


@usecase("statement.wish_set", needs=Permission.REGISTER, topics={"statements"})
def set_mail_wish(work: Work, cmd: SetMailWish) -> None:
    root = merged.guarantors(work.conn, cmd.guarantor_id)[0]
    if patients.find_guarantor(work.conn, root) is None:
        raise Refused("This guarantor does not exist. Nothing was changed.")
    life.set_wish(work.conn, root, Wish(cmd.language, cmd.large_print), work.user.id, work.now)
    work.entry.about("guarantor", root, spanish=cmd.language is Language.SPANISH, large=cmd.large_print)
