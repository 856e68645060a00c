"""`medbill report`: figures as a CSV file (DESIGN 11, BILLING T6)."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from medbill_desktop.cli import signing_in
from medbill_desktop.cli.output import Exit, Output, write_private
from medbill_desktop.cli.signing_in import UsageError
from medbill_desktop.documents.csv_file import as_csv
from medbill_desktop.domain.aging import BUCKETS
from medbill_desktop.domain.money import plain_cents
from medbill_desktop.usecases.accounts import AgingAsOf, TrialBalance, aging, trial_balance
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.payments import DayPayments, day_payments

Rows = list[Sequence[str]]
MOST_DAYS: Final = 366


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", choices=tuple(REPORTS), metavar="NAME", help=", ".join(REPORTS))
    parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument("--out", type=Path, metavar="FILE.csv", required=True)
    signing_in.add_arguments(parser)


def run(args: Namespace, out: Output) -> int:
    if args.out.suffix.lower() != ".csv":
        raise UsageError("This version writes reports as .csv; spreadsheets and PDF come with month-end.")
    with signing_in.signed_in(args) as desk:
        rows = REPORTS[args.name](desk, args.first, args.last)
        desk.record("report.export", rows=len(rows) - 1, bytes=len(as_csv(rows)))
    write_private(args.out, as_csv(rows))
    out.result(
        {"report": args.name, "rows": len(rows) - 1, "path": str(args.out)},
        [f"{len(rows) - 1:,} rows of {args.name} in {args.out}."],
    )
    return Exit.DONE


def _aging(desk: Desk, first: date | None, last: date | None) -> Rows:
    report = desk.ask(aging, AgingAsOf(last))
    body = [
        (each.words, *map(plain_cents, each.aged.buckets), plain_cents(each.aged.total_cents)) for each in report.rows
    ]
    total = ("Total", *map(plain_cents, report.total.buckets), plain_cents(report.total.total_cents))
    return [("Owed by", *BUCKETS, "Total"), *body, total]


def _trial_balance(desk: Desk, first: date | None, last: date | None) -> Rows:
    sums = desk.ask(trial_balance, TrialBalance(last))
    total = sum(each.cents for each in sums)
    return [("Account", "Amount"), *((each.account, plain_cents(each.cents)) for each in sums),
            ("Total", plain_cents(total))]  # fmt: skip


def _day_payments(desk: Desk, first: date | None, last: date | None) -> Rows:
    until = last or first or desk.clock.today()
    since = first or until
    if not 0 <= (until - since).days < MOST_DAYS:
        raise UsageError("The first day is after the last, or more than a year before it.")
    rows: Rows = [("Day", "Receipt", "Method", "Amount", "Unapplied", "Deposit", "Taken by", "Void")]
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        for each in desk.ask(day_payments, DayPayments(day)).rows:
            amounts = plain_cents(each.cents), plain_cents(each.unapplied_cents)
            void = "void" if each.voided else ""
            rows.append((day.isoformat(), each.number, each.method, *amounts, each.deposit_number, each.taken_by, void))
    return rows


REPORTS: Final[dict[str, Callable[[Desk, date | None, date | None], Rows]]] = {
    "aging": _aging,
    "trial-balance": _trial_balance,
    "day-payments": _day_payments,
}
