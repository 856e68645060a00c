"""Laws of the book of roles (SECURITY A1-A3)."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.people import grows
from medbill_desktop.domain.proposals import Over, countersigned, liftable, over, stands_alone
from medbill_desktop.domain.roles import check_role, raises_own, say_set, tidied
from medbill_desktop.domain.users import (
    BUILT_IN,
    RIGHTS,
    THIS_MONTH,
    UNLIMITED,
    Limit,
    OwnRole,
    Permission,
    Role,
    RoleBook,
    Use,
    User,
)

TODAY = date(2026, 11, 18)
P = Permission
rights = st.frozensets(st.sampled_from(Permission))
roles = st.frozensets(st.sampled_from(Role), min_size=1)


def book_with(*permissions, base=Role.BILLER):
    made = [OwnRole(Id(at), f"Role {at}", base, frozenset(some)) for at, some in enumerate(permissions, start=1)]
    return RoleBook({each.key: each for each in made})


@given(roles, rights, rights)
def test_roles_add_up_and_none_takes_a_right_away(held, first, second):
    book = book_with(first, second)
    both = book.rights(held | set(book.own))
    assert both == BUILT_IN.rights(held) | first | second
    assert book.rights(held) <= both


@given(st.sampled_from(Role), rights)
def test_what_a_copy_has_more_and_less_is_its_whole_difference(base, permissions):
    role = tidied(OwnRole(Id(1), "x", base, permissions))
    assert (RIGHTS[base] | role.added) - role.narrowed == role.permissions
    assert role.owners_alone == (base is Role.OWNER or not role.permissions <= RIGHTS[base])


@given(st.sampled_from([each for each in Role if each is not Role.OWNER]), st.sampled_from(Role), rights)
def test_who_is_no_owner_makes_no_copy_that_may_more_than_its_base(actor, base, permissions):
    role = tidied(OwnRole(Id(1), "Copy", base, permissions))
    problems = check_role(User(Id(9), "x", frozenset({actor})), None, role, name_taken=False)
    never = Permission.MAKE_KIT in permissions and base not in (Role.OWNER, Role.PRIVACY_OFFICER)
    assert bool(problems) == (role.owners_alone or never)
    by_owner = check_role(User(Id(9), "x", frozenset({Role.OWNER})), None, role, name_taken=False)
    assert [each.code for each in by_owner] == (["kit"] if never else [])


@given(rights, rights)
def test_somebody_raises_the_own_rights_exactly_where_a_held_role_grows(before, after):
    old, new = book_with(before), book_with(after)
    held = frozenset(old.own)
    assert raises_own(User(Id(9), "x", held, old), new) == bool(after - before)
    assert not grows(old, held, old, held)


@given(st.sampled_from(Limit), st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_limit_is_passed_one_above_it(which, limit, amount):
    book = RoleBook(limits={Role.BILLER: {which: limit}})
    user = User(Id(2), "x", frozenset({Role.BILLER}), book)
    found = over(user, [Use(which, amount)], TODAY)
    assert bool(found) == (amount > limit)
    assert all(each.have == limit for each in found)


def test_the_running_month_is_as_long_as_it_is():
    owner = User(Id(1), "x", frozenset({Role.OWNER}))
    assert over(owner, [Use(Limit.BACK_DATE_DAYS, 17)], TODAY) == ()
    [late] = over(owner, [Use(Limit.BACK_DATE_DAYS, 18)], TODAY)
    assert not liftable(owner, [late], TODAY)
    assert not stands_alone(owner, [], [late], TODAY)


def test_two_lift_a_limit_where_both_have_the_right_and_one_owns():
    owner, biller, clerk = (
        User(Id(at), "x", frozenset({role}))
        for at, role in enumerate((Role.OWNER, Role.BILLER, Role.FRONT_DESK), start=1)
    )
    manager = User(Id(4), "x", frozenset({Role.MANAGER}))
    above = [Over(Use(Limit.WRITE_OFF_CHARGE_CENTS, 6_000_00), 5_000_00)]
    assert countersigned(owner, biller, P.WRITE_OFF, above, TODAY)
    assert countersigned(biller, owner, P.WRITE_OFF, above, TODAY)
    assert not countersigned(biller, manager, P.WRITE_OFF, above, TODAY)
    assert not countersigned(owner, owner, P.WRITE_OFF, above, TODAY)
    assert not countersigned(owner, clerk, P.WRITE_OFF, above, TODAY)
    assert stands_alone(owner, [], above, TODAY)
    assert not stands_alone(owner, [2], above, TODAY)
    assert not stands_alone(manager, [], above, TODAY)


def test_a_limit_is_said_as_the_office_says_it():
    assert say_set(Limit.WRITE_OFF_CHARGE_CENTS, UNLIMITED) == "no limit"
    assert say_set(Limit.BACK_DATE_DAYS, THIS_MONTH) == "this month"
    assert say_set(Limit.VOID_REACH, 1) == "own, today"
    assert say_set(Limit.WRITE_OFF_CHARGE_CENTS, 25_00) == "25.00"
