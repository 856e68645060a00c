"""Whole sessions of two people in any order, with wrong clocks, killed programs and tampered files.

A rule machine on a real Office (SECURITY L1, L3, L10-L14, K23, K27, K28, A5, F8, F10, F11, F26, F27, F30).
"""

import importlib
import json
import pkgutil
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from medbill_desktop import usecases
from medbill_desktop.domain.problems import LockedError, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import age_io, totp
from medbill_desktop.security.key_holder import Sealed
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.declare import REGISTRY, UseCase
from medbill_desktop.usecases.drafts import OpenDraft, open_draft
from medbill_desktop.usecases.office import Office, SignInFailed, State, TooSoon
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
from medbill_desktop.usecases.users import my_account
from tests.door import FakeClock
from tests.fast_policy import FAST
from tests.office_factory import DictStore, make_office
from tests.usecases.test_office import add_person

for module in pkgutil.iter_modules(usecases.__path__):
    importlib.import_module(f"medbill_desktop.usecases.{module.name}")
CASES = [case for name, case in sorted(REGISTRY.items()) if not name.startswith("test.")]
LIVE = (State.OPEN, State.LOCKED)
FORMS = ("charge:1", "patient:2")


class TwoClocks(FakeClock):
    """Wall and monotonic time that move together until somebody sets the wall clock."""

    ahead = 0.0  # of the monotonic clock, since the program began

    def monotonic(self):
        return self.moment.timestamp() - self.ahead

    def set_by(self, seconds):
        self.moment += timedelta(seconds=seconds)
        self.ahead += seconds


@dataclass
class Someone:
    """A person as the model knows them."""

    name: str
    password: str
    secret: str
    step: int = 0  # the last one-time code that was taken
    drafts: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Template:
    """A practice of two people on disk, copied for every example."""

    folder: Path
    items: dict
    people: tuple[Someone, Someone]
    moment: object


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory):
    home = tmp_path_factory.mktemp("two-people")
    office, facts = make_office(home)
    biller = add_person(office, facts, "Ben Ó Súilleabháin", Role.BILLER)
    office.close()
    step = int(facts.clock.now().timestamp()) // 30
    people = (Someone(facts.name, facts.password, facts.secret, step), Someone(*biller, step))
    Days.template = Template(home / "practice", dict(facts.store.items), people, facts.clock.now())


class Job:
    """A job that stops when it is told to."""

    def __init__(self, office):
        self.cancelled = False
        self._held = office.job(self.cancel)
        self._held.__enter__()
        self.runs = True

    def cancel(self):
        self.cancelled = True
        self.end()

    def end(self):
        if self.runs:
            self.runs = False
            self._held.__exit__(None, None, None)


