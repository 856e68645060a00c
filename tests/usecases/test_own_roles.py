"""Roles of the practice's own and the limits of all roles, at the door (SECURITY A1-A4)."""

import importlib
import json
import pkgutil

import pytest
from sqlalchemy import select

from medbill_desktop import usecases
from medbill_desktop.domain.emergency import OPENS, EmergencyReason
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, NotAllowed, OverLimit, Refused
from medbill_desktop.domain.users import RIGHTS, THIS_MONTH, UNLIMITED, Limit, Permission, Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.declare import REGISTRY, UseCase
from medbill_desktop.usecases.desk import Desk, Keys
from medbill_desktop.usecases.emergency import BeginEmergency, begin_emergency
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.proposals import Approve, AskAlone, Propose, approve, list_alone, propose
from medbill_desktop.usecases.proposals import AskReason as Why
from medbill_desktop.usecases.roles import (
    Amount,
    AskMatrix,
    PrintMatrix,
    RetireRole,
    SaveRole,
    SetLimits,
    cases_of,
    print_matrix,
    retire_role,
    save_role,
    set_limits,
    show_matrix,
)
from medbill_desktop.usecases.users import ChangeRoles, ListUsers, change_roles, list_users
from tests.door import OpenSession, link, person
from tests.ledger_rows import a_patient, charge, furnish
from tests.people import register
from tests.seats import own_role, seated

P = Permission
for module in pkgutil.iter_modules(usecases.__path__):
    importlib.import_module(f"medbill_desktop.usecases.{module.name}")
CASES = [case for name, case in sorted(REGISTRY.items()) if not name.startswith("test.")]


def limits(desk, role, **amounts):
    given = tuple(Amount(Limit[name.upper()], amount) for name, amount in amounts.items())
    return desk.run(set_limits, SetLimits(desk.new_id(), role, given))


def rows(vault, action):
    with vault.reader.begin() as conn:
        found = conn.execute(select(t.audit).where(t.audit.c.action == action).order_by(t.audit.c.seq)).all()
    return [json.loads(each.detail) for each in found if each.outcome == "done"]


@pytest.mark.parametrize("right", [each for each in Permission if each is not P.SELF])
def test_every_use_case_refuses_an_own_role_that_lacks_its_right(desk, vault, clock, right):
    _, key = own_role(desk, base=Role.OWNER, less=[right], more=[])
    seat = seated(vault, clock, 9, key)
    wanting = [case for case in CASES if case.needs is right]
    for case in wanting:
        assert not seat.may(case)
        with pytest.raises(NotAllowed):
            seat.run(case, None) if isinstance(case, UseCase) else seat.ask(case, None)
    assert [case for case in CASES if not seat.may(case)] == [
        case for case in CASES if case.needs not in RIGHTS[Role.OWNER] - {right}
    ]


def test_a_narrowed_copy_may_what_is_left_and_several_roles_add_up(desk, vault, clock):
    _, key = own_role(desk, less=[P.VIEW_ACCOUNT])
    assert seated(vault, clock, 9, key).user.permissions == RIGHTS[Role.FRONT_DESK] - {P.VIEW_ACCOUNT}
    both = seated(vault, clock, 10, key, Role.AUDITOR)
    assert both.user.permissions == (RIGHTS[Role.FRONT_DESK] | RIGHTS[Role.AUDITOR])
    assert both.user.title == "Auditor, Desk without records"


def test_a_change_of_a_role_holds_at_the_next_call_of_who_holds_it(desk, vault, clock):
    made, key = own_role(desk)
    revisions = {}
    seated(vault, clock, 9, key)
    keys = Keys(link, b"command key of the tests")
    seat = Desk(vault, OpenSession(person({key}, 9)), keys, clock, revisions=revisions)
    owner = Desk(vault, OpenSession(person({Role.OWNER})), keys, clock, revisions=revisions)
    patient = register(owner).patient_id
    assert seat.ask(open_patient, OpenPatient(patient)).account
    own_role(owner, less=[P.VIEW_ACCOUNT], role_id=made)
    with pytest.raises(NotAllowed):
        seat.ask(open_patient, OpenPatient(patient))
    assert not seat.may(open_patient)
    owner.run(change_roles, ChangeRoles(owner.new_id(), Id(9), frozenset({key, Role.AUDITOR})))
    assert seat.ask(open_patient, OpenPatient(patient)).account
    assert seat.user.title == "Auditor, Desk without records"


