"""Why do I owe this, on one page to hand over (BILLING J7): no more than a statement may say (BILLING S2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from medbill_desktop.documents.plain_sheet import Grid, PlainSheet, marks_of, plain_sheet_pdf
from medbill_desktop.documents.statement import sheets_of
from medbill_desktop.domain import ledger_words
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.letter_words import WHY
from medbill_desktop.domain.money import format_cents, format_dollars, total
from medbill_desktop.domain.statement_words import Language, date_in, service_in, words_in
from medbill_desktop.domain.statements import Wish
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import charges, payments, privacy
from medbill_desktop.storage.mailing import place_of
from medbill_desktop.storage.statement_facts import practice_block
from medbill_desktop.usecases.accounts import Entry, ExplainBalance, Explanation, explain_balance
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.letters import wish_of

MOST: Final = 40
Row = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class WhyPage:
    """Of one charge, or of everything a guarantor owes."""

    charge_id: Id | None = None
    guarantor_id: Id | None = None


@query("statement.why_page", needs=Permission.VIEW_ACCOUNT, audit="statement.why_page", emergency=False)
def why_page(read: Reading, query: WhyPage) -> bytes:
    """Draw the answer; where there are more services than a page takes, it says how many are left and what they sum to.

    It is set in the language and the letters that the guarantor asked for. The screen shows a description, a provider
    and what was typed about an entry; none of them goes on paper.
    """
    payer = _payer(read, query)
    wish = Wish() if payer is None else wish_of(read, payer)
    found = explain_balance.body(read, ExplainBalance(query.charge_id, query.guarantor_id, wish.language))
    rows = _rows(read, found, wish.language, one=query.charge_id is not None)
    estate = query.guarantor_id is not None and place_of(read.conn, query.guarantor_id, read.today).to_estate
    for many in range(min(len(rows), MOST), 0, -1):
        sheet = _sheet(read, found, rows, many, wish, estate=estate)
        if sheets_of(marks_of(sheet)) == 1:
            break
    else:
        sheet = _sheet(read, found, rows, 0, wish, estate=estate)
    return plain_sheet_pdf(sheet)


def _payer(read: Reading, query: WhyPage) -> Id | None:
    return query.guarantor_id if query.charge_id is None else charges.get(read.conn, query.charge_id).guarantor_id


def _rows(read: Reading, found: Explanation, language: Language, *, one: bool) -> list[Row]:
    """Return day, words and cents of each entry, in the words of paper."""
    ids = sorted({each.charge_id for each in found.entries if each.charge_id is not None})
    words, said = payments.charge_words(read.conn, ids), WHY[language]
    # Of one charge the paper is for whoever asked about it; of everything it is for who pays, and tells of no other.
    apart = set() if one else privacy.told_apart(read.conn, ids, None, read.today)
    rows: list[Row] = []
    for each in found.entries:
        what, day = _said(each, language), each.posted_on
        if each.charge_id is not None and each.kind == "charge":
            what = _service(words[each.charge_id], language)
        if not one and each.charge_id is not None:
            day = words[each.charge_id].service_date
        if each.charge_id in apart:
            rows.append(("", said.elsewhere, each.cents))
            continue
        rows.append((date_in(language, day), what, each.cents))
    return rows


def _service(known: payments.ChargeWords, language: Language) -> str:
    """Return what was done for whom, and until when where it went on for days."""
    what = f"{service_in(language, known.generic_words)}, {known.patient_words}"
    if known.last_day is None:
        return what
    return f"{what}, {words_in(language).through.format(day=date_in(language, known.last_day))}"


def _said(entry: Entry, language: Language) -> str:
    said = ledger_words.on_paper(language)
    if entry.kind == "reversal":
        return said.taken_back
    return f"{said.paid}. {entry.detail}" if entry.words == said.paid else entry.words


def _sheet(
    read: Reading, found: Explanation, rows: Sequence[Row], many: int, wish: Wish, *, estate: bool
) -> PlainSheet:
    practice, said = practice_block(read.conn), WHY[wish.language]
    shown = [(day, words, format_cents(cents)) for day, words, cents in rows[:many]]
    paragraphs = [found.read_aloud, said.estate] if estate else [found.read_aloud]
    if rest := rows[many:]:
        shown.append(("", said.more.format(many=f"{len(rest):,}"), format_cents(total(each[2] for each in rest))))
        paragraphs.append(said.rest)
    shown.append(("", said.left, format_cents(found.balance_cents)))
    if found.with_insurance_cents:
        paragraphs.append(said.with_insurance.format(cents=format_dollars(found.with_insurance_cents)))
    if practice.phone:
        paragraphs.append(said.questions.format(phone=practice.phone))
    grid = Grid(said.grid, said.heads, tuple(shown), strong=frozenset({len(shown) - 1}))
    facts = ((said.printed, date_in(wish.language, read.today)), (said.owes, format_cents(max(found.owes_cents, 0))))
    return PlainSheet(
        said.title, practice.name, (*practice.address, practice.phone), facts, (grid,), tuple(paragraphs),
        large=wish.large_print,
    )  # fmt: skip
