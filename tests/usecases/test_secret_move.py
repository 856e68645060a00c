"""The device secret moves out of the protected file; every moment of it leaves a practice that opens (SECURITY K19)."""

import pytest

from medbill_desktop.domain.problems import NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import totp
from medbill_desktop.security.secret_store import StoreLocked
from medbill_desktop.usecases import this_computer
from medbill_desktop.usecases.audit_log import ListAudit, list_audit
from medbill_desktop.usecases.office import NewPractice
from tests.office_factory import FACTS, PASSWORD, DictStore, SignInFacts, empty_office


class Killed(BaseException):
    """The power went."""


@pytest.fixture
def filed(tmp_path):
    """A practice whose secret lies in the protected file, on a computer whose store answers meanwhile."""
    store = DictStore()
    office = empty_office(tmp_path, store=store)
    founding = office.set_up(NewPractice(FACTS, "Zoë Ångström", "Front desk"), protected_file=True)
    secret = founding.enrolment.secret
    assert founding.enrolment.prove(totp.code_at(secret, office.clock.now()), office.clock.now())
    assert founding.retype(" ".join(founding.kit_groups))
    founding.finish(PASSWORD)
    facts = SignInFacts("Zoë Ångström", PASSWORD, secret, (), "", office.clock, store, tmp_path / "config")
    yield office, facts
    office.close()


def files(facts):
    return [each.name for each in (facts.config / "devices").iterdir()]


def moved_rows(office):
    office.settle()
    return office.desk.ask(list_audit, ListAudit(action="device.move_secret"))


def comes_back(facts, tmp_path):
    office = facts.another_office(tmp_path / "practice")
    office.sign_in(facts.name, facts.password, facts.code())
    return office


def test_the_secret_moves_and_the_file_and_its_banner_are_gone(filed, tmp_path):
    office, facts = filed
    assert office.protected_file
    office.move_secret()
    assert not office.protected_file
    assert not any("protected file" in each for each in office.banners)
    assert files(facts) == []
    assert {item for _, item in facts.store.items} == {"device", "state"}
    assert [row.detail["store"] for row in moved_rows(office)] == ["keyring"]
    office.close()
    again = comes_back(facts, tmp_path)
    assert not again.protected_file
    assert again.banners == ()
    again.close()


def test_wrong_attempts_before_the_move_still_count_after_it(filed, tmp_path):
    office, facts = filed
    for _ in range(3):
        with pytest.raises(Refused):
            office.own.change_password("wrong", facts.code(), "Violet-Lantern-Harbor-77")
    office.move_secret()
    with pytest.raises(Refused):
        office.own.change_password("wrong", facts.code(), "Violet-Lantern-Harbor-77")
    office.close()
    assert facts.another_office(tmp_path / "practice").wait_seconds(facts.name) > 0


@pytest.mark.parametrize("write", range(3))
@pytest.mark.parametrize("error", [Killed, StoreLocked])
def test_a_store_that_fails_on_the_way_leaves_the_file_in_use(filed, tmp_path, monkeypatch, write, error):
    office, facts = filed
    real, calls = facts.store.write, []

    def cut(*args):
        if len(calls) == write:
            raise error
        calls.append(args)
        real(*args)

    monkeypatch.setattr(facts.store, "write", cut)
    if write == 2:
        office.move_secret()  # there are two items, so nothing failed
    else:
        with pytest.raises(error):
            office.move_secret()
        assert office.protected_file
        assert len(files(facts)) == 2
    monkeypatch.undo()
    office.close()
    comes_back(facts, tmp_path).close()


def test_killed_before_the_file_is_deleted_the_next_sign_in_deletes_it_and_writes_it_down(filed, tmp_path, monkeypatch):
    office, facts = filed
    practice = office.trail
    practice.memory.move_to(facts.store)  # both copies are there, no row is written
    assert len(files(facts)) == 2
    office.close()
    again = comes_back(facts, tmp_path)
    assert not again.protected_file
    assert files(facts) == []
    assert [row.detail for row in moved_rows(again)] == [{"repaired": True, "store": "keyring"}]
    again.close()
    later = comes_back(facts, tmp_path)
    assert len(moved_rows(later)) == 1
    later.close()


def test_where_it_can_not_be_written_down_nothing_moves(filed, tmp_path, monkeypatch):
    office, facts = filed
    monkeypatch.setattr("medbill_desktop.usecases.secret_move.workstation", None)
    with pytest.raises(AttributeError):
        office.move_secret()
    assert office.protected_file
    assert len(files(facts)) == 2
    assert facts.store.items == {}
    office.close()
    comes_back(facts, tmp_path).close()


def test_without_a_store_it_is_said_and_the_file_stays(filed, tmp_path, monkeypatch):
    office, facts = filed
    office.computer.store = None
    monkeypatch.setattr(this_computer, "find_store", lambda: None)
    with pytest.raises(Refused, match="no credential store"):
        office.move_secret()
    assert office.protected_file
    monkeypatch.setattr(this_computer, "find_store", lambda: facts.store)
    office.move_secret()
    assert not office.protected_file
    with pytest.raises(Refused, match="does not lie"):
        office.move_secret()


def test_who_does_not_manage_devices_may_not(filed, monkeypatch):
    office, facts = filed
    monkeypatch.setattr(
        type(office.desk.user), "permissions", property(lambda self: frozenset(office_rights(Role.BILLER)))
    )
    with pytest.raises(NotAllowed):
        office.move_secret()
    assert facts.store.items == {}
    assert len(files(facts)) == 2


def office_rights(role):
    from medbill_desktop.domain.users import RIGHTS

    return RIGHTS[role]


def test_a_file_of_another_device_is_not_deleted(filed, tmp_path):
    office, facts = filed
    office.move_secret()
    office.close()
    vault_id = office.vault_id
    office.computer.protected().write(vault_id, "device", b"of another enrolment")
    comes_back(facts, tmp_path).close()
    assert files(facts) == [f"{vault_id}.device"]