def test_a_refusal_names_the_own_roles_that_may(desk, desk_as, vault):
    own_role(desk, "Night shift", Role.FRONT_DESK, more=[P.SIGN_OFF_AUDIT])
    with pytest.raises(NotAllowed, match="privacy officer, owner or Night shift"):
        desk_as(Role.BILLER, number=5).ask(REGISTRY["emergency.alerts"], None)


def test_what_is_saved_is_in_the_log_by_rights_and_never_by_name(desk, vault):
    made, _ = own_role(desk, "Ana's own desk", less=[P.RUN_BACKUP])
    own_role(desk, "Ana's own desk", less=[P.RUN_BACKUP, P.REGISTER], role_id=made)
    first, second = rows(vault, "role.save")
    assert second == {"base": "front_desk", "given": "", "taken": "register"}
    assert "self" in first["given"]
    assert "Ana" not in str((first, second))


@pytest.mark.parametrize("name", ["", "  ", "Biller", "BÍLLER", "a,b", "x" * 41, "bad\x07bell", "desk without records"])
def test_a_name_is_one_role_for_ever(desk, name):
    own_role(desk)
    with pytest.raises(Invalid) as refused:
        own_role(desk, name)
    assert refused.value.problems[0].field == "name"


def test_an_own_role_keeps_own_settings_whatever_was_ticked(desk, vault, clock):
    made = desk.run(save_role, SaveRole(desk.new_id(), None, "Nothing", Role.AUDITOR, frozenset()))
    assert seated(vault, clock, 9, f"own:{made}").user.permissions == {P.SELF}


def test_only_an_owner_gives_a_copy_more_than_its_base_or_touches_such_a_role(desk, desk_as):
    officer = desk_as(Role.PRIVACY_OFFICER, number=5)
    own_role(officer, "Quiet desk", less=[P.TAKE_PAYMENT])
    with pytest.raises(Invalid, match="write off"):
        own_role(officer, "Mighty desk", more=[P.WRITE_OFF])
    with pytest.raises(Invalid, match="Only an owner"):
        own_role(officer, "Second owner", Role.OWNER)
    made, key = own_role(desk, "Mighty desk", more=[P.WRITE_OFF])
    with pytest.raises(Invalid, match="Only an owner"):
        own_role(officer, "Mighty desk", role_id=made)
    with pytest.raises(Refused, match="Only an owner"):
        officer.run(retire_role, RetireRole(officer.new_id(), made))
    desk_as(Role.FRONT_DESK, number=6)
    with pytest.raises(Invalid, match="Only an owner may give the role Mighty desk"):
        officer.run(change_roles, ChangeRoles(officer.new_id(), Id(6), frozenset({key})))
    desk.run(change_roles, ChangeRoles(desk.new_id(), Id(6), frozenset({key})))


def test_an_officer_never_raises_the_own_rights(desk, desk_as, vault, clock):
    made, key = own_role(desk, "Small officer", Role.PRIVACY_OFFICER, less=[P.READ_AUDIT])
    seat = seated(vault, clock, 9, key)
    with pytest.raises(Refused, match="Nobody raises their own rights"):
        own_role(seat, "Small officer", Role.PRIVACY_OFFICER, role_id=made)
    with pytest.raises(Invalid, match="Nobody raises"):
        seat.run(change_roles, ChangeRoles(seat.new_id(), Id(9), frozenset({key, Role.AUDITOR, Role.BILLER})))
    assert seat.user.permissions == RIGHTS[Role.PRIVACY_OFFICER] - {P.READ_AUDIT}
    own_role(seat, "Small officer", Role.PRIVACY_OFFICER, less=[P.READ_AUDIT, P.BULK_EXPORT], role_id=made)
    assert P.BULK_EXPORT not in seat.user.permissions


