"""Entries of the key file that wait for their computer (SECURITY K15): expiry, single use, bad bytes, golden."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medbill_desktop.security import enrolment_code
from medbill_desktop.security import key_file as kf
from medbill_desktop.security import pending_device as pd
from medbill_desktop.security.key_file_format import MOST_DEVICES, MadeByNewerVersion
from tests.fast_policy import FAST
from tests.security.key_practice import HERE, OWNER, PASSWORD, practice
from tests.security.test_key_file_format import mutated

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
END = NOW + timedelta(days=7)
GOLDEN = Path(__file__).parent / "golden"
REFUSALS = (kf.KeyFileDamaged, MadeByNewerVersion, pd.CodeUnknown, pd.CodeExpired, kf.WrongPassword)


def offered(count=1, end=END):
    made, codes = practice(), [enrolment_code.new_code() for _ in range(count)]
    entries = [(pd.new_entry_id(end), code) for code in codes]
    return pd.with_pending(made.opened, made.owner, entries), entries


def test_a_pending_entry_opens_the_table_and_no_more():
    data, [(entry_id, code)] = offered()
    pending = pd.open_pending(data, code, NOW)
    assert pending.entry_id == entry_id
    assert [slot.name for slot in pending.opened.users] == [slot.name for slot in practice().opened.users]
    assert bytes(pending.opened.stk) == bytes(practice().opened.stk)
    with pytest.raises(kf.WrongPassword):
        kf.unlock(pending.opened, OWNER, "wrong", FAST)


def test_each_code_opens_its_own_entry():
    data, entries = offered(3)
    assert [pd.open_pending(data, code, NOW).entry_id for _, code in entries] == [entry_id for entry_id, _ in entries]
    with pytest.raises(pd.CodeUnknown):
        pd.open_pending(data, enrolment_code.new_code(), NOW)


def test_the_last_second_is_in_the_id_and_can_not_be_moved():
    data, [(entry_id, code)] = offered()
    assert pd.expires_at(entry_id) == END
    pd.open_pending(data, code, END - timedelta(seconds=1))
    with pytest.raises(pd.CodeExpired):
        pd.open_pending(data, code, END)
    later = pd.new_entry_id(END + timedelta(days=365))[:14] + entry_id[14:]
    with pytest.raises(pd.CodeUnknown):
        pd.open_pending(data.replace(entry_id.encode(), later.encode()), code, NOW)


def test_the_first_sign_in_puts_a_fresh_secret_in_its_place_and_the_code_opens_nothing_more():
    data, [(_, code)] = offered()
    pending, secret = pd.open_pending(data, code, NOW), kf.new_device_secret()
    unlocked = kf.unlock(pending.opened, OWNER, PASSWORD, FAST)
    after = pd.with_arrived(pending, unlocked, "c3" * 16, secret)
    opened = kf.open_file(after, "c3" * 16, secret)
    assert opened.gen == pending.opened.gen + 1
    assert pd.pending_of(opened) == ()
    with pytest.raises(pd.CodeUnknown):
        pd.open_pending(after, code, NOW)
    before = {each.device_id: each for each in practice().opened.file.devices}
    assert {each.device_id: each for each in opened.file.devices if each.device_id in before} == before
    kf.check_written(after, "c3" * 16, secret, unlocked)


def test_a_withdrawn_or_expired_entry_goes_and_no_computer_with_it():
    data, [(gone, gone_code), (kept, kept_code)] = offered(2)
    made = practice()
    after = pd.without_pending(made.open(data), made.owner, [gone, HERE])
    assert pd.pending_of(made.open(after)) == (kept,)
    pd.open_pending(after, kept_code, NOW)
    with pytest.raises(pd.CodeUnknown):
        pd.open_pending(after, gone_code, NOW)
    assert pd.expired_of(made.open(data), NOW) == ()
    assert set(pd.expired_of(made.open(data), END)) == {gone, kept}


def test_the_kit_and_new_keys_leave_no_code_good():
    data, [(_, code)] = offered()
    made = practice()
    opened = made.open(data)
    fresh, _, _ = kf.new_epoch(opened, made.owner, HERE, made.secret, opened.recovery)
    with pytest.raises(pd.CodeUnknown):
        pd.open_pending(fresh, code, NOW)
    assert kf.unlock_with_kit(data, made.kit.line).dek == made.owner.dek


def test_there_is_an_end_to_how_many():
    with pytest.raises(kf.TooMany, match="Withdraw a code"):
        offered(MOST_DEVICES - 1)
    offered(MOST_DEVICES - 2)


def attempt(data, code):
    try:
        return kf.unlock(pd.open_pending(data, code, NOW).opened, OWNER, PASSWORD, FAST).dek
    except REFUSALS:
        return None


@pytest.mark.parametrize("bit", [1, 64])
def test_a_flip_in_any_byte_never_gives_a_wrong_key(bit):
    data, [(_, code)] = offered()
    right, closed = practice().owner.dek, 0
    for at in range(0, len(data), 3):
        flipped = bytearray(data)
        flipped[at] ^= bit
        key = attempt(bytes(flipped), code)
        assert key in (None, right), at
        closed += key is None
    assert closed > len(data) / 12


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_mutated_file_gives_a_typed_refusal_or_the_right_key(data):
    file, [(_, code)] = offered()
    assert attempt(data.draw(mutated(file)), code) in (None, practice().owner.dek)


def test_a_file_of_format_1_with_a_pending_entry_opens_with_its_code():
    data = (GOLDEN / "vault.v1.pending.keys").read_bytes()
    facts = json.loads((GOLDEN / "vault.v1.pending.facts.json").read_text("utf-8"))
    pending = pd.open_pending(data, enrolment_code.parse(facts["code"]), datetime.fromisoformat(facts["good_at"]))
    assert (pending.entry_id, pending.opened.stk.hex()) == (facts["entry"], facts["stk"])
    assert pd.expires_at(pending.entry_id).isoformat() == facts["expires_at"]
