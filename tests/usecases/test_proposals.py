"""Over the limit: asked, approved by somebody else, declined, withdrawn, countersigned, alone (SECURITY A2, S11)."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from medbill_desktop.domain.problems import Invalid, LockedError, NotAllowed, OverLimit, Refused
from medbill_desktop.domain.proposals import STANDS_DAYS, AskReason, DeclineReason
from medbill_desktop.domain.users import RIGHTS, Limit, Permission, Role
from medbill_desktop.storage import journal, users
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.canonical import digest_of, revived, stored_form
from medbill_desktop.usecases.charges import CorrectFee, EnterSuperbills, VoidCharge, correct_fee, enter_superbills
from medbill_desktop.usecases.charges import void_charge as void_case
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, UndoLast, take_payment, undo_last
from medbill_desktop.usecases.proposals import (
    Approve,
    AskAlone,
    AskProposals,
    CountProposals,
    Decline,
    OpenProposal,
    Propose,
    SeeDecisions,
    SignAlone,
    Withdraw,
    approve,
    count_proposals,
    decline,
    list_alone,
    list_proposals,
    open_proposal,
    propose,
    see_decisions,
    sign_alone,
    withdraw,
)
from medbill_desktop.usecases.roles import Amount, SaveRole, SetLimits, save_role, set_limits
from tests.ledger_rows import a_patient, a_superbill, charge, furnish
from tests.seats import own_role, seated
from tests.usecases.test_own_roles import rows

WHY = "Nora showed the letter of her bank"


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


@pytest.fixture
def only(desk, nora):
    return charge(desk, nora, self_pay=True)[0]


@pytest.fixture
def biller(desk_as):
    return desk_as(Role.BILLER, number=2)


@pytest.fixture
def manager(desk_as):
    return desk_as(Role.MANAGER, number=3)


def giving(desk, charge_id, cents=40_00, **more):
    return WriteOff(desk.new_id(), charge_id, cents, "hardship", **more)


def ask(desk, command, case=write_off, reason=AskReason.HARDSHIP, words=WHY):
    return desk.run(propose, Propose(desk.new_id(), case.name, command, reason, words))


def yes(desk, proposal_id):
    return desk.run(approve, Approve(desk.new_id(), proposal_id))


def written_off(vault):
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        found = select(t.journal_line.c.cents).where(t.journal_line.c.account == "adjustment")
        return sum(conn.execute(found).scalars())


def test_over_the_limit_is_asked_and_runs_under_who_approves_with_both_named(biller, manager, only, nora, vault):
    command = giving(biller, only, 25_01)
    with pytest.raises(OverLimit) as refused:
        biller.run(write_off, command)
    assert refused.value.may_ask
    asked = ask(biller, command)
    assert written_off(vault) == 0
    [line] = manager.ask(list_proposals, AskProposals())
    assert (line.what, line.cents, line.patient, line.for_me, line.asker) == (
        "Write off", 25_01, "Whitfield, Nora", True, "Person 2")  # fmt: skip
    assert line.limit == "write-off per charge: 25.01"
    assert WHY not in repr(line)
    yes(manager, asked)
    assert written_off(vault) == 25_01
    [wrote] = rows(vault, "adjustment.write_off")
    assert (wrote["asked_by"], wrote["cents"]) == (2, 25_01)
    [said] = rows(vault, "proposal.approve")
    assert (said["asked_by"], said["asks"]) == (2, "adjustment.write_off")
    with vault.reader.begin() as conn:
        by = conn.execute(select(t.posting.c.user_id).where(t.posting.c.kind == "adjustment")).scalar()
        log = conn.execute(select(t.audit.c.detail)).scalars().all()
    assert by == 3
    assert not any("bank" in each or ("hardship" in each and "why" in each) for each in log)


def test_the_limit_itself_needs_nobody_and_what_can_not_be_is_never_asked(biller, only, vault):
    with pytest.raises(Refused, match="yourself"):
        ask(biller, giving(biller, only, 25_00))
    with pytest.raises(Invalid, match=r"Only 165\.00 is owed"):
        ask(biller, giving(biller, only, 165_01))
    with pytest.raises(Invalid, match="Choose a reason"):
        ask(biller, WriteOff(biller.new_id(), only, 40_00, "because"))
    assert written_off(vault) == 0
    biller.run(write_off, giving(biller, only, 25_00))  # what was tried out left nothing behind
    assert written_off(vault) == 25_00


def test_nobody_approves_their_own_nor_without_the_right_nor_within_too_small_a_limit(
    biller, desk_as, only, vault, manager
):
    asked = ask(biller, giving(biller, only, 40_00))
    with pytest.raises(Refused, match="approves their own"):
        yes(biller, asked)
    clerk = desk_as(Role.FRONT_DESK, number=8)
    with pytest.raises(NotAllowed, match="write off"):
        yes(clerk, asked)
    other = desk_as(Role.BILLER, number=9)
    with pytest.raises(OverLimit) as refused:
        yes(other, asked)
    assert not refused.value.may_ask
    assert [each.ask(list_proposals, AskProposals()) for each in (clerk, other)] == [(), ()]
    with pytest.raises(NotAllowed):
        clerk.ask(open_proposal, OpenProposal(asked))
    with pytest.raises(NotAllowed):
        other.run(decline, Decline(other.new_id(), asked, DeclineReason.FACTS))
    assert written_off(vault) == 0
    manager._session.open = False
    with pytest.raises(LockedError):
        yes(manager, asked)
    manager._session.open = True
    yes(manager, asked)


def test_a_person_without_the_right_asks_for_nothing(desk_as, only):
    clerk = desk_as(Role.FRONT_DESK, number=8)
    with pytest.raises(NotAllowed):
        ask(clerk, giving(clerk, only))


def test_it_is_decided_once_and_sent_twice_does_it_once(biller, manager, desk, only, vault):
    command = giving(biller, only)
    asked = ask(biller, command)
    word = Approve(manager.new_id(), asked)
    manager.run(approve, word)
    manager.run(approve, word)
    assert written_off(vault) == 40_00
    with pytest.raises(Refused, match="approved meanwhile by Person 3"):
        yes(desk, asked)
    with pytest.raises(Refused, match="approved meanwhile"):
        desk.run(decline, Decline(desk.new_id(), asked, DeclineReason.FACTS))
    with pytest.raises(Refused, match="approved meanwhile"):
        biller.run(withdraw, Withdraw(biller.new_id(), asked))
    assert biller.run(write_off, command).cents == 40_00  # the form that hung answers what was done
    assert written_off(vault) == 40_00


def test_the_checks_of_the_command_run_again_at_the_approval(biller, manager, desk, only, vault):
    asked = ask(biller, giving(biller, only, 160_00))
    desk.run(write_off, giving(desk, only, 6_00))
    with pytest.raises(Invalid, match=r"Only 159\.00 is owed"):
        yes(manager, asked)
    assert [line.state for line in manager.ask(list_proposals, AskProposals())] == ["waiting"]
    manager.run(decline, Decline(manager.new_id(), asked, DeclineReason.FACTS))
    assert written_off(vault) == 6_00


def test_a_charge_that_was_voided_meanwhile_is_not_written_off(biller, manager, desk, only, vault):
    asked = ask(biller, giving(biller, only))
    desk.run(void_case, VoidCharge(desk.new_id(), only, "wrong patient"))
    with pytest.raises(Refused):
        yes(manager, asked)
    assert written_off(vault) == 0


def test_who_asked_and_may_no_more_gets_nothing(biller, manager, only, vault):
    asked = ask(biller, giving(biller, only))
    with vault.writer.begin() as conn:
        users.set_active(conn, 2, False)
    with pytest.raises(Refused, match="Who asked may not write off any more"):
        yes(manager, asked)


def test_a_proposal_that_nobody_decided_expires(biller, manager, only, vault, clock):
    asked = ask(biller, giving(biller, only))
    clock.move(days=STANDS_DAYS)
    assert manager.ask(count_proposals, CountProposals()).for_me == 1
    clock.move(days=1)
    assert manager.ask(count_proposals, CountProposals()).for_me == 0
    with pytest.raises(Refused, match="too old"):
        yes(manager, asked)
    biller.run(withdraw, Withdraw(biller.new_id(), asked))


def test_declined_with_a_reason_the_asker_is_told_until_it_was_seen(biller, manager, only):
    asked = ask(biller, giving(biller, only))
    with pytest.raises(Invalid):
        manager.run(decline, Decline(manager.new_id(), asked, DeclineReason.OTHER, "no"))
    manager.run(decline, Decline(manager.new_id(), asked, DeclineReason.OTHER_WAY, "Make a plan with her"))
    assert biller.ask(count_proposals, CountProposals()).news == 1
    [line] = biller.ask(list_proposals, AskProposals())
    assert (line.state, line.unseen, line.decider) == ("declined", True, "Person 3")
    card = biller.ask(open_proposal, OpenProposal(asked))
    assert card.answer == "Do it another way. Make a plan with her"
    assert "plan" not in repr(card)
    biller.run(see_decisions, SeeDecisions(biller.new_id()))
    assert biller.ask(count_proposals, CountProposals()).news == 0
    assert biller.ask(list_proposals, AskProposals()) == ()
    assert len(biller.ask(list_proposals, AskProposals(decided=True))) == 1


def test_the_same_is_not_asked_twice_while_it_waits(biller, only):
    first = ask(biller, giving(biller, only))
    with pytest.raises(Refused, match="still waits"):
        ask(biller, giving(biller, only))
    biller.run(withdraw, Withdraw(biller.new_id(), first))
    ask(biller, giving(biller, only))


def test_only_who_asked_withdraws(biller, manager, only):
    asked = ask(biller, giving(biller, only))
    with pytest.raises(Refused, match="Decline it instead"):
        manager.run(withdraw, Withdraw(manager.new_id(), asked))
    with pytest.raises(Refused, match="Withdraw it instead"):
        biller.run(decline, Decline(biller.new_id(), asked, DeclineReason.FACTS))


@pytest.mark.parametrize(("reason", "words"), [(AskReason.ERROR, "too short"), (AskReason.ERROR, "x" * 501)])
def test_why_is_said_in_words(biller, only, reason, words):
    with pytest.raises(Invalid):
        ask(biller, giving(biller, only), reason=reason, words=words)


def test_over_every_limit_two_with_the_right_agree_and_one_owns(desk, desk_as, biller, manager, only, vault):
    for role in (Role.BILLER, Role.MANAGER, Role.OWNER):
        desk.run(set_limits, SetLimits(desk.new_id(), role, (Amount(Limit.WRITE_OFF_CHARGE_CENTS, 10_00),)))
    owner, biller = desk_as(Role.OWNER, number=1), desk_as(Role.BILLER, number=2)
    with pytest.raises(OverLimit, match="countersigns"):
        owner.run(write_off, giving(owner, only))
    asked = ask(owner, giving(owner, only))
    yes(biller, asked)
    [wrote] = rows(vault, "adjustment.write_off")
    assert (wrote["countersigned"], wrote["asked_by"]) == (True, 1)
    again = ask(biller, giving(biller, only, 30_00))
    with pytest.raises(OverLimit):
        yes(desk_as(Role.MANAGER, number=3), again)  # two with the right, but neither owns the practice
    yes(owner, again)
    assert written_off(vault) == 70_00


def test_an_owner_with_nobody_beside_stands_alone_and_it_is_reviewed(desk, desk_as, only, vault, clock):
    desk_as(Role.FRONT_DESK, number=8)
    desk.run(set_limits, SetLimits(desk.new_id(), Role.OWNER, (Amount(Limit.WRITE_OFF_CHARGE_CENTS, 50_00),)))
    desk.run(write_off, giving(desk, only, 50_00))
    assert desk.ask(list_alone, AskAlone()) == ()
    desk.run(write_off, giving(desk, only, 1))
    [line] = desk.ask(list_alone, AskAlone(unsigned=True))
    assert (line.action, line.cents, line.limit_amount, line.signed_at) == ("adjustment.write_off", 1, 50_01, None)
    assert rows(vault, "adjustment.write_off")[1]["alone"] is True
    assert desk.ask(count_proposals, CountProposals()).alone == 1
    word = SignAlone(desk.new_id(), (line.id,), "Looked at with the accountant")
    assert (desk.run(sign_alone, word), desk.run(sign_alone, word)) == (1, 1)
    assert desk.run(sign_alone, SignAlone(desk.new_id(), (line.id,), "")) == 0
    assert desk.ask(list_alone, AskAlone(unsigned=True)) == ()
    desk_as(Role.BILLER, number=2)
    with pytest.raises(OverLimit):  # now there is somebody who could countersign
        desk.run(write_off, giving(desk, only, 1))


def test_back_dating_and_voids_are_asked_as_well(biller, manager, desk, nora, only, vault, clock):
    early = clock.today() - timedelta(days=4)
    bill = EnterSuperbills(biller.new_id(), (a_superbill(nora, early, self_pay=True),), posted_on=early)
    with pytest.raises(OverLimit, match="back-dating"):
        biller.run(enter_superbills, bill)
    yes(manager, ask(biller, bill, enter_superbills, AskReason.LATE))
    yes(manager, ask(biller, VoidCharge(biller.new_id(), only, "wrong day"), void_case, AskReason.ERROR))
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.charge.c.voided_at).where(t.charge.c.id == only)).scalar() is not None
        days = conn.execute(select(t.posting.c.posted_on).where(t.posting.c.kind == "charge")).scalars().all()
    assert early in days


def test_no_two_persons_post_into_another_month(biller, desk_as, nora, clock):
    owner = desk_as(Role.OWNER, number=4)
    last_month = clock.today().replace(day=1) - timedelta(days=1)
    pay = TakePayment(owner.new_id(), PatientPayment(nora.guarantor_id, 5_00, "cash", received_on=last_month))
    with pytest.raises(OverLimit, match="another month") as refused:
        owner.run(take_payment, pay)
    assert not refused.value.may_ask
    with pytest.raises(OverLimit):
        ask(owner, pay, take_payment)


def test_what_means_whoever_sends_it_is_never_proposed(biller):
    with pytest.raises(Refused, match="Nobody can approve this for you"):
        ask(biller, UndoLast(biller.new_id()), undo_last)


def test_a_proposal_can_not_be_changed_in_the_database(biller, only, vault):
    asked = ask(biller, giving(biller, only))
    for change in ({"command": "{}"}, {"words": "another"}, {"asked_by": 1}, {"limit_amount": 1}):
        with pytest.raises(DBAPIError, match="as it was asked"), vault.writer.begin() as conn:
            conn.execute(update(t.proposal).where(t.proposal.c.id == asked).values(**change))
    with pytest.raises(DBAPIError, match="stays"), vault.writer.begin() as conn:
        conn.execute(t.proposal.delete())


def test_opening_a_proposal_is_a_row_of_the_log_about_the_patient(biller, manager, only, nora, vault):
    asked = ask(biller, giving(biller, only, memo="her letter"))
    card = manager.ask(open_proposal, OpenProposal(asked))
    assert (card.words, card.reason, card.patient_id) == (WHY, AskReason.HARDSHIP.value, nora.patient_id)
    assert ("Amount", "40.00") in card.facts
    assert ("Memo", "her letter") in card.facts
    with vault.reader.begin() as conn:
        row = conn.execute(select(t.audit).where(t.audit.c.action == "proposal.open")).one()
    assert (row.patient_id, row.subject_id) == (nora.patient_id, asked)
    assert json.loads(row.detail) == {}


def test_every_command_that_can_be_over_a_limit_comes_back_as_it_was(biller, nora, only, clock):
    bill = a_superbill(nora, clock.today(), self_pay=True)
    commands = [
        (write_off, giving(biller, only, memo="é")),
        (enter_superbills, EnterSuperbills(biller.new_id(), (bill, bill), posted_on=clock.today())),
        (correct_fee, CorrectFee(biller.new_id(), only, 1, "r")),
        (take_payment, TakePayment(biller.new_id(), PatientPayment(nora.guarantor_id, 5_00, "check", reference="7"))),
        (set_limits, SetLimits(biller.new_id(), "own:5", (Amount(Limit.VOID_REACH, 2),))),
        (save_role, SaveRole(biller.new_id(), None, "x", Role.BILLER, frozenset(list(Permission)[:3]))),
    ]
    for case, command in commands:
        back = revived(case.takes, json.loads(json.dumps(stored_form(command))))
        assert back == command
        assert digest_of(b"k", case.name, back) == digest_of(b"k", case.name, command)


def facts(desk, proposal_id):
    return desk.ask(open_proposal, OpenProposal(proposal_id)).facts


def test_who_approves_sees_which_charge_receipt_and_lines_it_is(biller, manager, desk, nora, only, vault, clock):
    clock.move(days=1)
    with vault.reader.begin() as conn:
        code = conn.execute(select(t.charge.c.code).where(t.charge.c.id == only)).scalar_one()
    void = ask(biller, VoidCharge(biller.new_id(), only, "entered twice"), void_case, AskReason.ERROR)
    assert any(title == "Charge" and words.startswith(f"{code} of ") for title, words in facts(manager, void))
    back = clock.today() - timedelta(days=9)
    bill = a_superbill(nora, back, self_pay=True)
    entered = ask(biller, EnterSuperbills(biller.new_id(), (bill,), posted_on=back), enter_superbills, AskReason.LATE)
    assert len([words for title, words in facts(manager, entered) if title == "Line"]) == len(bill.lines)


def test_another_owner_sees_which_rights_and_how_much_before_agreeing(desk, desk_as, vault, clock):
    second = desk_as(Role.OWNER, number=4)
    role_id, key = own_role(desk, "Helper", Role.BILLER, less=[Permission.REFUND_PREPARE])
    one = seated(vault, clock, 5, Role.OWNER, key)
    clock.move(minutes=1)
    wanted = frozenset(RIGHTS[Role.BILLER])
    raising = SaveRole(one.new_id(), role_id, "Helper", Role.BILLER, wanted)
    asked = ask(one, raising, save_role, AskReason.OTHER)
    shown = dict(facts(second, asked))
    assert shown["May more than it has now"] == str(Permission.REFUND_PREPARE)
    assert shown["May less than it has now"] == "nothing"
    more = SetLimits(one.new_id(), Role.OWNER, (Amount(Limit.WRITE_OFF_CHARGE_CENTS, 9_000_00),))
    shown = dict(facts(second, ask(one, more, set_limits, AskReason.OTHER)))
    assert shown["Role"] == "owner"
    assert shown["write-off per charge"] == "9,000.00"
    clock.move(minutes=1)
    own_role(desk, "Helper", Role.BILLER, less=[Permission.REFUND_PREPARE, Permission.TRANSFER], role_id=role_id)
    with pytest.raises(Refused, match="changed since"):
        yes(second, asked)