def test_the_only_owner_may_raise_the_own_and_it_goes_onto_the_review_list(desk, vault):
    limits(desk, Role.OWNER, write_off_charge_cents=9_000_00)
    [line] = desk.ask(list_alone, AskAlone())
    assert (line.action, line.signed_at) == ("role.limits", None)
    assert rows(vault, "role.limits")[0]["alone"] is True
    limits(desk, Role.OWNER, write_off_charge_cents=100_00)
    assert len(desk.ask(list_alone, AskAlone())) == 1  # less is nobody's business


def test_of_two_owners_the_other_agrees_before_one_may_more(desk, desk_as, vault):
    second = desk_as(Role.OWNER, number=4)
    command = SetLimits(desk.new_id(), Role.OWNER, (Amount(Limit.WRITE_OFF_CHARGE_CENTS, 9_000_00),))
    with pytest.raises(OverLimit, match="another owner") as refused:
        desk.run(set_limits, command)
    assert refused.value.may_ask
    asked = desk.run(propose, Propose(desk.new_id(), "role.limits", command, Why.OTHER, "We agreed on Monday"))
    with pytest.raises(Refused, match="their own"):
        desk.run(approve, Approve(desk.new_id(), asked))
    officer = desk_as(Role.PRIVACY_OFFICER, number=5)
    with pytest.raises(NotAllowed):
        officer.run(approve, Approve(officer.new_id(), asked))
    second.run(approve, Approve(second.new_id(), asked))
    assert second.user.limit(Limit.WRITE_OFF_CHARGE_CENTS, second.clock.today()) == 9_000_00
    assert desk.ask(list_alone, AskAlone()) == ()
    assert rows(vault, "role.limits")[0]["asked_by"] == 1


def test_a_role_that_somebody_holds_stays_and_a_retired_one_is_given_no_more(desk, desk_as, vault, clock):
    made, key = own_role(desk)
    seated(vault, clock, 9, key)
    with pytest.raises(Refused, match="1 person holds"):
        desk.run(retire_role, RetireRole(desk.new_id(), made))
    desk.run(change_roles, ChangeRoles(desk.new_id(), Id(9), frozenset({Role.AUDITOR})))
    desk.run(retire_role, RetireRole(desk.new_id(), made))
    with pytest.raises(Invalid, match="not given any more"):
        desk.run(change_roles, ChangeRoles(desk.new_id(), Id(9), frozenset({key})))
    with pytest.raises(Refused, match="not there any more"):
        desk.run(retire_role, RetireRole(desk.new_id(), made))
    assert key not in [each.key for each in desk.ask(show_matrix, AskMatrix()).columns]


def test_a_copy_of_the_owner_role_is_no_owner(desk, desk_as, vault, clock):
    _, key = own_role(desk, "Deputy", Role.OWNER, less=[P.SET_LIMITS])
    deputy = seated(vault, clock, 9, key)
    with pytest.raises(Invalid, match="always has an owner"):
        desk.run(change_roles, ChangeRoles(desk.new_id(), Id(1), frozenset({key})))
    with pytest.raises(Invalid, match="Only an owner"):
        deputy.run(change_roles, ChangeRoles(deputy.new_id(), Id(1), frozenset({Role.AUDITOR})))
    with pytest.raises(NotAllowed):
        limits(deputy, key, discount_percent=100)


