"""Synthetic people, payers and places for tests, made through the real use cases."""

from datetime import date

from medbill_desktop.domain.coverages import CoverageDetails
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.patients import PatientDetails
from medbill_desktop.usecases.catalogs import (
    FeeDetails,
    PayerDetails,
    PlaceDetails,
    ProviderDetails,
    SaveFees,
    SavePayer,
    SavePlace,
    SaveProvider,
    save_fees,
    save_payer,
    save_place,
    save_provider,
)
from medbill_desktop.usecases.patients import NewPatient, RegisterPatient, register_patient
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, add_visits

NPI = "1234567893"
FIRST_DAY = date(2026, 1, 1)


def patient_details(last="Ortiz", first="Ana", **more):
    facts = {
        "birth_date": date(1980, 10, 31),
        "sex": "F",
        "street": "14 Willow Lane",
        "city": "Rockport",
        "state": "ME",
        "zip": "04856",
        "phone": "2075550142",
    }
    return PatientDetails(last, first, **(facts | more))


def register(desk, last="Ortiz", first="Ana", *, guarantor=None, guarantor_id=None, relationship="self",
             coverages=(), contacts=(), **more):  # fmt: skip
    """Register somebody and return Registered; `more` are fields of the patient."""
    new = NewPatient(
        patient_details(last, first, **more), guarantor, guarantor_id, relationship, tuple(coverages), tuple(contacts)
    )
    return desk.run(register_patient, RegisterPatient(desk.new_id(), new))


def a_payer(desk, name="Summit Mutual", **more):
    """The desk must have the right to keep catalogs."""
    facts = {"payer_code": "SM001", "filing_indicator": "CI"}
    return desk.run(save_payer, SavePayer(desk.new_id(), PayerDetails(name, **(facts | more))))


def a_coverage(payer_id, member_id="XK4471902", first_day=FIRST_DAY, **more):
    return CoverageDetails(payer_id, member_id, first_day, **more)


def insured(desk, last="Ortiz", first="Ana", *, payer_id=None, member_id="XK4471902", **more):
    """Register somebody with one primary policy since January 1, 2026."""
    payer_id = a_payer(desk) if payer_id is None else payer_id
    return register(desk, last, first, coverages=[a_coverage(payer_id, member_id)], **more)


def a_provider(desk, last="Lindqvist", first="Maja", npi=NPI, **more):
    facts = {"credential": "MD", "taxonomy": "207Q00000X"}
    return desk.run(save_provider, SaveProvider(desk.new_id(), ProviderDetails(last, first, npi=npi, **(facts | more))))


def a_place(desk, name="Harbor Street office", pos="11", **more):
    return desk.run(save_place, SavePlace(desk.new_id(), PlaceDetails(name, pos, **more)))


def a_fee(code="99213", cents=14_500, description="Office visit, established", generic_words="Office visit",
          first_day=FIRST_DAY, **more):  # fmt: skip
    return FeeDetails(code, description, generic_words, Cents(cents), first_day, **more)


def fees(desk, *some):
    """Keep a price list; three codes where none are given."""
    some = some or (
        a_fee(),
        a_fee("85025", 3_200, "Blood count", "Laboratory"),
        a_fee("93000", 7_800, "Heart tracing", "Test"),
    )
    return desk.run(save_fees, SaveFees(desk.new_id(), tuple(some)))


def a_visit(desk, patient_id, provider_id, place_id, day=date(2026, 11, 18), **more):
    visit = VisitDetails(patient_id, day, provider_id, place_id, **more)
    return desk.run(add_visits, AddVisits(desk.new_id(), (visit,)))[0]
