"""Drafts are listed with their patient, follow a merge, and stay dropped whatever was kept before (SECURITY L11)."""

from dataclasses import replace

import pytest

from medbill_desktop.domain.drafts import DraftName
from medbill_desktop.domain.users import Permission, Role, own_key
from medbill_desktop.usecases.drafts import (
    DraftLine,
    ListDrafts,
    OpenDraft,
    SaveDraft,
    list_drafts,
    open_draft,
    save_draft,
)
from medbill_desktop.usecases.merging import MergePatients, UndoMerge, merge_patients, undo_merge
from medbill_desktop.usecases.roles import SaveRole, save_role
from medbill_desktop.usecases.session import State
from tests.door import desk_for
from tests.ledger_rows import furnish
from tests.office_factory import make_office
from tests.people import register


def kept(desk, *names):
    for each in names:
        desk.run(save_draft, SaveDraft(each.key, b'{"typed": {}}'))


def listed(desk):
    return desk.ask(list_drafts, ListDrafts())


def test_a_draft_is_listed_with_the_patient_it_is_about(desk):
    one = register(desk, "Łukasiewicz", "Zoë").patient_id
    kept(desk, DraftName("contact", one), DraftName("payment"))
    lines = {each.form: each for each in listed(desk)}
    assert lines[DraftName("contact", one).key].patient == "Łukasiewicz, Zoë"
    assert lines["payment"].patient == ""
    assert "Łukasiewicz" not in repr(lines)


def test_a_patient_that_nobody_knows_has_no_name(desk):
    kept(desk, DraftName("contact", 4711))
    (line,) = listed(desk)
    assert (line.patient, line.patient_id, line.was_merged) == ("", 4711, False)


def test_who_may_not_see_patients_any_more_sees_no_name(desk, desk_as, vault, clock):
    one = register(desk).patient_id
    front = desk_as(Role.FRONT_DESK)
    kept(front, DraftName("contact", one))
    assert listed(front)[0].patient == "Ortiz, Ana"
    alone = frozenset({Permission.SELF})
    role_id = desk.run(save_role, SaveRole(desk.new_id(), None, "Greeter", Role.FRONT_DESK, alone))
    narrowed = replace(front.user, roles=frozenset({own_key(role_id)}))
    assert listed(desk_for(vault, narrowed, clock))[0].patient == ""


def test_a_draft_of_a_merged_patient_names_who_stands_for_it_and_goes_back_with_an_undo(desk, vault):
    furnish(vault)
    one, other = register(desk, "Ortiz").patient_id, register(desk, "Ortiz-Vega").patient_id
    kept(desk, DraftName("contact", other, "9"))
    merge_id = desk.run(merge_patients, MergePatients(desk.new_id(), one, other))
    (line,) = listed(desk)
    assert (line.form, line.patient_id, line.patient, line.was_merged) == (
        DraftName("contact", other, "9").key, one, "Ortiz, Ana", True
    )  # fmt: skip
    desk.run(undo_merge, UndoMerge(desk.new_id(), merge_id))
    assert listed(desk) == (DraftLine(line.form, line.updated_at, other, "Ortiz-Vega, Ana"),)


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def test_a_draft_that_is_dropped_stays_dropped_whatever_was_kept_before(made):
    office, _ = made
    for number in range(50):
        office.keep_draft("payment", f"half {number}".encode())
    office.drop_draft("payment")
    office.settle()
    assert office.desk.ask(open_draft, OpenDraft("payment")) is None
    assert office.pending_drafts == 0
    office.keep_draft("payment", b"anew")
    office.settle()
    assert office.desk.ask(open_draft, OpenDraft("payment")) == b"anew"


def test_a_draft_dropped_behind_the_back_is_only_the_own_one(made):
    office, facts = made
    office.keep_draft("payment", b"mine")
    office.settle()
    office.lock()
    assert office.state is State.LOCKED
    office.drop_draft("charges")
    office.unlock(facts.password)
    office.settle()
    assert office.desk.ask(open_draft, OpenDraft("payment")) == b"mine"
