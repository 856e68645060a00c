"""Which verified backups a target keeps: 7 daily, 5 weekly, 12 monthly, 7 yearly (SECURITY B10)."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

DAILY: Final = 7
WEEKLY: Final = 5
MONTHLY: Final = 12
YEARLY: Final = 7
LONGEST_PAUSE: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Held:
    """A backup that lies at a target; `verified_at` is None where it was never read back whole."""

    name: str
    made_at: datetime
    verified_at: datetime | None


_TIERS: Final[tuple[tuple[int, Callable[[datetime], Hashable]], ...]] = (
    (DAILY, lambda at: at.date()),
    (WEEKLY, lambda at: at.isocalendar()[:2]),
    (MONTHLY, lambda at: (at.year, at.month)),
    (YEARLY, lambda at: at.year),
)


def clock_jumped(held: Iterable[Held], now: datetime) -> bool:
    """Tell whether the clock can't be trusted to choose: a backup from the future, or a pause no office makes."""
    times = sorted(at for each in held for at in (each.made_at, each.verified_at) if at is not None)
    if times and times[-1] > now:
        return True
    verified = sorted({each.verified_at for each in held if each.verified_at is not None})
    return len(verified) > 1 and verified[-1] - verified[-2] > LONGEST_PAUSE


def to_delete(held: Iterable[Held], now: datetime) -> tuple[str, ...]:
    """Return the names of verified backups that no tier needs, oldest first.

    Each tier keeps the newest backup of each of its last periods *that have one*, so a long pause costs nothing.
    Nothing at all is deleted while the newest backup is unverified or after a jump of the clock.
    """
    everything = tuple(held)
    verified = sorted(
        ((each.verified_at, each.name) for each in everything if each.verified_at is not None), reverse=True
    )
    if not verified or clock_jumped(everything, now):
        return ()
    newest = max(everything, key=lambda each: (each.made_at, each.verified_at is not None))
    if newest.verified_at is None:
        return ()
    kept = {verified[0][1], newest.name}
    for count, period in _TIERS:
        seen: set[Hashable] = set()
        for at, name in verified:
            if period(at) in seen:
                continue
            if len(seen) == count:
                break
            seen.add(period(at))
            kept.add(name)
    return tuple(name for _, name in reversed(verified) if name not in kept)
