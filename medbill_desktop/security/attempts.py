"""Back-off before unlock: how long a person at the keyboard waits after wrong sign-ins (SECURITY K27, K28).

Danger: this file can be deleted or put back by anyone with the folder. Its mirror in the credential store, and the
rule that a missing, invalid or older file costs fifteen minutes, are what make that useless. It never stops an
attack on a copied folder; Argon2id and the device secret do that.
"""

import errno
import hmac
import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.problems import Refused

FREE: Final = 3
FREE_ON_DEVICE: Final = 10
LONGEST: Final = 900
LOST: Final = 900  # what a missing, invalid or older file costs
DISABLED_AT: Final = 100
_MOST_NAMES: Final = 300
_MIRRORED_NAMES: Final = 8
_LARGEST_FILE: Final = 1 << 20
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Count:
    """Failures in a row and when the last one was, in seconds since 1970."""

    failures: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """What one device remembers; users stand under a tag that does not give their names away."""

    number: int  # grows with every write: a lower one than the mirror's is an older file
    highest: int  # the highest time ever seen
    until: int  # nobody before this, after a file was lost
    device: Count
    users: Mapping[str, Count]
    unreported: int  # failed attempts that no audit row names yet


def fresh(now: int) -> Section:
    """Return the section of a device that was just enrolled."""
    return Section(1, now, 0, Count(), {}, 0)


def tag(key: bytes, folded_name: str) -> str:
    """Return what stands for a user; the name itself never does."""
    return hmac.digest(key, b"user\0" + folded_name.encode(), sha256).hex()[:16]


def failed(section: Section, who: str, now: int) -> Section:
    """Count a wrong name, password or code at `now`."""
    seen = max(now, section.highest)
    users = dict(section.users)
    users[who] = Count(users.get(who, Count()).failures + 1, seen)
    while len(users) > _MOST_NAMES:
        del users[min((u for u in users if u != who), key=lambda u: (users[u].failures, users[u].last))]
    device = Count(section.device.failures + 1, seen)
    return Section(section.number + 1, seen, section.until, device, users, section.unreported + 1)


def succeeded(section: Section, who: str, now: int) -> Section:
    """Forget the failures of a person who got in; those of others stay, so nobody clears them for a colleague."""
    gone = section.users.get(who, Count()).failures
    users = {each: count for each, count in section.users.items() if each != who}
    device = replace(section.device, failures=max(section.device.failures - gone, 0) if users else 0)
    seen = max(now, section.highest)
    return Section(section.number + 1, seen, section.until, device, users, 0)


def cleared(section: Section, who: str) -> Section:
    """Open a disabled slot again, as an administrator or the kit may."""
    users = {each: count for each, count in section.users.items() if each != who}
    return replace(section, number=section.number + 1, users=users)


def wait_until(section: Section, who: str) -> int:
    """Return the second from which this person may try again."""
    user, device = section.users.get(who, Count()), section.device
    return max(
        section.until,
        user.last + _delay(user.failures, FREE),
        device.last + _delay(device.failures, FREE_ON_DEVICE),
    )


def is_disabled(section: Section, who: str) -> bool:
    """A hundred failures in a row: only an administrator or the kit opens this slot again."""
    return section.users.get(who, Count()).failures >= DISABLED_AT


def mirror_of(section: Section) -> dict[str, Any]:
    """Return the small copy that the credential store keeps: the counts that matter most (under 400 characters)."""
    worst = sorted(section.users.items(), key=lambda each: (-each[1].failures, -each[1].last))[:_MIRRORED_NAMES]
    return {
        "n": section.number, "h": section.highest, "p": section.until,
        "d": [section.device.failures, section.device.last],
        "u": {who: [count.failures, count.last] for who, count in worst},
        "r": section.unreported,
    }  # fmt: skip


def joined(section: Section | None, mirror: Mapping[str, Any] | None, now: int) -> Section:
    """Return what holds at start: of each number the higher; a missing or older copy costs fifteen minutes.

    A mirror one write behind is what a crash between the two writes leaves, and is no offence.
    """
    copy = _section_of_mirror(mirror)
    known = [each for each in (section, copy) if each is not None]
    whole = section is not None and copy is not None and section.number >= copy.number
    seen = max([now, *(each.highest for each in known)])
    users: dict[str, Count] = {}
    for each in known:
        for who, count in each.users.items():
            users[who] = _higher(users.get(who, Count()), count)
    device = Count()
    for each in known:
        device = _higher(device, each.device)
    return Section(
        number=max([0, *(each.number for each in known)]) + (0 if whole else 1),
        highest=seen,
        until=max([0 if whole else seen + LOST, *(min(each.until, seen + LOST) for each in known)]),
        device=device,
        users=users,
        # The newer copy's, or deleting the file would keep wrong attempts out of the audit log.
        unreported=max(known, key=lambda each: each.number).unreported if known else 0,
    )


def _delay(failures: int, free: int) -> int:
    """Nothing for the free ones, then 1, 2, 4 ... 900 seconds."""
    over = failures - free
    return 0 if over <= 0 else min(LONGEST, 1 << min(over - 1, 10))


def _higher(one: Count, other: Count) -> Count:
    return Count(max(one.failures, other.failures), max(one.last, other.last))


def _section_of_mirror(mirror: Mapping[str, Any] | None) -> Section | None:
    try:
        if mirror is None:
            return None
        users = {str(who): Count(_whole(c[0]), _whole(c[1])) for who, c in mirror["u"].items()}
        device = Count(_whole(mirror["d"][0]), _whole(mirror["d"][1]))
        seen, until, unreported = _whole(mirror["h"]), _whole(mirror["p"]), _whole(mirror.get("r", 0))
        return Section(_whole(mirror["n"]), seen, until, device, users, unreported)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None


