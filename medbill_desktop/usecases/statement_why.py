"""Why do I owe this, on one page to hand over (BILLING J7): no more than a statement may say (BILLING S2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from medbill_desktop.documents.plain_sheet import Grid, PlainSheet, marks_of, plain_sheet_pdf
from medbill_desktop.documents.statement import sheets_of
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents, total
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import payments, privacy
from medbill_desktop.storage.statement_facts import practice_block
from medbill_desktop.usecases.accounts import Entry, ExplainBalance, Explanation, explain_balance
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.payments import BILLED_APART

MOST: Final = 40
REST: Final = "All of them stand on your statements. Ask at the desk, and we go through the others with you."


@dataclass(frozen=True, slots=True)
class WhyPage:
    """Of one charge, or of everything a guarantor owes."""

    charge_id: Id | None = None
    guarantor_id: Id | None = None


@query("statement.why_page", needs=Permission.VIEW_ACCOUNT, audit="statement.why_page", emergency=False)
def why_page(read: Reading, query: WhyPage) -> bytes:
    """Draw the answer; where there are more services than a page takes, it says how many are left and what they sum to.

    The screen shows a description, a provider and what was typed about an entry; none of them goes on paper.
    """
    found = explain_balance.body(read, ExplainBalance(query.charge_id, query.guarantor_id))
    rows = _rows(read, found, one=query.charge_id is not None)
    for many in range(min(len(rows), MOST), 0, -1):
        sheet = _sheet(read, found, rows, many)
        if sheets_of(marks_of(sheet)) == 1:
            break
    else:
        sheet = _sheet(read, found, rows, 0)
    return plain_sheet_pdf(sheet)


def _rows(read: Reading, found: Explanation, *, one: bool) -> list[tuple[str, str, int]]:
    """Return day, words and cents of each entry, in the words of paper."""
    charges = sorted({each.charge_id for each in found.entries if each.charge_id is not None})
    words = payments.charge_words(read.conn, charges)
    # Of one charge the paper is for whoever asked about it; of everything it is for who pays, and tells of no other.
    apart = set() if one else privacy.told_apart(read.conn, charges, None, read.today)
    rows: list[tuple[str, str, int]] = []
    for each in found.entries:
        said = _said(each)
        if each.charge_id is not None and each.kind == "charge":
            known = words[each.charge_id]
            said = f"{known.generic_words or 'Medical service'}, {known.patient_words}"
        day = each.posted_on
        if not one and each.charge_id is not None:
            day = words[each.charge_id].service_date
        if each.charge_id in apart:
            rows.append(("", BILLED_APART, each.cents))
            continue
        rows.append((show_date(day), said, each.cents))
    return rows


def _said(entry: Entry) -> str:
    if entry.kind == "reversal":
        return "Taken back"
    if entry.words == "Patient paid":
        return f"You paid. {entry.detail}"
    return entry.words.replace("the patient", "you")


def _sheet(read: Reading, found: Explanation, rows: Sequence[tuple[str, str, int]], many: int) -> PlainSheet:
    practice = practice_block(read.conn)
    shown = [(day, words, format_cents(cents)) for day, words, cents in rows[:many]]
    paragraphs = [found.read_aloud]
    if rest := rows[many:]:
        shown.append(("", f"{len(rest):,} more", format_cents(total(cents for _, _, cents in rest))))
        paragraphs.append(REST)
    shown.append(("", "Left", format_cents(found.balance_cents)))
    if found.with_insurance_cents:
        paragraphs.append(
            f"{format_cents(found.with_insurance_cents)} is with your insurance and not due from you now."
        )
    if practice.phone:
        paragraphs.append(f"Questions? Call us: {practice.phone}")
    grid = Grid("How it came to this", ("Date", "What", "Amount"), tuple(shown), strong=frozenset({len(shown) - 1}))
    facts = (("Printed", show_date(read.today)), ("You owe", format_cents(found.owes_cents)))
    return PlainSheet(
        "Why do I owe this?", practice.name, (*practice.address, practice.phone), facts, (grid,), tuple(paragraphs)
    )  # fmt: skip
