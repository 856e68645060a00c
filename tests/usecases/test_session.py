"""The session state machine against a model, and with threads (SECURITY L1, L3, L10)."""

import importlib
import pkgutil
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from medbill_desktop import usecases
from medbill_desktop.domain.problems import LockedError
from medbill_desktop.usecases import declare
from medbill_desktop.usecases.declare import UseCase
from medbill_desktop.usecases.office import SignInFailed, State
from medbill_desktop.usecases.session import SessionMachine, WrongState
from medbill_desktop.usecases.users import my_account
from tests.door import FakeClock
from tests.office_factory import make_office

LEADS = {
    State.NO_PRACTICE: {State.NOT_ENROLLED, State.SIGNED_OUT, State.OPEN},
    State.NOT_ENROLLED: {State.NO_PRACTICE, State.SIGNED_OUT},
    State.SIGNED_OUT: {State.NO_PRACTICE, State.NOT_ENROLLED, State.OPEN},
    State.OPEN: {State.LOCKED, State.SIGNED_OUT},
    State.LOCKED: {State.OPEN, State.SEALED, State.SIGNED_OUT},
    State.SEALED: {State.OPEN, State.SIGNED_OUT},
}


class Machine(RuleBasedStateMachine):
    """A model of states, tokens, refusals and clocks beside the real machine."""

    @initialize()
    def start(self):
        self.clock = FakeClock()
        self.machine = SessionMachine(self.clock)
        self.state, self.token, self.refused = State.NO_PRACTICE, "", 0
        self.issued = ["never issued"]
        self.jobs, self.cancelled = [], []
        self.heard = []
        self.machine.on_changed(self.heard.append)
        self.last_input = self.locked_at = self.clock.monotonic()

    def entered(self, state):
        self.state = state
        self.last_input = self.clock.monotonic()
        if state is State.LOCKED:
            self.locked_at = self.clock.monotonic()
        assert self.heard[-1] is state

    @rule(to=st.sampled_from([s for s in State if s is not State.OPEN]))
    def move(self, to):
        if to is self.state:
            before = len(self.heard)
            assert self.machine.move(to)
            assert len(self.heard) == before
        elif to in LEADS[self.state]:
            assert self.machine.move(to)
            self.entered(to)
        else:
            with pytest.raises(WrongState):
                self.machine.move(to)

    @rule(same=st.booleans())
    def open(self, same):
        token = self.token if same and self.token else f"token {len(self.issued)}"
        if State.OPEN in LEADS[self.state]:
            assert self.machine.open_as(token)
            self.token = token
            self.issued.append(token)
            self.entered(State.OPEN)
        else:
            with pytest.raises(WrongState):
                self.machine.open_as(token)

    @rule()
    def open_too_late(self):
        turn = self.machine.turn - 1
        assert not self.machine.open_as("late", if_turn=turn)
        assert not self.machine.move(State.SIGNED_OUT, if_turn=turn)

    @rule(data=st.data())
    def call(self, data):
        token = data.draw(st.sampled_from(self.issued))
        if self.state is State.OPEN and token == self.token:
            self.machine.check(token)
            with self.machine.working(token):
                assert self.machine.busy
        else:
            with pytest.raises(LockedError):
                self.machine.check(token)
            with pytest.raises(LockedError), self.machine.working(token):
                pass
            self.refused += 2

    @rule()
    def start_job(self):
        job = self.machine.job(lambda: self.cancelled.append(True))
        if self.state is State.OPEN:
            job.__enter__()
            self.jobs.append(job)
        else:
            with pytest.raises(LockedError):
                job.__enter__()
            self.refused += 1

    @precondition(lambda self: self.jobs)
    @rule()
    def end_job(self):
        self.jobs.pop().__exit__(None, None, None)

    @rule(seconds=st.integers(1, 59))
    def time_passes(self, seconds):
        self.clock.move(seconds=seconds)
        due = self.machine.due()
        now = self.clock.monotonic()
        if self.state is State.OPEN:
            idle = now - self.last_input
            assert due.act == ("idle" if idle >= 300 else None)
            assert due.act or due.locks_in_seconds == 300 - idle
        elif self.state is State.LOCKED:
            assert due.act == ("seal" if now - self.locked_at >= 900 else None)
        else:
            assert due.act is None

    @precondition(lambda self: self.state is State.OPEN)
    @rule()
    def touch(self):
        self.machine.touch(self.clock.monotonic())
        self.last_input = self.clock.monotonic()

    @rule()
    def count_refused(self):
        assert self.machine.take_refused() == self.refused
        self.refused = 0

    @invariant()
    def agrees(self):
        if hasattr(self, "machine"):
            assert self.machine.state is self.state
            assert self.machine.busy == bool(self.jobs)
            if self.state not in (State.OPEN, State.LOCKED):
                assert self.machine.token == ""
                self.token = ""


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


