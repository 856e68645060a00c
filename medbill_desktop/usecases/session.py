"""The session state machine: signed out, open, locked, sealed, and what may happen in each (SECURITY L1-L5, L10, A5).

It decides alone; the Desk asks it on every call and the screens follow it. It opens no database and holds no key.
"""

import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from threading import Condition
from typing import Final

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.problems import LockedError

LOCK_MINUTES: Final = 5
LOCK_MINUTES_LEAST, LOCK_MINUTES_MOST = 1, 15
SEAL_AFTER_SECONDS: Final = 15 * 60
JOB_PATIENCE_SECONDS: Final = 10 * 60
JUMP_SECONDS: Final = 60
COUNTDOWN_SECONDS: Final = 30


class State(StrEnum):
    NO_PRACTICE = "no practice"
    NOT_ENROLLED = "not enrolled"
    SIGNED_OUT = "signed out"
    OPEN = "open"
    LOCKED = "locked"
    SEALED = "sealed"


LIVE: Final = frozenset({State.OPEN, State.LOCKED})  # the database is open, the key is in memory

_MAY: Final[dict[State, frozenset[State]]] = {
    State.NO_PRACTICE: frozenset({State.NOT_ENROLLED, State.SIGNED_OUT, State.OPEN}),
    State.NOT_ENROLLED: frozenset({State.NO_PRACTICE, State.SIGNED_OUT}),
    State.SIGNED_OUT: frozenset({State.NO_PRACTICE, State.NOT_ENROLLED, State.OPEN}),
    State.OPEN: frozenset({State.LOCKED, State.SIGNED_OUT}),
    State.LOCKED: frozenset({State.OPEN, State.SEALED, State.SIGNED_OUT}),
    State.SEALED: frozenset({State.OPEN, State.SIGNED_OUT}),
}


class WrongState(Exception):
    """A step that this state does not have: a fault of the caller."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What the clock says: the state, and in how many seconds an open session locks."""

    state: State
    locks_in_seconds: int | None = None

    @property
    def countdown(self) -> int | None:
        """The last thirty seconds, for the screen (SECURITY L3)."""
        left = self.locks_in_seconds
        return left if left is not None and left <= COUNTDOWN_SECONDS else None


