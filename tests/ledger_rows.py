"""A small practice to post in: written straight into the tables, because registration is not what is tested here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import insert

from medbill_desktop.domain.charges import ServiceLine, Superbill
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, take_payment

PROVIDER, PLACE, SUMMIT, LAKESHORE = Id(11), Id(12), Id(13), Id(14)
START = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)
FEES = {
    "99213": 165_00,
    "99214": 180_00,
    "94010": 60_00,
    "20610": 150_00,
    "36415": 12_00,
    "80053": 48_00,
    "NOSHOW": 40_00,
}
WORDS = {"99213": "Office visit", "99214": "Office visit", "94010": "Breathing test", "20610": "Joint injection",
         "36415": "Blood draw", "80053": "Laboratory", "NOSHOW": "Missed visit"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folk:
    patient_id: Id
    guarantor_id: Id
    coverage_id: Id | None = None
    secondary_id: Id | None = None


def furnish(vault):
    """Write the catalogs."""
    with vault.writer.begin() as conn:
        conn.execute(insert(t.provider).values(id=PROVIDER, last="Reyes", first="Ada", credential="MD",
                                               npi="1000000004", taxonomy="207Q00000X", active=True))  # fmt: skip
        conn.execute(insert(t.place).values(id=PLACE, name="Office", pos="11", street="12 Harbor Street",
                                            city="Rockport", state="ME", zip="048561234", active=True))  # fmt: skip
        for payer_id, name in ((SUMMIT, "Summit PPO"), (LAKESHORE, "Lakeshore Mutual")):
            conn.execute(insert(t.payer).values(id=payer_id, name=name, payer_code="SUM01", filing_indicator="CI",
                                                active=True))  # fmt: skip
        for number, (code, cents) in enumerate(FEES.items()):
            conn.execute(insert(t.fee).values(id=100 + number, schedule="standard", code=code, modifier="",
                                              description=WORDS[code], generic_words=WORDS[code], cents=cents,
                                              first_day=date(2020, 1, 1)))  # fmt: skip


def a_patient(vault, number=1, *, insured=True, secondary=False, last="Whitfield", first="Nora",
              birth=date(1979, 3, 12), guarantor_id=None, first_day=date(2025, 1, 1), last_day=None):  # fmt: skip
    """Write one patient with guarantor and, where insured, coverage."""
    patient_id, own = Id(1_000_000 + number), Id(2_000_000 + number)
    coverage_id = Id(3_000_000 + number) if insured else None
    secondary_id = Id(4_000_000 + number) if secondary else None
    with vault.writer.begin() as conn:
        if guarantor_id is None:
            conn.execute(insert(t.guarantor).values(id=own, last=last, first=first, mailing_name=f"{first} {last}",
                                                    created_at=START))  # fmt: skip
        conn.execute(insert(t.patient).values(
            id=patient_id, account=f"1-{number}", last=last, first=first, mailing_name=f"{first} {last}",
            birth_date=birth, sex="F", guarantor_id=guarantor_id or own, relationship="self",
            created_at=START, version=1))  # fmt: skip
        for rank, cover, payer_id in ((1, coverage_id, SUMMIT), (2, secondary_id, LAKESHORE)):
            if cover is not None:
                conn.execute(insert(t.coverage).values(
                    id=cover, patient_id=patient_id, payer_id=payer_id, rank=rank, member_id=f"XYZ{number:07}",
                    relationship="self", first_day=first_day, last_day=last_day, created_at=START))  # fmt: skip
    return Folk(patient_id, guarantor_id or own, coverage_id, secondary_id)


def a_superbill(who, day, *codes, **more):
    """Return a superbill of one diagnosis with a line for each code."""
    lines = tuple(ServiceLine(code) for code in codes or ("99213",))
    return Superbill(who.patient_id, day, PROVIDER, PLACE, ("M17.11",), lines, **more)


def charge(desk, who, *codes, day=None, **more):
    """Enter a superbill and return its charge ids."""
    bill = a_superbill(who, day or desk.clock.today(), *codes, **more)
    return desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,))).charge_ids


def pay(desk, who, cents, **more):
    payment = PatientPayment(who.guarantor_id, cents, more.pop("method", "cash"), **more)
    return desk.run(take_payment, TakePayment(desk.new_id(), payment))