class SleepyClock(FakeClock):
    """Its monotonic side stands still while the computer sleeps, as on Linux, or while the wall clock is set."""

    stood = 0.0

    def monotonic(self):
        return self.moment.timestamp() - self.stood

    def sleep(self, seconds):
        self.move(seconds=seconds)
        self.stood += seconds


def awake(lock_minutes=5):
    """A session that is open, seen awake a moment ago."""
    clock = SleepyClock()
    machine = SessionMachine(clock)
    machine.lock_minutes = lock_minutes
    machine.open_as("token")
    assert machine.due().act is None
    clock.move(seconds=1)
    machine.touch(clock.monotonic())
    assert machine.due().act is None
    return machine, clock


@pytest.mark.parametrize(
    ("by", "act"), [(60, None), (61, "clock"), (-60, None), (-61, "clock"), (86_400, "clock"), (-86_400, "clock")]
)
def test_a_wall_clock_that_leaves_the_monotonic_one_locks(by, act):
    machine, clock = awake()
    clock.sleep(by)
    assert machine.due().act == act


@pytest.mark.parametrize(("late", "act"), [(60, None), (61, "clock"), (299, "clock"), (300, "idle")])
def test_a_tick_that_comes_late_locks(late, act):
    machine, clock = awake()
    clock.move(seconds=late)
    assert machine.due().act == act


def test_input_at_waking_hides_no_sleep():
    machine, clock = awake()
    clock.move(seconds=400)
    machine.touch(clock.monotonic())
    assert machine.due().act == "clock"


def test_a_clock_that_creeps_locks_nothing():
    machine, clock = awake(lock_minutes=15)
    for _ in range(10):
        clock.sleep(59)
        clock.move(seconds=1)
        assert machine.due().act is None


@pytest.mark.parametrize("still", [True, False], ids=["monotonic stands still", "monotonic goes on"])
@pytest.mark.parametrize(("slept", "after"), [(899, None), (900, "seal"), (86_400, "seal")])
def test_who_slept_for_longer_than_the_lock_wakes_to_a_seal(slept, after, still):
    machine, clock = awake()
    clock.sleep(slept) if still else clock.move(seconds=slept)
    assert machine.due().act in ("clock", "idle")
    machine.move(State.LOCKED)
    assert machine.due().act == after


def test_a_lock_after_a_sleep_that_was_unlocked_counts_anew():
    machine, clock = awake()
    clock.sleep(800)
    machine.due()
    machine.move(State.LOCKED)
    machine.open_as("token")
    assert machine.due().act is None
    machine.move(State.LOCKED)
    clock.move(seconds=899)
    assert machine.due().act is None
    clock.move(seconds=1)
    assert machine.due().act == "seal"


@pytest.mark.parametrize("state", [State.SIGNED_OUT, State.SEALED])
def test_a_jump_while_nobody_is_at_the_desk_is_nothing(state):
    machine, clock = awake()
    machine.move(State.LOCKED)
    machine.move(state)
    clock.sleep(10_000)
    assert machine.due().act is None


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


@pytest.mark.parametrize("state", [State.LOCKED, State.SEALED, State.SIGNED_OUT])
def test_every_use_case_is_refused_unless_the_session_is_open(made, state):
    office, _ = made
    desk = office.desk
    {State.LOCKED: office.lock, State.SEALED: lambda: office.seal(at_once=True), State.SIGNED_OUT: office.sign_out}[
        state
    ]()
    assert office.state is state
    for module in pkgutil.iter_modules(usecases.__path__):
        importlib.import_module(f"medbill_desktop.usecases.{module.name}")
    cases = list(declare.REGISTRY.values())
    assert len(cases) > 30
    for case in cases:
        with pytest.raises(LockedError):
            desk.run(case, None) if isinstance(case, UseCase) else desk.ask(case, None)
    for refused in (
        lambda: office.desk, lambda: office.slots, lambda: office.trail,
        lambda: office.own.change_password("a", "b", "c"), lambda: office.own.judge_password("a"),
    ):  # fmt: skip
        with pytest.raises(LockedError):
            refused()