class SessionMachine:
    """One practice at one window. Every method may be called from any thread and returns at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = Condition()
        self._state, self._token, self._turn = State.NO_PRACTICE, "", 0
        self._refused, self._running = 0, 0
        self._jobs: dict[int, Callable[[], None]] = {}
        self._job_numbers = count(1)
        self._listeners: list[Callable[[State], None]] = []
        self.lock_minutes = LOCK_MINUTES
        self._input = clock.monotonic()
        self._locked_at = (clock.monotonic(), clock.now().timestamp())
        self._seal_asked_at: float | None = None
        self._last_tick: tuple[float, float] | None = None
        self._away_since: tuple[float, float] | None = None

    @property
    def state(self) -> State:
        return self._state

    def is_in(self, state: State) -> bool:
        return self._state is state

    @property
    def token(self) -> str:
        """The token of the session that is open or locked; empty where there is none."""
        return self._token

    @property
    def turn(self) -> int:
        """A number that grows with every change of state, so that slow work sees that it came too late."""
        return self._turn

    def on_changed(self, listener: Callable[[State], None]) -> None:
        """Call `listener` with each new state, on the thread that changed it."""
        self._listeners.append(listener)

    def move(self, to: State, *, if_turn: int | None = None) -> bool:
        """Go to a state; False, and nothing done, where the state changed since `if_turn`."""
        with self._guard:
            if if_turn is not None and if_turn != self._turn:
                return False
            if to == self._state:
                return True
            if to not in _MAY[self._state]:
                raise WrongState(f"{self._state} does not lead to {to}")
            self._enter(to)
        self._tell(to)
        return True

    def open_as(self, token: str, *, if_turn: int | None = None) -> bool:
        """Open for the session of this token; the calls of any other are refused from now on."""
        with self._guard:
            if if_turn is not None and if_turn != self._turn:
                return False
            if State.OPEN not in _MAY[self._state]:
                raise WrongState(f"{self._state} does not open")
            self._token = token
            self._enter(State.OPEN)
        self._tell(State.OPEN)
        return True

    def check(self, token: str) -> None:
        """Raise LockedError unless this session is open; a refusal is counted (SECURITY A5)."""
        with self._guard:
            if self._state is State.OPEN and secrets.compare_digest(token, self._token):
                return
            self._refused += 1
        raise LockedError(_SAID[self._state] if token == self._token else _SAID[State.SIGNED_OUT])

    @contextmanager
    def working(self, token: str) -> Iterator[None]:
        """Count a call through the door while it runs: a seal waits for it (SECURITY L10)."""
        with self._guard:
            if self._state is State.OPEN and secrets.compare_digest(token, self._token):
                self._running += 1
                counted = True
            else:
                counted = False
        if not counted:
            self.check(token)
            raise LockedError(_SAID[State.LOCKED])
        try:
            yield
        finally:
            with self._guard:
                self._running -= 1
                self._guard.notify_all()

    @contextmanager
    def job(self, cancel: Callable[[], None]) -> Iterator[None]:
        """Hold a seal off while a job runs; none starts unless the session is open."""
        with self._guard:
            if self._state is not State.OPEN:
                self._refused += 1
                raise LockedError(_SAID[self._state])
            number = next(self._job_numbers)
            self._jobs[number] = cancel
        try:
            yield
        finally:
            with self._guard:
                del self._jobs[number]
                self._guard.notify_all()

    @property
    def busy(self) -> bool:
        return bool(self._jobs) or self._running > 0

    def cancel_jobs(self) -> None:
        """Ask every job to stop."""
        with self._guard:
            cancels = list(self._jobs.values())
        for cancel in cancels:
            cancel()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for jobs and calls to end; tell whether they have."""
        with self._guard:
            return self._guard.wait_for(lambda: not self._jobs and self._running == 0, seconds)

    def take_refused(self) -> int:
        """Return how many calls were refused since the last time, and forget them."""
        with self._guard:
            refused, self._refused = self._refused, 0
        return refused

    def give_back_refused(self, refused: int) -> None:
        """Count them again: the sign-in that was to write them down failed."""
        with self._guard:
            self._refused += refused

    def touch(self, monotonic: float) -> None:
        """Note real input (SECURITY L2); which events are real is the window's business."""
        self._input = max(self._input, monotonic)

    def ask_seal(self) -> None:
        """Remember that a seal waits for running jobs."""
        with self._guard:
            if self._seal_asked_at is None:
                self._seal_asked_at = self._clock.monotonic()

    def due(self) -> "Due":
        """Judge idle time, clock jumps and waiting seals; called about once a second."""
        mono, wall = self._clock.monotonic(), self._clock.now().timestamp()
        with self._guard:
            last, self._last_tick = self._last_tick, (mono, wall)
            match self._state:
                case State.OPEN:
                    left = self.lock_minutes * 60 - (mono - self._input)
                    jumped = last is not None and _jumped(mono - last[0], wall - last[1])
                    # Locked since it was last seen awake: who slept for longer than that wakes to a seal.
                    self._away_since = last if jumped else None
                    if left <= 0:
                        return Due("idle")
                    if jumped:
                        return Due("clock")
                    return Due(None, int(-(-left // 1)))
                case State.LOCKED:
                    asked = self._seal_asked_at
                    # A sleeping computer's monotonic clock may stand still: the longer of the two counts.
                    since = max(mono - self._locked_at[0], wall - self._locked_at[1])
                    if asked is None and since < SEAL_AFTER_SECONDS:
                        return Due(None)
                    waited = mono - (asked if asked is not None else self._locked_at[0] + SEAL_AFTER_SECONDS)
                    return Due("seal", patience_over=waited >= JOB_PATIENCE_SECONDS)
                case _:
                    return Due(None)

    def is_live(self, token: str) -> bool:
        """Tell whether this session is open or locked: what it began before a lock may end (SECURITY L10)."""
        with self._guard:
            return self._state in LIVE and secrets.compare_digest(token, self._token)

    def _tell(self, state: State) -> None:
        """Tell every listener; one that fails is reported like any uncaught error and holds nothing off."""
        for listener in list(self._listeners):
            try:
                listener(state)
            except Exception as error:
                sys.excepthook(type(error), error, error.__traceback__)

    def _enter(self, to: State) -> None:
        self._state = to
        self._turn += 1
        self._input = self._clock.monotonic()
        self._seal_asked_at = None
        if to is State.LOCKED:
            self._locked_at = self._away_since or (self._clock.monotonic(), self._clock.now().timestamp())
        elif to is not State.OPEN:
            self._token = ""
        self._away_since = None
        self._guard.notify_all()


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now: `idle` or `clock` (lock), `seal`, or nothing."""

    act: str | None
    locks_in_seconds: int | None = None
    patience_over: bool = False


_SAID: Final = {
    State.NO_PRACTICE: "There is no practice here yet.",
    State.NOT_ENROLLED: "This computer is not enrolled in the practice.",
    State.SIGNED_OUT: "Nobody is signed in.",
    State.OPEN: "Nobody is signed in.",
    State.LOCKED: "The screen is locked.",
    State.SEALED: "The practice is sealed. Sign in with your name, password and code.",
}


def new_token() -> str:
    return secrets.token_hex(16)


def _jumped(by_monotonic: float, by_wall: float) -> bool:
    """A tick that comes a minute late, or a wall clock that went its own way: a suspend, a stopped process (L4)."""
    return by_monotonic > JUMP_SECONDS or abs(by_wall - by_monotonic) > JUMP_SECONDS
