"""A kit can reset an owner: who may make one, and that owners are told of each that an officer made (SECURITY K20)."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import DiskFull, Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import RIGHTS, Permission, Role
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import bare_connection, create_file
from medbill_desktop.storage.migrate import migrate, steps
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.kits import (
    AskKitNews,
    ListKits,
    RenewKit,
    SeeKit,
    kit_news,
    list_kits,
    renew_kit,
    see_kit,
)
from medbill_desktop.usecases.opened_practice import OpenPractice
from medbill_desktop.usecases.watch import Quiet
from tests.door import KEY
from tests.office_factory import make_office
from tests.seats import own_role, seated
from tests.usecases.test_kits import renewed
from tests.usecases.test_office import add_person, fresh_code
from tests.usecases.test_own_roles import rows

P = Permission


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def make(desk, recipient="age1first", holder="Bank"):
    desk.run(renew_kit, RenewKit(desk.new_id(), recipient, holder, ()))


def news(desk):
    return desk.ask(kit_news, AskKitNews())


def test_a_kit_that_an_officer_made_is_told_to_every_owner_until_each_says_so(desk, desk_as, vault):
    second, officer = desk_as(Role.OWNER, number=2), desk_as(Role.PRIVACY_OFFICER, number=3)
    make(officer)
    assert news(officer) == ()
    for owner in (desk, second):
        [told] = news(owner)
        assert (told.maker, told.holder) == ("Person 3", "Bank")
        owner.run(see_kit, SeeKit(owner.new_id(), told.id))
        owner.run(see_kit, SeeKit(owner.new_id(), told.id))
        assert news(owner) == ()
    assert rows(vault, "kit.renew") == [{"kits": 1, "tells_owners": True}]
    with pytest.raises(DBAPIError, match="stays"), vault.writer.begin() as conn:
        conn.execute(t.kit_seen.delete())


def test_a_kit_that_an_owner_made_is_told_to_nobody(desk, desk_as):
    second = desk_as(Role.OWNER, number=2)
    make(desk)
    assert news(second) == news(desk) == ()


def test_a_kit_that_was_replaced_before_an_owner_came_is_told_all_the_same(desk, desk_as):
    officer = desk_as(Role.PRIVACY_OFFICER, number=3)
    make(officer)
    make(officer, "age1second")
    assert len(news(desk)) == 2


def test_an_owner_by_a_copy_of_the_role_is_told_too_and_told_of(desk, vault, clock):
    _, key = own_role(desk, "Silent owner", Role.OWNER, less=[P.MANAGE_USERS, P.REGISTER])
    silent = seated(vault, clock, 9, key)
    make(silent)
    assert [each.maker for each in news(desk)] == ["Person 9"]
    assert news(silent) == ()


def test_only_an_owner_acknowledges_and_only_what_there_is(desk, desk_as):
    officer, clerk = desk_as(Role.PRIVACY_OFFICER, number=3), desk_as(Role.FRONT_DESK, number=4)
    make(officer)
    [told] = news(desk)
    assert news(clerk) == ()
    for who, kit in ((officer, told.id), (clerk, told.id), (desk, Id(5))):
        with pytest.raises(Refused, match="Owners are told of no such kit"):
            who.run(see_kit, SeeKit(who.new_id(), kit))


@pytest.mark.parametrize("role", set(Role) - {Role.OWNER, Role.PRIVACY_OFFICER})
def test_nobody_but_owners_and_the_privacy_officer_makes_a_kit(desk, desk_as, role):
    assert P.MAKE_KIT not in RIGHTS[role]
    with pytest.raises(NotAllowed):
        make(desk_as(role, number=5))
    for more in ([P.MAKE_KIT], [P.MAKE_KIT, P.MANAGE_USERS]):
        with pytest.raises(Invalid, match="Only owners and the privacy officer"):
            own_role(desk, "Kit maker", role, more=more)


def test_the_owners_of_a_real_practice_are_told_at_their_next_sign_in(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Olga Officer", Role.PRIVACY_OFFICER)
    office.sign_out()
    office.sign_in(name, password, fresh_code(facts, secret))
    renewed(office, holder="Olga's desk")
    office.sign_out()
    desk = office.sign_in(facts.name, facts.password, facts.code())
    assert [(each.maker, each.holder) for each in news(desk)] == [(name, "Olga's desk")]


def test_a_kit_whose_key_file_could_not_be_written_is_put_in_force_by_trying_again(made, monkeypatch):
    office, _ = made
    kit = office.kits.new("Safe")
    assert kit.retype(" ".join(kit.kit_groups))

    def full(*_, **__):
        raise DiskFull("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(OpenPractice, "write_keys", full)
        with pytest.raises(DiskFull):
            office.kits.finish(kit, Quiet(), new_keys=False)
    office.kits.finish(kit, Quiet(), new_keys=False)
    assert [each.holder for each in office.desk.ask(list_kits, ListKits())] == ["Safe"]
    assert office.desk.ask(verify_audit, VerifyAudit()).verified


def test_who_made_kits_by_a_copy_of_an_officers_role_still_may_and_no_other_copy(tmp_path):
    path = tmp_path / "old.db"
    create_file(path, lambda: KEY)
    before = [each for each in steps() if each.number < 14]
    migrate(path, lambda: KEY, before)
    held = {"a": ("privacy officer", ["MANAGE_USERS", "SELF"]), "b": ("owner", ["SELF"]),
            "c": ("front desk", ["MANAGE_USERS", "SELF"])}  # fmt: skip
    with bare_connection(path, lambda: KEY) as raw:
        raw.execute("INSERT INTO user (id, name, folded, active, created_at, roles, totp_last_step)"
                    " VALUES (1, 'x', 'x', 1, '2026-01-01', '[]', 0)")  # fmt: skip
        for at, (name, (base, rights)) in enumerate(held.items(), start=1):
            raw.execute("INSERT INTO own_role VALUES (?, ?, ?, ?, ?, 1, 1, '2026-01-01', 1, '2026-01-01')",
                        (at, name, name, base, json.dumps(rights)))  # fmt: skip
    migrate(path, lambda: KEY)
    with bare_connection(path, lambda: KEY) as raw:
        found = {
            name: set(json.loads(rights)) for name, rights in raw.execute("SELECT name, permissions FROM own_role")
        }
    assert {name for name, rights in found.items() if "MAKE_KIT" in rights} == {"a"}
    assert all(set(rights) <= found[name] for name, (_, rights) in held.items())


def test_kits_of_before_are_told_to_nobody(desk, vault):
    with vault.writer.begin() as conn:
        conn.execute(t.recovery_kit.insert().values(
            id=5, recipient="age1old", holder="", made_by=1, made_at=desk.clock.now()))  # fmt: skip
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.recovery_kit.c.tell_owners)).scalars().all() == [False]
    assert news(desk) == ()