def test_limits_are_the_practices_own_from_the_day_they_are_set(desk, desk_as, vault, clock):
    furnish(vault)
    nora = a_patient(vault)
    [only] = charge(desk, nora, self_pay=True)
    limits(desk, Role.BILLER, write_off_charge_cents=40_00)
    limits(desk, Role.MANAGER, write_off_charge_cents=50_00)
    biller = desk_as(Role.BILLER, number=7)
    biller.run(write_off, WriteOff(biller.new_id(), only, 40_00, "hardship"))
    with pytest.raises(OverLimit, match=r"40\.01; yours is 40\.00\. Ask: practice manager or owner"):
        biller.run(write_off, WriteOff(biller.new_id(), only, 1, "hardship"))
    limits(desk, Role.MANAGER, write_off_charge_cents=40_00)
    with pytest.raises(OverLimit, match="Ask: owner"):
        seated(vault, clock, 7, Role.BILLER).run(write_off, WriteOff(biller.new_id(), only, 1, "hardship"))
    matrix = desk.ask(show_matrix, AskMatrix())
    assert matrix.limits_since == clock.today()
    assert [each.limits[Limit.WRITE_OFF_CHARGE_CENTS] for each in matrix.columns[1:3]] == [40_00, 40_00]


def test_an_own_role_has_the_limits_of_its_base_until_it_has_its_own(desk, vault, clock):
    _, key = own_role(desk, "Junior biller", Role.BILLER)
    limits(desk, Role.BILLER, discount_percent=8)
    today = clock.today()
    assert seated(vault, clock, 9, key).user.limit(Limit.DISCOUNT_PERCENT, today) == 8
    limits(desk, key, discount_percent=2)
    assert seated(vault, clock, 9, key).user.limit(Limit.DISCOUNT_PERCENT, today) == 2
    assert seated(vault, clock, 9, key, Role.MANAGER).user.limit(Limit.DISCOUNT_PERCENT, today) == 25


@pytest.mark.parametrize(
    ("name", "amount"),
    [("write_off_charge_cents", -1), ("discount_percent", 101), ("back_date_days", 32), ("back_date_days", -2),
     ("void_reach", 3)],
)  # fmt: skip
def test_a_limit_out_of_bounds_is_refused_at_its_field(desk, name, amount):
    with pytest.raises(Invalid) as refused:
        limits(desk, Role.BILLER, **{name: amount})
    assert refused.value.problems[0].field == name


def test_the_edges_of_a_limit_are_taken(desk):
    limits(desk, Role.BILLER, write_off_charge_cents=UNLIMITED, discount_percent=0, back_date_days=THIS_MONTH)


def test_an_own_role_that_hides_records_reads_them_in_an_emergency_and_no_longer(desk, vault, clock):
    furnish(vault)
    patient = register(desk).patient_id
    _, key = own_role(desk, "Greeter", less=OPENS)
    clerk = seated(vault, clock, 9, key)
    with pytest.raises(NotAllowed):
        clerk.ask(open_patient, OpenPatient(patient))
    why = "The patient lies unconscious in room two"
    clerk.run(begin_emergency, BeginEmergency(clerk.new_id(), EmergencyReason.DANGER, why))
    assert clerk.ask(open_patient, OpenPatient(patient)).account
    clock.move(minutes=30)
    with pytest.raises(NotAllowed):
        clerk.ask(open_patient, OpenPatient(patient))


def test_what_a_right_opens_is_read_from_the_declarations_in_words():
    opened = [each for right in Permission for each in cases_of(right)]
    assert sorted(each.id for each in opened) == [case.name for case in CASES]
    wrote = next(each for each in cases_of(P.WRITE_OFF) if each.id == write_off.name)
    assert (wrote.words, wrote.changes) == ("Wrote off", True)
    assert not any("." in each.words for each in opened)


def test_the_matrix_names_who_holds_each_role_and_prints(desk, desk_as, vault, clock):
    _, key = own_role(desk, "Łucja's desk", less=[P.TAKE_PAYMENT])
    seated(vault, clock, 9, key)
    columns = {each.key: each for each in desk.ask(show_matrix, AskMatrix()).columns}
    assert columns[key].holders == ("Person 9",)
    assert (columns[key].own, columns[key].base) == (True, Role.FRONT_DESK)
    pdf = desk.ask(print_matrix, PrintMatrix())
    assert pdf.startswith(b"%PDF")
    assert rows(vault, "role.print") == [{"roles": 7}]
    [line] = [each for each in desk.ask(list_users, ListUsers()) if each.id == 9]
    assert line.roles == (key,)
