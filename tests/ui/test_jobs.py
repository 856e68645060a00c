"""Jobs: nothing is lost, nothing is shown that must not be, and 20,000 signals do not crash the interpreter."""

import threading
from dataclasses import dataclass
from itertools import count

import pytest
from PySide6.QtCore import QObject, QThread, Signal

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import LockedError, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.usecases import declare
from medbill_desktop.usecases.declare import query, usecase


@dataclass(frozen=True, slots=True)
class Step:
    id: Id
    gate: int = 0


@pytest.fixture
def jobs(qtbot, desk):
    made = Jobs(desk)
    yield made
    made.close()


@pytest.fixture
def cases():
    before, gate, seen = dict(declare.REGISTRY), threading.Event(), []

    @usecase("test.step", needs=Permission.WRITE_OFF, topics={"ledger"})
    def step(work, cmd: Step) -> int:
        for at in range(1, 11):
            work.watch.step(at, 10, "counting")
            if cmd.gate and at == 5:
                assert gate.wait(10)
        seen.append(cmd.id)
        return 3_000_000_000

    @query("test.look", needs=Permission.VIEW_ACCOUNT, audit="test.look")
    def look(read, asked: int) -> int:
        read.entry.about("patient", asked, asked)
        return asked

    yield step, look, gate, seen
    declare.REGISTRY.clear()
    declare.REGISTRY.update(before)


def test_a_result_over_32_bits_arrives_in_the_gui_thread(jobs, desk, cases, qtbot):
    threads = []
    job = jobs.start(cases[0], Step(desk.new_id()), "Counting")
    job.succeeded.connect(lambda result: threads.append((result, QThread.currentThread() is jobs.thread())))
    with qtbot.waitSignal(job.finished):
        pass
    assert threads == [(3_000_000_000, True)]


def test_a_change_tells_its_topics_once_in_the_gui_thread(jobs, desk, cases, qtbot):
    with qtbot.waitSignal(jobs.changed) as told:
        jobs.start(cases[0], Step(desk.new_id()))
    assert told.args == [frozenset({"ledger"})]


def test_an_audited_query_answers_on_a_reader(jobs, cases, qtbot):
    with qtbot.waitSignal(jobs.ask(cases[1], 7).succeeded) as told:
        pass
    assert told.args == [7]


class Shown(QObject):
    def __init__(self):
        super().__init__()
        self.answers = []

    def take(self, answer):
        self.answers.append(answer)


def test_of_what_is_asked_twice_the_later_answer_alone_is_shown(jobs, cases, qtbot):
    """Two readers work side by side, so that the earlier may be answered last, with what no longer holds."""
    shown, begun, gate, numbers = Shown(), threading.Event(), threading.Event(), count()

    @query("test.slow", needs=Permission.VIEW_ACCOUNT)
    def slow(read, asked: int) -> int:
        number = next(numbers)
        begun.set()
        assert number or gate.wait(10)
        return number

    jobs.ask_for(shown.take, slow, 7)
    assert begun.wait(10)
    jobs.ask_for(shown.take, slow, 7)
    qtbot.waitUntil(lambda: shown.answers == [1])
    jobs.ask_for(shown.take, slow, 8)
    qtbot.waitUntil(lambda: shown.answers == [1, 2])
    gate.set()
    qtbot.waitUntil(lambda: not jobs.under_way)
    assert shown.answers == [1, 2]


def test_what_asks_for_something_else_keeps_its_answer(jobs, cases, qtbot):
    one, other = Shown(), Shown()
    for each, asked in ((one, 7), (one, 8), (other, 7)):
        jobs.ask_for(each.take, cases[1], asked)
    qtbot.waitUntil(lambda: not jobs.under_way)
    assert (sorted(one.answers), other.answers) == ([7, 8], [7])


def test_cancel_rolls_back_and_says_cancelled(jobs, desk, cases, qtbot):
    job = jobs.start(cases[0], Step(desk.new_id(), 1), "Counting")
    with qtbot.waitSignal(job.progressed):
        pass
    job.cancel()
    with qtbot.waitSignal(job.cancelled):
        cases[2].set()
    assert cases[3] == []


def test_a_refusal_arrives_as_words_and_a_fault_without_its_text(jobs, qtbot):
    def refuse():
        raise Refused("The month is closed.")

    def break_it():
        raise ValueError("Nora Whitfield")

    for function, words in ((refuse, "The month is closed."), (break_it, None)):
        with qtbot.waitSignal(jobs.call(function).failed) as told:
            pass
        said = explain(told.args[0])
        assert said == words or (words is None and "Nora" not in said)


def test_what_comes_while_locked_waits_for_the_same_person(jobs, desk, cases, qtbot):
    got = []
    jobs.changed.connect(got.append)
    jobs.hold()
    job = jobs.start(cases[0], Step(desk.new_id()))
    job.succeeded.connect(got.append)
    qtbot.waitUntil(lambda: cases[3] != [] and not jobs.is_busy)
    assert got == []
    jobs.release()
    assert got == [3_000_000_000, frozenset({"ledger"})]


def test_unlocking_itself_comes_through_the_lock(jobs, qtbot):
    jobs.hold()
    with qtbot.waitSignal(jobs.call(lambda: "open", while_locked=True).succeeded):
        pass


def test_what_comes_for_the_one_before_is_dropped(jobs, desk_as, cases, qtbot):
    from medbill_desktop.domain.users import Role

    got = []
    job = jobs.ask(cases[1], 7)
    job.succeeded.connect(got.append)
    jobs.hold()
    jobs.seat(desk_as(Role.BILLER))
    with qtbot.waitSignal(jobs.ask(cases[1], 8).succeeded):
        pass
    assert got == []


def test_before_sign_in_there_is_no_desk_to_ask(qtbot, cases):
    jobs = Jobs()
    with pytest.raises(LockedError):
        jobs.ask(cases[1], 7)
    jobs.close()


def test_busy_is_said_while_something_is_written(jobs, desk, cases, qtbot):
    said = []
    jobs.busy_changed.connect(said.append)
    with qtbot.waitSignal(jobs.start(cases[0], Step(desk.new_id())).finished):
        assert jobs.is_busy
    assert said == [True, False]


def test_twenty_thousand_signals_do_not_abort_the_interpreter(qtbot):
    class Talker(QObject):
        said = Signal(object, bool)

    talker, count = Talker(), []
    talker.said.connect(lambda number, flag: count.append(flag))
    for number in range(20_000):
        talker.said.emit(number, True)
    assert len(count) == 20_000
    assert all(count)


def test_twenty_thousand_steps_of_a_job_arrive_without_a_crash(jobs, qtbot):
    def count(watch):
        for at in range(20_000):
            watch.step(at, 20_000, "")
        watch.step(20_000, 20_000, "done")
        return 20_000

    job = jobs.work(count, "Counting")
    last = []
    job.progressed.connect(lambda done, total, text: last.append(done))
    with qtbot.waitSignal(job.succeeded, timeout=20_000):
        pass
    assert last[-1] == 20_000
