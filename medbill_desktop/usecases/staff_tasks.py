"""What joining and leaving leave to do: shown until somebody did it, with who and when (SECURITY K14, H5)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, Problem, Refused
from medbill_desktop.domain.staff_tasks import Task, TaskList, words_of
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import staff_tasks, users
from medbill_desktop.storage.tables import audit
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class ListTasks:
    """The tasks of one person, done ones as well; of everybody only what is open."""

    user_id: Id | None = None


@dataclass(frozen=True, slots=True)
class TaskLine:
    id: Id
    user_id: Id
    name: str
    list: str
    kind: str
    words: str
    opened_at: datetime
    done_on: date | None
    done_by: str

    @property
    def done(self) -> bool:
        return self.done_on is not None


@dataclass(frozen=True, slots=True)
class AskOpenTasks:
    """How many tasks of joining and leaving are open, and since when?"""


@dataclass(frozen=True, slots=True)
class OpenTasks:
    count: int
    oldest: date | None
    leaving: int


@dataclass(frozen=True, slots=True)
class FinishTask:
    """A task is done; `done_on` is the day it was, which may be before today."""

    id: Id
    task_id: Id
    done_on: date


@dataclass(frozen=True, slots=True)
class SettleNewKeys:
    """The practice has new keys: close the tasks that waited for them."""

    id: Id


@query("staff.tasks", needs=Permission.MANAGE_USERS)
def list_tasks(read: Reading, asked: ListTasks) -> tuple[TaskLine, ...]:
    found = staff_tasks.tasks(read.conn, user_id=asked.user_id, only_open=asked.user_id is None)
    return tuple(
        TaskLine(
            each.id, each.user_id, each.name, each.list, each.kind, words_of(each.kind), each.opened_at,
            each.done_on, each.done_by,
        )
        for each in found
    )  # fmt: skip


@query("staff.waiting", needs=Permission.MANAGE_USERS)
def tasks_waiting(read: Reading, asked: AskOpenTasks) -> OpenTasks:
    found = staff_tasks.tasks(read.conn, only_open=True)
    oldest = min((each.opened_at.astimezone().date() for each in found), default=None)
    return OpenTasks(len(found), oldest, sum(each.list == TaskList.LEAVING for each in found))


@usecase("staff.done", needs=Permission.MANAGE_USERS, topics={"users"})
def finish_task(work: Work, cmd: FinishTask) -> None:
    task = next((each for each in staff_tasks.tasks(work.conn) if each.id == cmd.task_id), None)
    if task is None:
        raise Refused("This task is not there.")
    if task.done_at is not None:
        raise Refused(f"{task.done_by} did this already.")
    if task.user_id == work.user.id and not _is_only_manager(work):
        raise Refused("Nobody ticks off their own joining. Ask another owner or officer.")
    if cmd.done_on > work.today:
        raise Invalid([Problem("day", "done_on", f"The day is after today, {say_date(work.today)}.")])
    staff_tasks.finish(work.conn, task.id, cmd.done_on, work.user.id, work.now)
    work.entry.about("user", task.user_id, task=task.kind, done_on=cmd.done_on.isoformat())


@usecase("staff.new_keys", needs=Permission.MANAGE_USERS, topics={"users"})
def settle_new_keys(work: Work, cmd: SettleNewKeys) -> int:
    """Close them by the log: only what was opened before the newest keys came into force."""
    c = audit.c
    came = work.conn.execute(select(func.max(c.at)).where(c.action == "keys.open", c.outcome == "done")).scalar()
    made_at = datetime.fromisoformat(came) if isinstance(came, str) else came
    met = [
        each
        for each in staff_tasks.tasks(work.conn, only_open=True)
        if each.kind == Task.NEW_KEYS and made_at is not None and each.opened_at <= made_at
    ]
    for each in met:
        staff_tasks.finish(work.conn, each.id, work.today, work.user.id, work.now)
        work.also("staff.done", "user", each.user_id, task=each.kind, done_on=work.today.isoformat())
    work.entry.about("practice", 1, tasks=len(met))
    return len(met)


def _is_only_manager(work: Work) -> bool:
    """Whether nobody else manages users: in a practice of one, the owner ticks their own."""
    others = (each for each in users.all_users(work.conn) if each.active and each.id != work.user.id)
    return not any(Permission.MANAGE_USERS in each.as_user(work.user.book).permissions for each in others)
