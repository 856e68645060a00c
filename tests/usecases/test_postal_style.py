"""Addresses in postal style: on the window of a statement and in the file of an agency, never in the record."""

import pytest

from medbill_desktop.documents.fonts import width
from medbill_desktop.domain.envelopes import PROFILES, address_size
from medbill_desktop.domain.problems import NotAllowed
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import statements
from medbill_desktop.usecases.collections import AgencyFile, agency_file
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.postal_style import AskPostalStyle, SetPostalStyle, postal_style, set_postal_style
from tests.ledger_rows import furnish
from tests.people import register
from tests.usecases.test_collections import owing, rows_of, sent
from tests.usecases.test_statements import Office

LONG = "1200 Northwest Meadowbrook Crossing Boulevard East"


def style(desk, on=True):
    desk.run(set_postal_style, SetPostalStyle(desk.new_id(), on))


def addressee(office, vault, who):
    office.bill(who)
    made = office.run()
    with vault.reader.begin() as conn:
        (record,) = statements.of_run(conn, made.run_id)
    return statements.content_of(record).addressee


@pytest.mark.parametrize(
    ("on", "lines"),
    [
        (False, ("Ana Ortiz", "14 Willow Lane", "Apartment 3", "St. George, ME 04860-1234")),
        (True, ("Ana Ortiz", "14 WILLOW LN", "APT 3", "ST GEORGE ME 04860-1234")),
    ],
)
def test_a_window_shows_the_style_that_was_chosen_and_the_record_keeps_what_was_typed(desk, vault, clock, on, lines):
    office = Office(desk, clock)
    who = register(desk, street2="Apartment 3", city="St. George", zip="048601234")
    style(desk, on)
    assert desk.ask(postal_style, AskPostalStyle()) is on
    shown = addressee(office, vault, who)
    assert " ".join(shown) == " ".join(lines)
    assert desk.ask(open_patient, OpenPatient(who.patient_id)).patient.street == "14 Willow Lane"


@pytest.mark.parametrize("street", [LONG, "14 Willow Lane", "PO Box 12", "1 Main Street South"])
def test_every_line_stays_inside_the_window_though_capitals_are_wider(desk, vault, clock, street):
    office, who = Office(desk, clock), register(desk, street=street)
    style(desk)
    shown = addressee(office, vault, who)
    assert address_size(shown, PROFILES["10-thirds"], width) is not None


def test_the_file_of_an_agency_has_the_style_too(desk_as, desk, vault):
    furnish(vault)
    biller, manager = desk_as(Role.BILLER, number=2), desk_as(Role.MANAGER, number=3)
    case_id = sent(biller, manager, owing(biller, vault))
    style(desk)
    _, row = rows_of(manager.ask(agency_file, AgencyFile((case_id,))))
    assert row[2:7] == ["14 WILLOW LN", "", "ROCKPORT", "ME", "04856-1234"]


def test_who_may_not_keep_the_policies_does_not_choose(desk_as):
    with pytest.raises(NotAllowed):
        style(desk_as(Role.FRONT_DESK))
