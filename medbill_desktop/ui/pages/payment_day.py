"""The day's payments by method, each with its sum and its slip (BILLING S9, S10)."""

from dataclasses import dataclass, field
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.ui.models.rows import Column, Kind, Section, Status, Total
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.payments import DayPaymentsContent, PaymentRow
from medbill_desktop.usecases.receipts import METHODS


@dataclass(frozen=True, slots=True)
class DayRow:
    """A payment in the day's list."""

    id: Id
    row: PaymentRow = field(repr=False)


def _state(line: DayRow) -> Status:
    if line.row.voided:
        return Status(Tone.NONE, "Void")
    return Status(Tone.INFO, "Part is credit") if line.row.unapplied_cents else Status(Tone.OK, "Applied")


def _time(line: DayRow) -> str:
    return f"{line.row.taken_at.astimezone():%I:%M %p}".lstrip("0")


DAY: Final = (
    Column("time", "Time", Kind.CODE, 88, value=_time, drop=3),
    Column("number", "Receipt", Kind.CODE, 84, value=lambda row: row.row.number),
    Column("name", "From", Kind.NAME, stretch=True, value=lambda row: row.row.guarantor_name),
    Column("taken_by", "Taken by", width=124, value=lambda row: row.row.taken_by, drop=2),
    Column("slip", "Slip", Kind.CODE, 96, value=lambda row: row.row.deposit_number, full_title="Deposit slip", drop=1),
    Column("cents", "Amount", Kind.MONEY, 100, value=lambda row: row.row.cents),
    Column("unapplied", "Credit", Kind.MONEY, 92, value=lambda row: row.row.unapplied_cents or None,
           hint="What of it is not applied to a charge yet"),
    Column("state", "Status", Kind.STATUS, 128, value=_state),
)  # fmt: skip


def day_lines(content: DayPaymentsContent) -> list[object]:
    """Return what the table shows: a heading for each method with its sum, the void ones last, the total."""
    lines: list[object] = []
    for method, cents in content.by_method:
        some = [each for each in content.rows if each.method == method and not each.voided]
        slips = ", ".join(dict.fromkeys(each.deposit_number for each in some))
        note = f"{counted(len(some), cents)} · slip {slips}"
        lines += [Section(METHODS.get(method, method), note), *(DayRow(each.payment_id, each) for each in some)]
    if void := [each for each in content.rows if each.voided]:
        lines += [Section("Void", "not in the total"), *(DayRow(each.payment_id, each) for each in void)]
    if content.rows:
        lines.append(Total(said_count(content), {"cents": content.cents}))
    return lines


def said_count(content: DayPaymentsContent) -> str:
    count = len([each for each in content.rows if not each.voided])
    return "1 payment" if count == 1 else f"{count} payments"


def counted(count: int, cents: Cents) -> str:
    return f"{count} payment{'' if count == 1 else 's'} · {format_cents(cents)}"
