"""Nobody climbs: attacks by which somebody with some rights would get at more (SECURITY A3, K13)."""

from datetime import timedelta

import pytest

from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Permission, Role
from medbill_desktop.usecases.inviting import ResetUser, reset_user
from medbill_desktop.usecases.leave import EndLeave, PutOnLeave, end_leave, put_on_leave
from medbill_desktop.usecases.users import (
    ChangeRoles,
    DeactivateUser,
    EnrolAgain,
    NameOfficers,
    change_roles,
    deactivate_user,
    enrol_again,
    name_officers,
)
from tests.seats import own_role, seated

PARTNER = 30


@pytest.fixture(params=["a narrowed owner", "a mightier biller"])
def officer(request, desk, vault, clock):
    """Seat a privacy officer beside somebody whose role only an owner may give."""
    base, less, more = (
        (Role.OWNER, [Permission.COLLECT_SPECIAL], [])
        if request.param == "a narrowed owner"
        else (Role.BILLER, [], [Permission.SET_LIMITS])
    )
    _, key = own_role(desk, base=base, less=less, more=more)
    seated(vault, clock, PARTNER, key)
    return seated(vault, clock, 31, Role.PRIVACY_OFFICER)


def test_a_role_that_only_owners_give_is_not_taken_over_by_a_new_sign_in(officer, desk):
    for case, command in (
        (reset_user, ResetUser(officer.new_id(), PARTNER, "age1code")),
        (enrol_again, EnrolAgain(officer.new_id(), PARTNER, None, 0, ())),
    ):
        with pytest.raises(Refused, match="Only an owner"):
            officer.run(case, command)
    assert desk.run(reset_user, ResetUser(desk.new_id(), PARTNER, "age1code"))


def test_who_holds_a_role_that_only_owners_give_is_not_put_out_by_an_officer(officer, desk, clock):
    today = clock.today()
    attacks = (
        (put_on_leave, PutOnLeave(officer.new_id(), PARTNER, today, today + timedelta(days=700))),
        (deactivate_user, DeactivateUser(officer.new_id(), PARTNER)),
        (change_roles, ChangeRoles(officer.new_id(), PARTNER, frozenset({Role.FRONT_DESK}))),
    )
    for case, command in attacks:
        with pytest.raises(Invalid, match="Only an owner"):
            officer.run(case, command)
    leave_id = desk.run(put_on_leave, PutOnLeave(desk.new_id(), PARTNER, today, today + timedelta(days=7)))
    with pytest.raises(Refused, match="Only an owner"):
        officer.run(end_leave, EndLeave(officer.new_id(), leave_id))
    assert desk.run(deactivate_user, DeactivateUser(desk.new_id(), PARTNER)) is None


def test_one_officer_does_not_take_the_other_off_the_watch(desk, vault, clock):
    first, second = (seated(vault, clock, number, Role.PRIVACY_OFFICER) for number in (41, 42))
    desk.run(name_officers, NameOfficers(desk.new_id(), 41, 42))
    today = clock.today()
    with pytest.raises(Refused, match="named officer"):
        first.run(put_on_leave, PutOnLeave(first.new_id(), 42, today, today + timedelta(days=30)))
    assert second.user.permissions
    assert desk.run(put_on_leave, PutOnLeave(desk.new_id(), 42, today, today + timedelta(days=3)))
