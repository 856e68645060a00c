import hmac
import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.security.audit_mac import (
    Anchor,
    Epoch,
    FaultKind,
    _maker,
    canon,
    first_link,
    link,
    linker,
    verify,
)

KEY = bytes(range(32))
VAULT = "5c" * 16


def row(n):
    return {
        "at": f"2026-11-18T15:00:{n % 60:02d}.000000+00:00", "user_id": 7, "workstation": 1, "session": "s",
        "action": "payment.take", "subject_kind": "payment", "subject_id": n, "patient_id": None, "outcome": "done",
        "reason": None, "detail": '{"cents":1000}',
    }  # fmt: skip


def chain(count, key=KEY, first=1, previous=None, epoch=1):
    made, join = [], linker(key, VAULT, epoch, first)
    for seq in range(first, first + count):
        previous = join(previous, seq, row(seq))
        made.append((seq, row(seq), previous))
    return made


def faults(rows, anchors=(), epochs=None, vault=VAULT):
    found = verify(epochs or [Epoch(1, KEY)], vault, rows, anchors)
    return [(fault.seq, fault.kind) for fault in found]


def test_the_chain_is_the_formula_of_the_specification():
    first = hmac.new(KEY, first_link(KEY, VAULT, 1, None) + (1).to_bytes(8, "big") + canon(row(1)), sha256).digest()
    second = hmac.new(KEY, first + (2).to_bytes(8, "big") + canon(row(2)), sha256).digest()
    assert [mac for _, _, mac in chain(2)] == [first, second]
    assert canon({"b": "é%s", "a": None}) == b'{"a":null,"b":"\\u00e9%s"}'


def test_a_whole_log_has_no_fault_and_reaches_its_anchors():
    rows = chain(50)
    anchors = [Anchor(50, rows[49][2], "the store"), Anchor(20, rows[19][2][:8], "the month-end report")]
    assert faults(rows, anchors) == []
    assert faults([]) == []


def test_an_edited_row_is_found_where_it_lies():
    rows = chain(9)
    rows[4] = (5, {**rows[4][1], "outcome": "denied"}, rows[4][2])
    assert faults(rows) == [(5, FaultKind.CHANGED)]


def test_an_edited_mac_is_found_where_it_lies():
    rows = chain(9)
    rows[4] = (5, rows[4][1], bytes(32))
    assert faults(rows) == [(5, FaultKind.CHANGED), (6, FaultKind.CHANGED)]


def test_a_deleted_row_is_found_where_it_lay():
    rows = chain(9)
    del rows[4]
    assert faults(rows) == [(5, FaultKind.MISSING)]


def test_two_rows_exchanged_are_found():
    rows = chain(9)
    rows[3], rows[4] = (4, rows[4][1], rows[4][2]), (5, rows[3][1], rows[3][2])
    assert [seq for seq, _ in faults(rows)] == [4, 5, 6]


def test_a_row_put_in_is_found():
    rows = chain(9)
    rows[5:] = [(6, row(77), bytes(32)), *((seq + 1, each, mac) for seq, each, mac in rows[5:])]
    assert faults(rows)[0] == (6, FaultKind.CHANGED)
    assert faults([*chain(3), chain(3)[2]]) == [(3, FaultKind.EXTRA)]


def test_a_row_replayed_at_another_place_is_found():
    rows = chain(9)
    rows.append((10, rows[2][1], rows[2][2]))
    assert faults(rows) == [(10, FaultKind.CHANGED)]


def test_a_head_cut_off_is_found():
    assert faults(chain(9)[3:]) == [(1, FaultKind.MISSING)]


def test_a_tail_cut_off_is_found_by_an_anchor_alone():
    rows = chain(9)
    assert faults(rows[:6]) == []
    assert faults(rows[:6], [Anchor(9, rows[8][2], "the store")]) == [(7, FaultKind.SHORT)]
    assert faults([], [Anchor(9, rows[8][2], "the store")]) == [(1, FaultKind.SHORT)]


def test_a_chain_computed_anew_with_the_key_is_found_by_an_anchor():
    old, new = chain(9), []
    join, previous = linker(KEY, VAULT, 1), None
    for seq in range(1, 10):
        changed = {**row(seq), "outcome": "denied"} if seq == 2 else row(seq)
        previous = join(previous, seq, changed)
        new.append((seq, changed, previous))
    assert faults(new) == []
    assert faults(new, [Anchor(9, old[8][2][:8], "the month-end report")]) == [(9, FaultKind.ANCHOR)]


def test_a_log_of_another_practice_or_epoch_is_found():
    assert faults(chain(3), vault="6d" * 16) == [(1, FaultKind.CHANGED)]
    assert faults(chain(3), epochs=[Epoch(2, KEY)]) == [(1, FaultKind.CHANGED)]


def three_epochs():
    first = chain(5)
    second = chain(4, b"2" * 32, 6, first[-1][2], 2)
    third = chain(3, b"3" * 32, 10, second[-1][2], 3)
    epochs = [
        Epoch(1, KEY, 1, 5, first[-1][2]), Epoch(2, b"2" * 32, 6, 9, second[-1][2]), Epoch(3, b"3" * 32, 10),
    ]  # fmt: skip
    return first + second + third, epochs


def test_rows_of_three_epochs_verify_without_the_old_database_keys():
    rows, epochs = three_epochs()
    assert faults(rows, epochs=epochs) == []
    assert faults(rows, epochs=list(reversed(epochs))) == []


@pytest.mark.parametrize("at", range(12))
def test_across_epochs_every_edited_row_is_placed(at):
    rows, epochs = three_epochs()
    rows[at] = (rows[at][0], {**rows[at][1], "user_id": 8}, rows[at][2])
    assert faults(rows, epochs=epochs) == [(at + 1, FaultKind.CHANGED)]


def test_an_epoch_exchanged_as_a_whole_is_found():
    rows, epochs = three_epochs()
    other = chain(4, b"2" * 32, 6, bytes(32), 2)
    assert faults(rows[:5] + other + rows[9:], epochs=epochs)[0] == (6, FaultKind.CHANGED)
    assert faults(rows, epochs=[epochs[0], epochs[2]])[0] == (6, FaultKind.KEYLESS)
    assert faults(rows[:7], epochs=epochs[:2]) == [(8, FaultKind.SHORT)]


def test_a_first_row_is_needed():
    with pytest.raises(ValueError, match="none before it"):
        linker(KEY, VAULT, 1)(None, 2, row(2))


texts = st.text(max_size=20)
values = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), texts)


@given(st.binary(max_size=80), st.integers(0, 2**63), st.dictionaries(texts, values, min_size=1, max_size=6))
def test_the_fast_way_gives_the_same_bytes(key, seq, columns):
    assert _maker(key)(b"p" * 32, seq, columns) == link(key, b"p" * 32, seq, columns)
    assert json.loads(canon(columns)) == columns
