"""Statement contents for tests."""

from datetime import date

from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.statement_content import PatientBlock, PracticeBlock, ServiceLine, StatementContent

PRACTICE = PracticeBlock(
    "Harbor Street Family Medicine", ("12 Harbor Street", "Rockport, ME 04856-1234"), "(207) 555-0100"
)
WORDS = ("Office visit", "Laboratory", "Immunization", "X-ray and imaging", "Procedure in the office")


def a_line(number=0, owe=50_00, **more):
    facts = {"charged": 200_00, "insurance_paid": 90_00, "adjusted": 40_00, "you_paid": 70_00 - owe}
    day = date(2026, 9, 1 + number % 28)
    return ServiceLine(day, WORDS[number % len(WORDS)], **(facts | {"you_owe": Cents(owe)} | more))


def a_block(name="Ana O.", lines=3, pending=0):
    return PatientBlock(name, tuple(a_line(at, 10_00 + at) for at in range(lines)), Cents(pending))


def a_content(*blocks, number="1-7", credit=0, **more):
    blocks = blocks or (a_block(),)
    due = Cents(sum(each.owes_cents for each in blocks) - credit)
    facts = {
        "reference": "1-1042",
        "statement_date": date(2026, 11, 18),
        "due_date": date(2026, 12, 9),
        "step_words": "Statement",
        "practice": PRACTICE,
        "addressee": ("Glen Abbott", "214 Tidewater Lane", "Rockport, ME 04856"),
        "aging": (due, Cents(0), Cents(0), Cents(0), Cents(0)),
        "message": "Thank you for choosing our practice. Please pay by the due date.",
        "envelope": "10-thirds",
    }
    return StatementContent(
        number=number, patients=tuple(blocks), credit_cents=Cents(credit), total_cents=due, **(facts | more)
    )


class Steps:
    """A watch that remembers, and cancels when told."""

    def __init__(self, cancel_at=None):
        self.seen = []
        self.cancel_at = cancel_at

    def step(self, done, total, text):
        self.seen.append((done, total))
        if self.cancel_at is not None and done >= self.cancel_at:
            raise InterruptedError
