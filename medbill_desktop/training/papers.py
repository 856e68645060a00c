"""Statements of synthetic people, to be drawn by the thousand: what the bench prints (DESIGN 10)."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.names import full_name
from medbill_desktop.domain.statement_content import PatientBlock, PracticeBlock, ServiceLine, StatementContent
from medbill_desktop.training.people import People, Synthetic
from medbill_desktop.training.practice import FACTS, PAYERS

_WORDS = ("Office visit", "Laboratory", "Imaging", "Procedure", "Immunization", "Test")
_PRACTICE = PracticeBlock(FACTS.name, (FACTS.street, f"{FACTS.city}, {FACTS.state} 04856-1234"), "(207) 555-0100")


def statements(seed: int, count: int, today: date) -> Iterator[StatementContent]:
    """Yield `count` statements of one page, now and then of two."""
    dice = Random(f"papers {seed}")  # noqa: S311
    for number, one in enumerate(People(seed, count, today, len(PAYERS)), start=1):
        yield _statement(number, one, dice, today)


def _statement(number: int, one: Synthetic, dice: Random, today: date) -> StatementContent:
    lines = tuple(_line(dice, today) for _ in range(dice.choices((1, 2, 4, 9, 30), (30, 35, 20, 13, 2))[0]))
    patient = one.patient
    name = patient.mailing_name or full_name(patient.last, patient.first, patient.middle)
    block = PatientBlock(f"{name.split()[0]} {name.split()[-1][0]}.", lines)
    return StatementContent(
        number=f"1-{number}",
        reference=f"1-{number}",
        statement_date=today,
        due_date=today + timedelta(days=21),
        step_words="Statement",
        practice=_PRACTICE,
        addressee=(name, patient.street, f"{patient.city}, {patient.state} {patient.zip}"),
        patients=(block,),
        aging=(block.owes_cents, ZERO, ZERO, ZERO, ZERO),
        credit_cents=ZERO,
        total_cents=block.owes_cents,
        message="Thank you for choosing our practice. Please pay by the due date, or call us with any question.",
    )


def _line(dice: Random, today: date) -> ServiceLine:
    charged = Cents(dice.randrange(20_00, 400_00))
    paid = Cents(charged * dice.choice((0, 0, 25, 50)) // 100)
    return ServiceLine(
        today - timedelta(days=dice.randrange(5, 110)),
        dice.choice(_WORDS),
        charged,
        ZERO,
        ZERO,
        paid,
        Cents(charged - paid),
    )
