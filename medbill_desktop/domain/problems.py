"""What is wrong with a file or a form, and what the program refuses to do (DESIGN 4, STYLE habit 6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a person can put right: where it stands, in plain words, and the fix."""

    code: str
    field: str  # the form field or the column
    text: str
    fix: str = ""
    segment: str = ""  # the row of a CSV, the segment of an X12 file
    warns: bool = False  # a warning may be accepted by a person, a stop may not

    def sentence(self) -> str:
        return f"{self.text} {self.fix}".strip()


class Refused(Exception):
    """The program will not do this, and says why in plain words; nothing was changed.

    The message is shown as it is, so it never holds more than the person on that screen may see.
    """


class Invalid(Refused):
    """A form or file has problems, all of them collected."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(p.sentence() for p in problems) or "Something is missing.")
        self.problems = tuple(problems)


class NotAllowed(Refused):
    """The person lacks the right that this needs."""


class OverLimit(NotAllowed):
    """The right is there but not for so much; the message names who may.

    `may_ask`: a second person could approve it, so that a screen offers to ask for `asked`, a use case by name and its
    command, which the door fills in.
    """

    def __init__(self, words: str, *, may_ask: bool = True) -> None:
        super().__init__(words)
        self.may_ask = may_ask
        self.asked: tuple[str, object] | None = None


class LockedError(Refused):
    """The screen is locked, or nobody is signed in."""


class Busy(Refused):
    """Another change holds the database; nothing was done, it can be tried again."""


class DiskFull(Refused):
    """No room to write; the change was refused whole."""


class ReadOnly(Refused):
    """The practice is open for reading only."""


class Damaged(Refused):
    """The database cannot be trusted; a restore is offered, never a repair (SECURITY D9)."""


class SameIdOtherCommand(Exception):
    """An id was used for two different commands: a fault of the caller (DESIGN 5)."""


@dataclass(slots=True)
class Findings:
    """Collects problems, so that all of them are shown together."""

    problems: list[Problem] = field(default_factory=list)

    def stop(self, code: str, where: str, text: str, fix: str = "") -> None:
        self.problems.append(Problem(code, where, text, fix))

    def warn(self, code: str, where: str, text: str, fix: str = "") -> None:
        self.problems.append(Problem(code, where, text, fix, warns=True))

    def stops(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if not p.warns)

    def raise_stops(self) -> None:
        """Raise Invalid with every stop, if there is one."""
        if stops := self.stops():
            raise Invalid(stops)
