from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.retention import Held, clock_jumped, to_delete

START = datetime(2026, 1, 1, 17, 0, tzinfo=UTC)


def held(at, verified=True, name=None):
    return Held(name or at.isoformat(), at, at + timedelta(minutes=1) if verified else None)


def kept_after(days, step=timedelta(days=1)):
    """Back up at every step, prune each time, and return what lies there at the end."""
    there, now = [], START
    for _ in range(days):
        there.append(held(now))
        gone = set(to_delete(there, now + timedelta(minutes=2)))
        there = [each for each in there if each.name not in gone]
        now += step
    return there


def test_ten_years_keep_days_weeks_months_and_years():
    there = kept_after(3653)
    last = START + timedelta(days=3652)
    days = [(last - each.made_at).days for each in there]
    assert days[-7:] == [6, 5, 4, 3, 2, 1, 0]
    assert len({each.made_at.isocalendar()[:2] for each in there if (last - each.made_at).days < 35}) >= 5
    months = {(each.made_at.year, each.made_at.month) for each in there}
    assert {(2035, month) for month in range(2, 13)} <= months
    assert {each.made_at.year for each in there} == set(range(2030, 2037))
    assert len(there) <= 7 + 5 + 12 + 7


def test_several_a_day_keep_the_last_of_each_day():
    there = kept_after(40, timedelta(hours=6))
    per_day = {}
    for each in there:
        per_day.setdefault(each.made_at.date(), []).append(each)
    assert all(len(found) == 1 for found in per_day.values())
    assert len(per_day) >= 7


def test_a_long_pause_costs_nothing():
    there = [held(START + timedelta(days=n)) for n in range(7)]
    assert to_delete(there, START + timedelta(days=900)) == ()


def test_nothing_goes_while_the_newest_is_unverified():
    there = [held(START + timedelta(hours=n)) for n in range(30)]
    now = START + timedelta(hours=40)
    assert to_delete(there, now)
    assert to_delete([*there, held(START + timedelta(hours=31), verified=False)], now) == ()


def test_an_unverified_one_is_never_counted_nor_deleted():
    there = [held(START + timedelta(hours=n), verified=n % 2 == 1) for n in range(30)]
    gone = to_delete(there, START + timedelta(hours=40))
    names = {each.name for each in there if each.verified_at is None}
    assert gone
    assert not names & set(gone)


def test_nothing_goes_after_the_clock_jumped():
    there = [held(START + timedelta(hours=n)) for n in range(30)]
    assert clock_jumped(there, START)  # back: backups from the future
    assert to_delete(there, START) == ()
    ahead = [*there, held(START + timedelta(days=400))]
    assert clock_jumped(ahead, START + timedelta(days=401))
    assert to_delete(ahead, START + timedelta(days=401)) == ()
    assert not clock_jumped(there, START + timedelta(hours=40))


@given(st.lists(st.tuples(st.integers(0, 4000), st.booleans()), max_size=60), st.integers(0, 5000))
def test_the_newest_verified_and_the_unverified_always_stay(made, at):
    there = [held(START + timedelta(hours=3 * n), ok, f"{i}") for i, (n, ok) in enumerate(made)]
    now = START + timedelta(hours=3 * at)
    gone = set(to_delete(there, now))
    verified = sorted((each for each in there if each.verified_at), key=lambda each: each.verified_at)
    assert gone <= {each.name for each in verified}
    if verified:
        newest = verified[-1].verified_at
        assert any(each.verified_at == newest and each.name not in gone for each in verified)
        days = sorted({each.verified_at.date() for each in verified})[-7:]
        left = {each.verified_at.date() for each in verified if each.name not in gone}
        assert set(days) <= left
    # Pruning what is left again takes nothing more: it can't creep.
    assert to_delete([each for each in there if each.name not in gone], now) == ()