def _whole(value: Any) -> int:
    # A time that a float can't count up from would end every wait at once.
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise ValueError("not a count")
    return value


def sealed(section: Section, key: bytes, vault_id: str, device_id: str) -> dict[str, Any]:
    """Return the section as it stands in the file, under a MAC that names vault and device."""
    plain = {**mirror_of(section), "u": {w: [c.failures, c.last] for w, c in section.users.items()}}
    return {"s": plain, "m": _mac(plain, key, vault_id, device_id)}


def opened(stored: Any, key: bytes, vault_id: str, device_id: str) -> Section | None:
    """Return the section, or None where it is not what this device wrote."""
    try:
        plain, mac = stored["s"], stored["m"]
        if not hmac.compare_digest(_mac(plain, key, vault_id, device_id), mac):
            return None
        return _section_of_mirror(plain)
    except (KeyError, TypeError, ValueError):
        return None


def _mac(plain: Any, key: bytes, vault_id: str, device_id: str) -> str:
    text = json.dumps([vault_id, device_id, plain], sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hmac.digest(key, b"attempts\0" + text.encode("ascii"), sha256).hex()


class Attempts:
    """`attempts.json` of a practice as one device uses it, with the mirror kept in the credential store.

    Within a run time is the monotonic clock's: a clock set forward skips no wait. The caller holds `vault.lock`.
    """

    def __init__(
        self, path: Path, vault_id: str, device_id: str, key: bytes, clock: Clock,
        keep_mirror: Callable[[dict[str, Any]], None],
    ) -> None:  # fmt: skip
        self._path, self._vault_id, self._device_id, self._key = path, vault_id, device_id, key
        self._clock, self._keep_mirror = clock, keep_mirror
        self._started = clock.monotonic()
        self._section = fresh(floor(clock.now().timestamp()))
        self._base = float(self._section.highest)

    def enrol(self) -> None:
        """Write the first section of a device that was just enrolled."""
        self._keep(fresh(floor(self._clock.now().timestamp())))

    def load(self, mirror: Mapping[str, Any] | None) -> None:
        """Read file and mirror; what was lost is counted against the reader, and written down at once."""
        now = floor(self._clock.now().timestamp())
        stored = opened(self._sections().get(self._device_id), self._key, self._vault_id, self._device_id)
        section = joined(stored, mirror, now)
        self._base, self._started = float(section.highest), self._clock.monotonic()
        if section != stored:
            self._keep(section)
        self._section = section

    def wait_seconds(self, folded_name: str) -> int:
        """Return how long until this name may be tried, 0 when it may now."""
        return max(0, ceil(wait_until(self._section, self._tag(folded_name)) - self.time()))

    def own_wait_seconds(self, folded_name: str) -> int:
        """Return how long this name waits for its own failures, whatever everybody waits for."""
        user = self._section.users.get(self._tag(folded_name), Count())
        return max(0, ceil(user.last + _delay(user.failures, FREE) - self.time()))

    def is_disabled(self, folded_name: str) -> bool:
        return is_disabled(self._section, self._tag(folded_name))

    def failed(self, folded_name: str) -> None:
        """Count a failure; written to file and mirror before the person learns of it."""
        self._keep(failed(self._section, self._tag(folded_name), floor(self.time())))

    def succeeded(self, folded_name: str) -> None:
        """Forget this person's failures; call it when the audit row with `unreported` is committed."""
        self._keep(succeeded(self._section, self._tag(folded_name), floor(self.time())))

    def clear(self, folded_name: str) -> None:
        """Open a disabled slot again."""
        self._keep(cleared(self._section, self._tag(folded_name)))

    @property
    def unreported(self) -> int:
        """Failed attempts on this device since the last good sign-in, for its audit row."""
        return self._section.unreported

    @property
    def mirror(self) -> dict[str, Any]:
        return mirror_of(self._section)

    def _tag(self, folded_name: str) -> str:
        return tag(self._key, folded_name)

    def go_on_from(self, second: float) -> None:
        """Take over how far the time of this run has come: after a clock was set back it alone ends a wait (K28)."""
        self._base, self._started = max(self.time(), second), self._clock.monotonic()

    def time(self) -> float:
        """Return the second that waits are counted to; it never goes back."""
        return self._base + max(0.0, self._clock.monotonic() - self._started)

    def stored(self) -> Any:
        """Return this device's section as it stands in the file; None where there is none."""
        return self._sections().get(self._device_id)

    def _sections(self) -> dict[str, Any]:
        """Return every device's section as it stands; {} for a file that is missing or is none."""
        try:
            with self._path.open("rb") as file:
                whole = json.loads(file.read(_LARGEST_FILE))
            sections = whole["sections"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return {}
        return sections if isinstance(sections, dict) else {}

    def _keep(self, section: Section) -> None:
        """Write the file, then the mirror; what a full disk takes no more counts until the program ends."""
        before, self._section = self._section, section
        try:
            self._write(section)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            # The number stays the file's: a mirror that ran ahead of it would look like an older file put back.
            self._section = replace(section, number=before.number)
            with suppress(Refused):
                self._keep_mirror(mirror_of(self._section))
            return
        self._keep_mirror(mirror_of(section))

    def _write(self, section: Section) -> None:
        """Write the file; the sections of other devices stay as they are."""
        sections = self._sections()
        sections[self._device_id] = sealed(section, self._key, self._vault_id, self._device_id)
        text = json.dumps({"sections": sections, "v": 1}, sort_keys=True, separators=(",", ":"))
        part = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        if os.name == "posix":
            # Else a power cut brings the older file back, which costs fifteen minutes as if somebody had put it there.
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
