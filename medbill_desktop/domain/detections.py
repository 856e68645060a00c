"""What in the audit log a privacy officer should look at: pure functions over rows and facts (SECURITY A16).

A finding is no verdict. It says what was seen, in which rows, and by which facts it stands out; a person judges.
"""

from collections.abc import Callable, Iterator
from typing import Final

from medbill_desktop.domain.audit_facts import Facts, Finding
from medbill_desktop.domain.detections_log import (
    after_failures,
    breaks,
    emergencies,
    emergency_rate,
    log_touched,
    new_device,
    new_sign_ins,
    refunded,
    written_off,
)
from medbill_desktop.domain.detections_people import gone, on_leave, relations, removed, watched
from medbill_desktop.domain.detections_volume import (
    bulk_export,
    idle_views,
    no_reason,
    off_hours,
    sequential,
    volume,
)

RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    off_hours, volume, sequential, relations, watched, gone, no_reason, idle_views, bulk_export, emergencies,
    emergency_rate, after_failures, removed, on_leave, written_off, refunded, new_device, new_sign_ins,
    log_touched, breaks,
)  # fmt: skip


def unusual(facts: Facts) -> tuple[Finding, ...]:
    """Return every finding, newest first."""
    found = [each for rule in RULES for each in rule(facts)]
    return tuple(sorted(found, key=lambda each: (-each.day.toordinal(), -each.seqs[0], each.rule)))
