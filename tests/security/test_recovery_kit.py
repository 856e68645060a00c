import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.security import recovery_kit as rk

KIT = rk.new_kit()
GROUPS = rk.in_groups(KIT)


def test_a_kit_is_a_line_that_the_age_command_takes():
    assert KIT.line.startswith("AGE-SECRET-KEY-1")
    assert len(KIT.line) == 74
    assert rk.new_kit().line != KIT.line
    assert KIT.line not in repr(KIT)


def test_the_groups_are_the_line():
    assert "".join(GROUPS) == KIT.line
    assert [len(group) for group in GROUPS[1:]] == [4] * 14 + [2]


@pytest.mark.parametrize(
    "typed",
    [
        KIT.line, KIT.line.lower(), " ".join(GROUPS), "-".join(GROUPS), "\n".join(GROUPS), f"  {KIT.line}\r\n",
        f"# created: 2026-11-18T15:00:00Z\n# public key: {KIT.recipient}\n{KIT.line}\n",
        KIT.line.replace("AGE-SECRET-KEY-1", "agesecretkey1"), KIT.line.replace("-", "\u2013"),
        GROUPS[0] + "".join(GROUPS[1:]).replace("0", "O").replace("8", "B").replace("L", "1"),
        GROUPS[0] + "".join(GROUPS[1:]).replace("L", "i"),
    ],
    ids=range(11),  # the kit is new in every process; names of tests must not be
)  # fmt: skip
def test_a_kit_is_read_as_people_type_it(typed):
    assert rk.parse(typed) == KIT
    assert rk.matches(KIT, typed)


@given(st.integers(16, 73), st.sampled_from("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"))
def test_one_wrong_character_is_always_caught(place, other):
    typed = KIT.line[:place] + other + KIT.line[place + 1 :]
    if typed == KIT.line:
        assert rk.matches(KIT, typed)
    else:
        with pytest.raises(rk.KitMistyped, match="Compare group by group"):
            rk.parse(typed)


@given(st.integers(16, 72))
def test_two_exchanged_characters_are_always_caught(place):
    line = KIT.line
    typed = line[:place] + line[place + 1] + line[place] + line[place + 2 :]
    if typed != line:
        with pytest.raises(rk.KitMistyped):
            rk.parse(typed)


@given(st.integers(16, 73))
def test_a_missing_character_is_counted(place):
    with pytest.raises(rk.KitMistyped, match="1 are missing"):
        rk.parse(KIT.line[:place] + KIT.line[place + 1 :])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type the line"), ("# only a comment", "Type the line"), ("hello", "begins with AGE-SECRET-KEY-1"),
        (KIT.recipient, "begins with"), (KIT.line + "QQ", "2 are too many"),
        (KIT.line[:20] + "?" + KIT.line[21:], "Group 2 .*'\\?'"), (KIT.line[:20] + "Ж" + KIT.line[21:], "Group 2"),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_wrong_is_said_plainly(typed, said):
    with pytest.raises(rk.KitMistyped, match=said):
        rk.parse(typed)


@given(st.text())
def test_whatever_is_typed_is_a_kit_or_a_plain_refusal(typed):
    with pytest.raises(rk.KitMistyped):
        rk.parse(typed)
    with pytest.raises(rk.KitMistyped):
        rk.parse("AGE-SECRET-KEY-1" + typed)


def test_another_kit_does_not_match():
    assert not rk.matches(KIT, rk.new_kit().line)