def test_calls_racing_with_locks_are_whole_or_refused(made):
    office, facts = made
    desk, stop, wrong, answered = office.desk, threading.Event(), [], [0]

    def work():
        while not stop.is_set():
            try:
                if desk.ask(my_account, None).name != facts.name:
                    wrong.append("another answer")
                answered[0] += 1
            except LockedError:
                pass
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for _ in range(15):
        office.lock()
        assert office._machine.wait_until_idle(5)
        before = answered[0]
        with pytest.raises(SignInFailed):
            facts.clock.move(seconds=1000)
            office.unlock("wrong")
        assert answered[0] == before, "nothing is answered while locked"
        facts.clock.move(seconds=1000)
        office.unlock(facts.password)
    office.seal(at_once=True)
    stop.set()
    for each in threads:
        each.join(10)
    assert not wrong


def test_a_seal_and_an_unlock_at_once_end_in_one_of_both_states_whole(made):
    office, facts = made
    for _ in range(6):
        office.lock()
        results = []

        def unlock(results=results):
            try:
                results.append(office.unlock(facts.password))
            except LockedError:
                results.append(None)

        other = threading.Thread(target=unlock)
        other.start()
        office.seal(at_once=True)
        other.join(10)
        assert office.state in (State.OPEN, State.SEALED, State.LOCKED)
        if office.state is State.OPEN:
            assert results[0].ask(my_account, None)
        elif office.state is State.LOCKED:
            office.unlock(facts.password)
        else:
            with pytest.raises(LockedError):
                _ = office.desk
            office.sign_in(facts.name, facts.password, facts.code())


def test_a_lock_does_not_wait_for_a_sign_in_or_the_writer(made):
    office, _ = made
    entered, release = threading.Event(), threading.Event()

    def hold():
        with office._ceremony, office.trail.vault.writer.begin():
            entered.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(5)
    office.lock()
    assert office.state is State.LOCKED
    release.set()
    holder.join(5)


class Doors(RuleBasedStateMachine):
    """A whole office walked through its states in any order."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.office, self.facts = make_office(Path(self.folder.name))
        self.expected = State.OPEN
        self.desks = [self.office.desk]

    def teardown(self):
        self.office.close()
        self.folder.cleanup()

    def patient(self):
        self.facts.clock.move(seconds=901)

    @rule()
    def lock(self):
        self.office.lock()
        if self.expected is State.OPEN:
            self.expected = State.LOCKED

    @rule(right=st.booleans())
    def unlock(self, right):
        self.patient()
        if self.expected is not State.LOCKED:
            with pytest.raises(LockedError):
                self.office.unlock(self.facts.password)
        elif right:
            assert self.office.unlock(self.facts.password) is self.desks[-1]
            self.expected = State.OPEN
        else:
            with pytest.raises(SignInFailed):
                self.office.unlock("wrong")

    @rule(right=st.booleans())
    def sign_in(self, right):
        self.patient()
        code = self.facts.code() if right else "000000"
        if self.expected is State.OPEN:
            with pytest.raises(Exception, match="signed in"):
                self.office.sign_in(self.facts.name, self.facts.password, code)
        elif right:
            self.desks.append(self.office.sign_in(self.facts.name, self.facts.password, code))
            self.expected = State.OPEN
        else:
            with pytest.raises(SignInFailed):
                self.office.sign_in(self.facts.name, self.facts.password, code)

    @rule()
    def seal(self):
        sealed = self.office.seal(at_once=True)
        if self.expected in (State.OPEN, State.LOCKED):
            self.expected = State.SEALED
        assert sealed == (self.expected is State.SEALED)

    @rule()
    def sign_out(self):
        self.office.sign_out()
        self.expected = State.SIGNED_OUT

    @invariant()
    def only_the_open_session_answers(self):
        assert self.office.state is self.expected
        for desk in self.desks:
            if self.expected is State.OPEN and desk is self.desks[-1]:
                assert desk.ask(my_account, None).name == self.facts.name
            else:
                with pytest.raises(LockedError):
                    desk.ask(my_account, None)
        held = self.expected in (State.OPEN, State.LOCKED)
        assert self.office.lock_file.held == held, "vault.lock is held exactly while the key is in memory"
        assert (self.office._sitting.practice is not None) == held


TestDoors = Doors.TestCase
TestDoors.settings = settings(max_examples=8, stateful_step_count=12, deadline=None)
