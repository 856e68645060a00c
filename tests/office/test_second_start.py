"""The program started twice: the first window comes forward; a dead one is succeeded, a stopped one never (D6, F9)."""

import signal

import pytest

from medbill_desktop.domain.problems import Refused
from tests.office.x_window import Program, Screen, founded, need_a_screen, signed_in, until

pytestmark = [pytest.mark.peer, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    need_a_screen()
    base = tmp_path_factory.mktemp("second-start")
    with founded(base / "home", base / "practice", patients=5):
        pass
    return base


@pytest.fixture(scope="module")
def screen(made):
    with Screen(made / "screen") as shown:
        yield shown


@pytest.fixture
def first(made, screen):
    program = Program(screen, made / "home", made / "practice", "--training").start()
    program.until_title("MedBill")
    yield program
    program.end()


def test_a_second_start_raises_the_first_window_and_ends(first, screen):
    screen.minimize()
    until(lambda: screen.title() != "MedBill", "the window to be away")
    second = first.launched()
    assert second.wait(30) == 0
    first.until_title("MedBill")
    assert first.process.poll() is None


def test_after_a_kill_the_next_start_opens_the_practice(first, screen, made):
    first.press("Return", settle=False)
    first.until_title("Today - MedBill")
    first.tell(signal.SIGKILL)
    first.process.wait(10)
    again = Program(screen, made / "home", made / "practice", "--training").start()
    try:
        again.until_title("MedBill")
        again.press("Return", settle=False)
        again.until_title("Today - MedBill")
        again.press("alt+F4", settle=False)
        assert again.process.wait(30) == 0
    finally:
        again.end()


def test_a_stopped_program_is_not_taken_over_and_keeps_its_practice(first, screen, made):
    first.press("Return", settle=False)
    first.until_title("Today - MedBill")
    first.tell(signal.SIGSTOP)
    second = Program(screen, made / "home", made / "practice", "--training").start()
    try:
        second.until_title("MedBill")
        before = screen.pixels()
        second.press("Return")
        assert screen.title() == "MedBill", "it signed in to a practice that another process holds"
        assert screen.pixels() != before, "it did not say why"
        screen.photograph("stopped")
    finally:
        second.end()
    with pytest.raises(Refused, match="already open"), signed_in(made / "home", made / "practice"):
        pass
    first.tell(signal.SIGCONT)
    first.until_title("Today - MedBill")
    assert first.launched().wait(30) == 0, "its socket was taken from it"
