"""How a use case is declared: `@usecase` for what changes, `@query` for what only reads (DESIGN 4, SECURITY A1).

Both make a value that cannot be called; only the Desk runs it. The registry is what the role tests read.

    @usecase("payment.take", needs=Permission.TAKE_PAYMENT, topics={"ledger"})
    def take_payment(work: Work, cmd: TakePayment) -> TakenPayment: ...

    @query("patient.open", needs=Permission.VIEW_ACCOUNT, audit="patient.open")
    def open_patient(read: Reading, query: OpenPatient) -> PatientCard: ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Concatenate, Generic, TypeVar, get_type_hints

from sqlalchemy import Connection

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.emergency import OPENS
from medbill_desktop.domain.ids import Id, IdMaker
from medbill_desktop.domain.users import Permission, Use, User
from medbill_desktop.storage import commands
from medbill_desktop.usecases.watch import Watch

C = TypeVar("C")
R = TypeVar("R")
Plan = Any

REGISTRY: dict[str, "Case"] = {}
UNAUDITED = ("draft.", "preference.")  # the only writing use cases without an audit row (SECURITY A15)


@dataclass(slots=True)
class Entry:
    """The audit row in the making; a body fills in whom it is about. Only ids, numbers and allow-listed words."""

    action: str | None
    subject_kind: str | None = None
    subject_id: int | None = None
    patient_id: int | None = None
    reason: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def about(self, kind: str, subject_id: int | None, patient_id: int | None = None, **detail: Any) -> None:
        """Say what the row is about."""
        self.subject_kind, self.subject_id = kind, subject_id
        self.patient_id = patient_id if patient_id is not None else self.patient_id
        self.detail.update(detail)


@dataclass(slots=True)
class Reading:
    """What a query may touch while it runs."""

    conn: Connection
    user: User
    clock: Clock
    watch: Watch
    entry: Entry
    session: Any

    @property
    def today(self) -> date:
        """The practice's business date."""
        return self.clock.today()


@dataclass(slots=True)
class Work(Reading):
    """What a writing use case may touch while it runs."""

    now: datetime
    ids: IdMaker
    digest: Callable[[str, object], bytes] = field(repr=False)  # what the door keeps of a command
    asked_by: Id | None = None  # who proposed what somebody else does now (SECURITY A2)
    touched: set[str] = field(default_factory=set)  # topics besides those that are declared
    entries: list[Entry] = field(default_factory=list)
    committed: list[Callable[[], None]] = field(default_factory=list)

    @property
    def workstation(self) -> int:
        return self.ids.workstation

    def new_id(self) -> Id:
        return self.ids.make(self.now)

    def number(self, kind: str) -> str:
        """Take the next number that people see, `<workstation>-<n>`, without gaps per workstation (DESIGN 5)."""
        return f"{self.workstation}-{commands.next_number(self.conn, self.workstation, kind)}"

    def once_committed(self, does: Callable[[], None]) -> None:
        """Do it after the commit; never where the command is rolled back, or was done before and comes again."""
        self.committed.append(does)

    def also(self, action: str, kind: str, subject_id: int, patient_id: int | None = None, **detail: Any) -> None:
        """Write one more audit row in the same transaction, for a command that touches several records."""
        more = Entry(action)
        more.about(kind, subject_id, patient_id, **detail)
        self.entries.append(more)


@dataclass(frozen=True, slots=True)
class Case:
    """What a screen may know of a use case: its name and the right it needs."""

    name: str
    needs: Permission
    audit: str | None


@dataclass(frozen=True, slots=True)
class UseCase(Case, Generic[C, R]):
    """A writing use case; `Desk.run` runs it."""

    body: Callable[..., R]
    topics: frozenset[str]
    returns: type
    limit: Callable[[Work, C], Iterable[Use]] | None = None
    prepare: Callable[[Reading, C], Plan] | None = None
    reads: frozenset[str] = frozenset()
    takes: type = object  # the type of its command
    by_proxy: bool = True


@dataclass(frozen=True, slots=True)
class Ask(Case, Generic[C, R]):
    """A query; `Desk.ask` answers it."""

    body: Callable[[Reading, C], R]
    emergency: bool = False


def usecase(
    name: str,
    *,
    needs: Permission,
    topics: Iterable[str] = (),
    limit: Callable[[Work, Any], Iterable[Use]] | None = None,
    prepare: Callable[[Reading, Any], Plan] | None = None,
    reads: Iterable[str] = (),
    by_proxy: bool = True,
) -> Callable[[Callable[Concatenate[Work, C, ...], R]], UseCase[C, R]]:
    """Make `body(work, command)`, or with `prepare` `body(work, command, plan)`, runnable by `Desk.run` alone.

    `prepare` reads a snapshot and does the slow work; where one of the topics in `reads` changed before the writer
    was reached, it is done again. The result is a frozen dataclass of ids, numbers and counts: it is stored, so that
    the same command answers the same when it comes twice. `by_proxy=False` where the command means whoever sends it:
    nobody else can do it in that person's place, so it is never proposed.
    """

    def wrap(body: Callable[Concatenate[Work, C, ...], R]) -> UseCase[C, R]:
        audit = None if name.startswith(UNAUDITED) else name
        hints = get_type_hints(body)
        returns = hints.pop("return", type(None))
        takes = next((kind for at, kind in enumerate(hints.values()) if at == 1), object)
        made: UseCase[C, R] = UseCase(
            name, needs, audit, body, frozenset(topics), returns, limit, prepare, frozenset(reads), takes, by_proxy
        )
        return _registered(made)

    return wrap


def query(
    name: str, *, needs: Permission, audit: str | None = None, emergency: bool = True
) -> Callable[[Callable[[Reading, C], R]], Ask[C, R]]:
    """Make `body(read, query)` answerable by `Desk.ask` alone; `audit` names the row where a record is opened.

    A read of records is open in an emergency as well; `emergency=False` where it leaves the program, as a print does.
    """

    def wrap(body: Callable[[Reading, C], R]) -> Ask[C, R]:
        return _registered(Ask(name, needs, audit, body, emergency and needs in OPENS))

    return wrap


K = TypeVar("K", bound=Case)


def _registered(case: K) -> K:
    if case.name in REGISTRY:
        raise ValueError(f"two use cases are named {case.name}")
    REGISTRY[case.name] = case
    return case