class Days(RuleBasedStateMachine):
    template: Template

    @initialize()
    def begin(self):
        self.home = Path(tempfile.mkdtemp())
        self.folder = self.home / "practice"
        shutil.copytree(self.template.folder, self.folder)
        self.clock = TwoClocks(self.template.moment + timedelta(minutes=5))
        self.store = DictStore(dict(self.template.items))
        self.people = [replace(each, drafts={}) for each in self.template.people]
        self.older_attempts = (self.folder / "attempts.json").read_bytes()
        self.dead, self.holders, self.jobs = [], [], []
        self.state, self.seated, self.desk = State.SIGNED_OUT, None, None
        self.wrong, self.minutes = 0, 5
        self.office = self.new_office()

    def new_office(self):
        office = Office(self.folder, FAST, self.clock, self.store, config_folder=self.home / "config")
        office.look()
        self.clock.started_at = self.clock.ahead
        self.active = self.clock.monotonic()
        return office

    def teardown(self):
        if not hasattr(self, "office"):
            return
        for job in self.jobs:
            job.end()
        self.office.sign_out(force=True)
        self.clock.set_by(max(0, self.people[0].step * 30 - self.clock.now().timestamp()))
        self.state = State.SIGNED_OUT
        self.clock.move(seconds=self.office.wait_seconds(self.people[0].name) + 30)
        self.enter(self.people[0], self.people[0].password, self.code(self.people[0]))
        self.office.settle()
        verdict = self.desk.ask(verify_audit, VerifyAudit())
        assert verdict.faults == ()
        assert (self.told(), self.wrong) == (self.wrong, self.wrong), "every failed attempt stands in the log, once"
        self.office.close()
        shutil.rmtree(self.home)

    def told(self):
        """How many failed attempts the audit log names."""
        with self.office.trail.vault.reader.begin() as conn:
            details = conn.execute(select(t.audit.c.detail).where(t.audit.c.action.like("session.%"))).scalars().all()
        facts = [json.loads(each) for each in details]
        return sum(each.get("attempts", 0) + each.get("failed_before", 0) for each in facts)

    def code(self, who):
        return totp.code_at(who.secret, self.clock.now())

    def step(self):
        return int(self.clock.now().timestamp()) // 30

    def entered(self, state):
        self.state = state
        self.active = self.clock.monotonic()

    def enter(self, who, password, code):
        """Sign in and hold what the model says of it."""
        before = self.state
        right = password == who.password and code == self.code(who) and self.step() > who.step
        if before is State.OPEN:
            with pytest.raises(Refused, match="signed in"):
                self.office.sign_in(who.name, password, code)
            return
        if self.office.wait_seconds(who.name) > 0:
            with pytest.raises(TooSoon):
                self.office.sign_in(who.name, password, code)
        elif right:
            self.sit_down(who, self.office.sign_in(who.name, password, code))
        else:
            with pytest.raises(SignInFailed):
                self.office.sign_in(who.name, password, code)
            self.wrong += 1

    def sit_down(self, who, desk):
        if self.desk is not None:
            self.dead.append(self.desk)
        who.step = self.step()
        self.seated, self.desk = who, desk
        self.holders.append(self.office.trail.holder)
        self.minutes = self.office._machine.lock_minutes
        self.entered(State.OPEN)

    def left(self, state):
        """Nobody sits there any more, and the key is gone."""
        if self.desk is not None:
            self.dead.append(self.desk)
        self.seated = self.desk = None
        self.entered(state)

    @rule(number=st.integers(0, 1), how=st.sampled_from(["right", "right", "right", "password", "code", "old code"]))
    def sign_in(self, number, how):
        who = self.people[number]
        if how == "right":
            self.clock.move(seconds=30)
        password = "Wrong-Horse-Battery-9" if how == "password" else who.password
        self.enter(who, password, "000000" if how == "code" else self.code(who))

    @rule()
    def a_stranger(self):
        if self.state is State.OPEN or self.office.wait_seconds("Nobody Here") > 0:
            return
        with pytest.raises(SignInFailed):
            self.office.sign_in("Nobody Here", "Wrong-Horse-Battery-9", "123456")
        self.wrong += 1

    @rule(right=st.booleans())
    def unlock(self, right):
        if self.state is not State.LOCKED:
            with pytest.raises(LockedError):
                self.office.unlock(self.people[0].password)
            return
        waits = self.office.wait_seconds(self.seated.name) > 0
        password = self.seated.password if right else self.people[self.seated is self.people[0]].password
        other = password != self.seated.password
        if waits:
            with pytest.raises(TooSoon):
                self.office.unlock(password)
        elif right or not other:
            assert self.office.unlock(password) is self.desk
            self.entered(State.OPEN)
        else:
            with pytest.raises(SignInFailed):
                self.office.unlock(password)
            self.wrong += 1

    @rule()
    def wait(self):
        """Outlast every wait, without anybody at the desk."""
        waits = [self.office.wait_seconds(name) for name in (*(p.name for p in self.people), "Nobody Here")]
        self.clock.move(seconds=max(waits))
        self.tick()

    @rule()
    def lock(self):
        self.office.lock()
        if self.state is State.OPEN:
            self.entered(State.LOCKED)

    @rule()
    def seal(self):
        busy = any(job.runs for job in self.jobs)
        sealed = self.office.seal()
        if self.state is State.OPEN:
            self.entered(State.LOCKED)
        if self.state is State.LOCKED and not busy:
            self.left(State.SEALED)
        assert sealed == (self.state is State.SEALED)

    @rule()
    def suspend(self):
        ran = [job for job in self.jobs if job.runs]
        self.office.seal("suspend", at_once=True)
        if self.state in LIVE:
            self.left(State.SEALED)
        assert all(job.cancelled for job in ran)

    @rule()
    def sign_out(self):
        if self.state in LIVE and any(job.runs for job in self.jobs):
            with pytest.raises(Refused):
                self.office.sign_out()
            return
        self.office.sign_out()
        if self.state in (*LIVE, State.SEALED):
            self.left(State.SIGNED_OUT)

    @rule()
    def touch(self):
        self.office.touch(self.clock.monotonic())
        if self.state is State.OPEN:
            self.active = self.clock.monotonic()

    @rule(seconds=st.sampled_from([1, 29, 59, 299, 300, 901, 1500]))
    def time_passes(self, seconds):
        """In steps of under a minute, as a window ticks."""
        for at in range(0, seconds, 59):
            self.clock.move(seconds=min(59, seconds - at))
            self.tick()

    @rule(by=st.sampled_from([-7200, -61, -5, 5, 61, 7200]))
    def the_clock_is_set(self, by):
        """No wait gets shorter, and a screen that was open is locked by a jump."""
        before = self.waits()
        self.office.tick()
        self.clock.set_by(by)
        assert self.waits() == before
        self.tick(jumped=abs(by) > 60)

    def waits(self):
        return [self.office.wait_seconds(each.name) for each in self.people]

    def tick(self, *, jumped=False):
        idle = self.clock.monotonic() - self.active
        self.office.tick()
        now = self.office.state
        busy = any(job.runs for job in self.jobs)
        if self.state is State.OPEN:
            assert now in LIVE
            if idle >= self.minutes * 60 or jumped:
                assert now is State.LOCKED
            if now is State.LOCKED:
                self.entered(State.LOCKED)
        elif self.state is State.LOCKED:
            assert now in (State.LOCKED, State.SEALED)
            if idle >= 900 and not busy:
                assert now is State.SEALED
            if now is State.SEALED:
                self.left(State.SEALED)
        else:
            assert now is self.state

    @rule()
    def a_job_begins(self):
        if self.state is State.OPEN:
            self.jobs.append(Job(self.office))
        else:
            with pytest.raises(LockedError):
                Job(self.office)

    @precondition(lambda self: self.jobs)
    @rule()
    def a_job_ends(self):
        self.jobs.pop().end()

    @rule(form=st.sampled_from(FORMS), text=st.binary(min_size=1, max_size=20))
    def type_something(self, form, text):
        if self.state in LIVE:
            self.office.keep_draft(form, text)
            self.seated.drafts[form] = text
        else:
            with pytest.raises(Sealed):
                self.office.keep_draft(form, text)

    @precondition(lambda self: self.state is State.OPEN)
    @rule()
    def drafts_are_their_owners(self):
        self.office.settle()
        for form in FORMS:
            assert self.desk.ask(open_draft, OpenDraft(form)) == self.seated.drafts.get(form)
        with self.office.trail.vault.reader.begin() as conn:
            names = {row.id: row.name for row in conn.execute(select(t.user.c.id, t.user.c.name))}
            kept = [(names[row.user_id], row.sealed) for row in conn.execute(select(t.draft))]
        assert len(kept) == sum(len(each.drafts) for each in self.people)
        for name, sealed in kept:
            if name != self.seated.name:
                with pytest.raises(age_io.NotForThisKey):
                    self.office._sitting.seat.open_draft(sealed)

    @precondition(lambda self: self.state is State.OPEN and self.seated is self.people[0])
    @rule(minutes=st.integers(1, 15))
    def the_owner_sets_the_lock(self, minutes):
        self.desk.run(set_lock_minutes, SetLockMinutes(self.desk.new_id(), minutes))
        self.minutes = minutes

    @rule(kill=st.booleans())
    def the_program_starts_anew(self, kill):
        """What was typed before a kill may be lost, a wait never."""
        self.office.settle()
        before = self.waits()
        if kill:
            for job in self.jobs:
                job.end()
            practice = self.office._sitting.practice
            if practice is not None:
                self.office._sitting.standing.end()
                practice.close()  # a process that is gone holds neither connections nor keys
            self.office.lock_file.give_back()
        else:
            self.office.close()
        old = self.office
        skipped = max(0.0, self.clock.ahead - self.clock.started_at)  # a clock set forward is a new run's time
        self.left(State.SIGNED_OUT)
        self.office, self.jobs = self.new_office(), []
        for now, then in zip(self.waits(), before, strict=True):
            assert now >= then - skipped - 1
        if not kill:
            assert old.state is State.SIGNED_OUT

    @precondition(lambda self: self.state not in LIVE)
    @rule(how=st.sampled_from(["deleted", "older", "nonsense"]))
    def the_attempts_are_tampered_with(self, how):
        """It costs a quarter of an hour, whoever signs in, and loses no count of failures."""
        file = self.folder / "attempts.json"
        untouched = _writes(file.read_bytes()) == _writes(self.older_attempts)  # no failure counted since
        if how == "deleted":
            file.unlink()
        else:
            file.write_bytes(self.older_attempts if how == "older" else b"{}")
        self.office.close()
        self.left(State.SIGNED_OUT)
        self.office = self.new_office()
        if how != "older" or not untouched:
            assert all(wait > 890 for wait in self.waits())
        assert (self.folder / "attempts.json").exists()

    @invariant()
    def only_the_open_session_answers(self):
        if not hasattr(self, "office"):
            return
        assert self.office.state is self.state
        for desk in [*self.dead[-3:], *([self.desk] if self.desk is not None and self.state is not State.OPEN else [])]:
            for case in CASES:
                with pytest.raises(LockedError):
                    desk.run(case, None) if isinstance(case, UseCase) else desk.ask(case, None)
        if self.state is State.OPEN:
            assert self.office.desk is self.desk
            assert self.desk.ask(my_account, None).name == self.seated.name
        else:
            with pytest.raises(LockedError):
                _ = self.office.desk

    @invariant()
    def keys_are_held_exactly_while_somebody_is_in(self):
        if not hasattr(self, "office"):
            return
        live = self.state in LIVE
        assert (self.office._sitting.practice is not None) == live
        assert self.office.lock_file.held == live
        current = self.office.trail.holder if self.state is State.OPEN else None
        for holder in self.holders:
            if not live or (current is not None and holder is not current):
                with pytest.raises(Sealed):
                    holder.hex()


def _writes(attempts):
    """Return the number of the last write of each device."""
    return {device: each["s"]["n"] for device, each in json.loads(attempts)["sections"].items()}


# Shrinking would take minutes: the steps of a failure are printed as they were found.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)

TestDays = Days.TestCase
TestDays.settings = settings(max_examples=30, stateful_step_count=25, deadline=None, phases=QUICK)


@pytest.mark.long
class TestManyDays(Days.TestCase):
    settings = settings(max_examples=300, stateful_step_count=60, deadline=None, phases=QUICK)
