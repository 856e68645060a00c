"""What is to be done when somebody joins or leaves, and stays open until somebody did it (SECURITY K14, H5)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class TaskList(StrEnum):
    JOINING = "joining"
    LEAVING = "leaving"


class Held(StrEnum):
    """What the person who leaves may have in their hands."""

    COMPUTER = "computer"
    TARGET = "target"
    KIT = "kit"
    PAPER = "paper"
    OUTSIDE = "outside"


class Task(StrEnum):
    TRAINED = "trained"
    POLICY = "policy"
    CONFIDENTIALITY = "confidentiality"
    NEW_KEYS = "new_keys"
    COLLECT_COMPUTER = "collect_computer"
    CHANGE_TARGET = "change_target"
    COLLECT_KIT = "collect_kit"
    NEW_KIT = "new_kit"
    COLLECT_PAPER = "collect_paper"
    TELL_OUTSIDE = "tell_outside"
    HAND_OVER = "hand_over"


WORDS: Final[dict[Task, str]] = {
    Task.TRAINED: "Trained in privacy and security",
    Task.POLICY: "Read and acknowledged the policies",
    Task.CONFIDENTIALITY: "Signed the confidentiality agreement",
    Task.NEW_KEYS: "Make new keys: a new data key and a new table of computers",
    Task.COLLECT_COMPUTER: "Collect the computer, or wipe the practice from it",
    Task.CHANGE_TARGET: "Change the password of the place where backups go",
    Task.COLLECT_KIT: "Get every copy of the recovery kit back",
    Task.NEW_KIT: "Make a new recovery kit, and destroy the old one",
    Task.COLLECT_PAPER: "Collect keys, badge and papers with patients on them",
    Task.TELL_OUTSIDE: "Tell the clearinghouse and payers; end the log-ins there",
    Task.HAND_OVER: "Hand the open work to somebody else",
}

HELD_WORDS: Final[dict[Held, str]] = {
    Held.COMPUTER: "A computer with the practice on it, or a copy of its files",
    Held.TARGET: "The password of a place where backups go",
    Held.KIT: "The recovery kit, or a copy of it",
    Held.PAPER: "Keys, a badge, or papers with patients on them",
    Held.OUTSIDE: "A log-in at the clearinghouse or at a payer",
}

JOINING: Final = (Task.TRAINED, Task.POLICY, Task.CONFIDENTIALITY)
_BY_HELD: Final[dict[Held, tuple[Task, ...]]] = {
    Held.COMPUTER: (Task.COLLECT_COMPUTER,),
    Held.TARGET: (Task.CHANGE_TARGET,),
    Held.KIT: (Task.COLLECT_KIT, Task.NEW_KIT),
    Held.PAPER: (Task.COLLECT_PAPER,),
    Held.OUTSIDE: (Task.TELL_OUTSIDE,),
}


def tasks_on_leaving(held: Iterable[Held]) -> tuple[Task, ...]:
    """Return what a leaver leaves to do; new keys always, for nobody knows what copies there are (SECURITY K14)."""
    held = frozenset(held)
    more = [task for each in Held if each in held for task in _BY_HELD[each]]
    return (Task.NEW_KEYS, *more, Task.HAND_OVER)


def words_of(kind: str) -> str:
    """Return the words of a task; of one that a newer program wrote, its own."""
    return WORDS[Task(kind)] if kind in set(Task) else kind.replace("_", " ").capitalize()
