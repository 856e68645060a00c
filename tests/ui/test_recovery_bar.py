"""The bar on top: an owner hears of a kit that an officer made, there and on Today, until it is acknowledged."""

import pytest

from medbill_desktop.domain.users import Role
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.pages.today import TodayPage
from medbill_desktop.ui.recovery_bar import RecoveryBar
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.kits import AskKitNews, RenewKit, kit_news, renew_kit
from tests.ui.page_window import PageWindow


@pytest.fixture
def jobs_of(qtbot):
    made = []

    def make(desk):
        made.append(Jobs(desk))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def told(desk, desk_as, clock):
    """Two kits that an officer made; the owner sits down after it."""
    officer = desk_as(Role.PRIVACY_OFFICER, number=3)
    for recipient in ("age1one", "age1two"):
        officer.run(renew_kit, RenewKit(officer.new_id(), recipient, "Bank", ()))
        clock.move(days=1)
    return desk


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=15_000)


def without_kits(monkeypatch):
    """The bare desks of tests hold no key file, which what is owed is read from."""
    monkeypatch.setattr(RecoveryBar, "_ask_owed", lambda self: self._show("", seen=False))


def test_an_owner_acknowledges_each_kit_that_an_officer_made(qtbot, told, jobs_of, monkeypatch):
    without_kits(monkeypatch)
    bar = RecoveryBar(told, jobs_of(told))
    qtbot.addWidget(bar)
    wait(qtbot, lambda: "2 kits wait for you" in bar.words)
    assert bar.words.startswith("Person 3 made a recovery kit on Nov 19, 2026")
    bar.seen.click()
    wait(qtbot, lambda: "Nov 18" in bar.words)
    bar.seen.click()
    wait(qtbot, lambda: not bar.isVisibleTo(bar.parentWidget()) and bar.words == "")
    assert told.ask(kit_news, AskKitNews()) == ()


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.MANAGER, Role.FRONT_DESK])
def test_who_is_no_owner_hears_of_no_kit(qtbot, told, desk_as, jobs_of, monkeypatch, role):
    without_kits(monkeypatch)
    desk = desk_as(role, number=5)
    bar = RecoveryBar(desk, jobs_of(desk))
    qtbot.addWidget(bar)
    qtbot.wait(200)
    assert bar.words == ""


def test_it_stands_on_today_of_an_owner_until_it_is_acknowledged(qtbot, told, desk_as):
    window = PageWindow(told)
    qtbot.addWidget(window)
    page = window.put(TodayPage)
    wait(qtbot, lambda: "kits" in page._queues)
    row = page._queues["kits"]
    assert (row.count, row.state.tone, row.oldest.day) == (2, Tone.STOP, 18)
    page._on_queue(row)
    assert window.gone == [("settings", "security")]
