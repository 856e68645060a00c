"""The clock that makes history on the days on which it happened."""

from datetime import date

from medbill_desktop.training.walking_clock import WalkingClock, working_days


def test_it_stands_on_the_day_walked_to_and_never_goes_back(clock):
    walking = WalkingClock(clock, date(2026, 8, 3))
    moments = [walking.now()]
    for day in (date(2026, 8, 4), date(2026, 8, 3), date(2026, 9, 1)):
        walking.walk_to(day)
        moments += [walking.now(), walking.now()]
    assert moments == sorted(set(moments))
    assert walking.today() == date(2026, 9, 1)


def test_a_day_ends_before_the_next_one_begins(clock):
    walking = WalkingClock(clock, date(2026, 8, 3))
    late = [walking.now() for _ in range(40_000)][-1]
    walking.walk_to(date(2026, 8, 4))
    assert late < walking.now()


def test_it_never_shows_a_time_that_has_not_come(clock):
    walking = WalkingClock(clock, clock.today())
    assert max(walking.now() for _ in range(30_000)) <= clock.now()


def test_home_it_is_the_clock_of_this_computer(clock):
    walking = WalkingClock(clock, date(2026, 8, 3))
    walking.come_home()
    assert (walking.now(), walking.today()) == (clock.now(), clock.today())


def test_working_days_are_week_days_before_today():
    days = working_days(date(2026, 11, 23), 6)
    assert days[-1] == date(2026, 11, 20)
    assert days[0] == date(2026, 11, 13)
    assert all(day.weekday() < 5 for day in days)
