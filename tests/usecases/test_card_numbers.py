"""A card number is refused wherever it is typed, for every field of every command there is (BILLING S8)."""

import dataclasses
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum

import pytest
from sqlalchemy import select

from medbill_desktop.domain.checks import CARD_WORDS
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.card_numbers import NO_CARDS, card_problems
from medbill_desktop.usecases.declare import REGISTRY, UseCase, Work, usecase
from tests.usecases.test_roles import CASES

CARDS = ("4111 1111 1111 1111", "5500-0000-0000-0004", "note 378282246310005 exp 11/27")


@dataclasses.dataclass(frozen=True, slots=True)
class Jot:
    id: int
    words: str
    more: tuple[str, ...] = ()


@usecase("test.jot", needs=Permission.SELF)
def jot(work: Work, cmd: Jot) -> None:
    work.conn.execute(t.preference.insert().values(user_id=work.user.id, key="jot", value=cmd.words))
    work.entry.about("user", work.user.id)


REGISTRY.pop("test.jot")


def command_type(case):
    hints = typing.get_type_hints(case.body)
    hints.pop("return", None)
    return list(hints.values())[1]


def made(hint, deep=0):
    """Make some value of a type, so that the field under test can be filled."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return made(next(each for each in args if each is not type(None)), deep)
    if origin is tuple:
        return (made(args[0], deep),)
    if origin in (frozenset, set, list):
        return origin([made(args[0], deep)])
    if origin is not None:
        return {}
    if isinstance(hint, typing.NewType):
        return made(hint.__supertype__, deep)
    if isinstance(hint, typing.TypeAliasType) if hasattr(typing, "TypeAliasType") else False:
        return made(hint.__value__, deep)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return hint(**{each.name: made(hints[each.name], deep + 1) for each in dataclasses.fields(hint) if each.init})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    simple = {int: 1, bool: True, str: "x", bytes: b"", float: 0.0, date: date(2026, 1, 1),
              datetime: datetime(2026, 1, 1, tzinfo=UTC)}  # fmt: skip
    return simple.get(hint, "x")


def planted(value, card):
    """Yield (field, the same value with a card number in one text) for every text field, however deep."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield "", card
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for each in dataclasses.fields(value):
            if not each.init:
                continue
            for where, other in planted(getattr(value, each.name), card):
                yield where or each.name, dataclasses.replace(value, **{each.name: other})
    elif isinstance(value, tuple):
        for at, each in enumerate(value):
            for where, other in planted(each, card):
                yield where, (*value[:at], other, *value[at + 1 :])


def writing():
    return {name: case for name, case in CASES.items() if isinstance(case, UseCase) and not name.startswith("test.")}


def test_every_text_of_every_command_is_looked_at():
    looked_at, kept_out = 0, set()
    for name, case in writing().items():
        kind = command_type(case)
        for where, filled in planted(made(kind), CARDS[0]):
            found = [(each.code, each.text) for each in card_problems(filled)]
            if where in NO_CARDS or f"{kind.__name__}.{where}" in NO_CARDS:
                kept_out |= {where, f"{kind.__name__}.{where}"}
                assert found == [], (name, where)
            else:
                looked_at += 1
                assert found == [("card-number", CARD_WORDS)], (name, where)
    assert looked_at > 150
    # A preference may be of any kind, so that no text is made up for it here.
    assert set(NO_CARDS) - kept_out == {"SetPreference.value"}, "an exception that no command has"


def test_of_a_file_its_name_is_looked_at_and_not_the_folders_it_lies_in():
    kind = command_type(CASES["import.rows"])
    command = made(kind)
    for path, wrong in (("/media/4111111111111111/list.csv", False), ("/media/disk/4111111111111111.csv", True),
                        ("C:\\4111111111111111\\list.csv", False)):  # fmt: skip
        assert bool(list(card_problems(dataclasses.replace(command, path=path)))) == wrong


@pytest.mark.parametrize("card", CARDS)
def test_what_no_form_refuses_the_door_does_and_nothing_is_written(desk, vault, card):
    for command in (Jot(desk.new_id(), card), Jot(desk.new_id(), "fine", ("fine", card))):
        with pytest.raises(Invalid, match="card number"):
            desk.run(jot, command)
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.preference)).all() == []
        rows = conn.execute(select(t.audit.c.outcome, t.audit.c.detail)).all()
    assert [row.outcome for row in rows] == ["refused", "refused"]
    assert not any(card in str(row.detail) for row in rows)
    desk.run(jot, Jot(desk.new_id(), "411 1111"))


def test_each_exception_says_why_and_none_is_a_note():
    assert all(NO_CARDS.values())
    assert not {"memo", "reason", "words", "note", "name", "reference", "street", "email"} & NO_CARDS.keys()
