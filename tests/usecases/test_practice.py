import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.practice import PracticeFacts, check_practice, tidied
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import settings
from medbill_desktop.usecases.drafts import (
    DropDraft,
    ListDrafts,
    OpenDraft,
    SaveDraft,
    drop_draft,
    list_drafts,
    open_draft,
    save_draft,
)
from medbill_desktop.usecases.practice import (
    ChangePractice,
    OpenPracticeCard,
    SetLockMinutes,
    change_practice,
    open_practice,
    set_lock_minutes,
)
from tests.office_factory import FACTS


def test_the_practice_card_is_changed_whole_and_its_row_names_fields_not_values(desk, vault):
    moved = replace(FACTS, street="7 Elm  Street ", phone="207.555.0101")
    desk.run(change_practice, ChangePractice(desk.new_id(), moved))
    card = desk.ask(open_practice, OpenPracticeCard())
    assert (card.facts.street, card.facts.phone, card.facts.zip) == ("7 Elm Street", "2075550101", "048561234")
    with vault.reader.begin() as conn:
        detail = conn.exec_driver_sql("SELECT detail FROM audit WHERE action = 'practice.change'").scalar()
    assert detail == '{"changed":"phone, street"}'


@pytest.mark.parametrize(
    ("field", "value"),
    [("npi", "1234567890"), ("tin", "12"), ("zip", "1234"), ("state", "ZZ"), ("phone", "555"), ("name", "\x07"),
     ("taxonomy", "207Q"), ("city", " "), ("street", "x" * 81), ("street2", "4111 1111 1111 1111")],
)  # fmt: skip
def test_a_practice_that_payers_could_not_find_is_refused(desk, field, value):
    wrong = replace(FACTS, **{field: value})
    with pytest.raises(Invalid) as caught:
        desk.run(change_practice, ChangePractice(desk.new_id(), wrong))
    assert {each.field for each in caught.value.problems} == {field}


def test_only_who_may_set_policy_changes_the_practice(desk_as):
    desk = desk_as(Role.BILLER)
    with pytest.raises(NotAllowed):
        desk.run(change_practice, ChangePractice(desk.new_id(), FACTS))
    with pytest.raises(NotAllowed):
        desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), 5))
    assert desk.ask(open_practice, OpenPracticeCard()).lock_minutes == 5


@given(st.builds(PracticeFacts, *[st.text(max_size=20)] * 10))
def test_tidying_twice_changes_nothing_and_judging_never_fails(facts):
    once = tidied(facts)
    assert tidied(once) == once
    check_practice(once)


def test_the_lock_policy_is_between_one_and_fifteen_minutes(desk):
    for minutes in (1, 15):
        desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), minutes))
        assert desk.ask(open_practice, OpenPracticeCard()).lock_minutes == minutes
    with pytest.raises(Refused):
        desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), 0))


def test_a_setting_is_in_force_from_its_day_on(vault):
    with vault.writer.begin() as conn:
        settings.put(conn, "fee", 5, date(2026, 3, 1))
        settings.put(conn, "fee", 7, date(2026, 6, 1))
        settings.put(conn, "fee", 8, date(2026, 6, 1))
    with vault.reader.begin() as conn:
        assert settings.value(conn, "fee", date(2026, 2, 28), "none") == "none"
        assert settings.value(conn, "fee", date(2026, 5, 31)) == 5
        assert settings.value(conn, "fee", date(2026, 6, 1)) == 8
        assert settings.history(conn, "fee") == [(date(2026, 3, 1), 5), (date(2026, 6, 1), 8)]


def test_a_draft_is_its_owners_alone_and_the_last_one_counts(desk, desk_as, clock):
    for text in ("half", "half typed ☎"):
        desk.run(save_draft, SaveDraft("patient:1", text.encode()))
        clock.move(seconds=5)
    other = desk_as(Role.FRONT_DESK)
    assert other.ask(open_draft, OpenDraft("patient:1")) is None
    assert other.ask(list_drafts, ListDrafts()) == ()
    assert desk.ask(open_draft, OpenDraft("patient:1")).decode() == "half typed ☎"
    other.run(drop_draft, DropDraft("patient:1"))
    assert [each.form for each in desk.ask(list_drafts, ListDrafts())] == ["patient:1"]
    desk.run(drop_draft, DropDraft("patient:1"))
    assert desk.ask(open_draft, OpenDraft("patient:1")) is None


def test_a_draft_never_keeps_a_card_number(desk):
    """BILLING S8."""
    typed = {
        "reference": "4111 \N{EN DASH} 1111 1111 1111", "patient_id": 411111111111111111, "cents": "18.00",
        "coverages": [{"member_id": "4111111111111111", "group_name": "card 4111111111111111"}],
    }  # fmt: skip
    kept = {"reference": "", "coverages": [{"member_id": "4111111111111111", "group_name": ""}]}
    desk.run(save_draft, SaveDraft("payment", json.dumps(typed).encode()))
    assert json.loads(desk.ask(open_draft, OpenDraft("payment"))) == typed | kept
    desk.run(save_draft, SaveDraft("payment", b"4111 1111 1111 1111 by phone"))
    assert desk.ask(open_draft, OpenDraft("payment")) == b""


def test_drafts_write_no_audit_row_and_never_show_in_a_repr(desk, vault):
    command = SaveDraft("patient:1", b"canary")
    desk.run(save_draft, command)
    assert "canary" not in repr(command)
    with vault.reader.begin() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM audit").scalar() == 0
