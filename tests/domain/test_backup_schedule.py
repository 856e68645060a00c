from datetime import UTC, datetime, timedelta

import pytest

from medbill_desktop.domain.backup_schedule import Light, Occasion, chip, is_due, say_age

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def ago(**by):
    return NOW - timedelta(**by)


@pytest.mark.parametrize(
    ("occasion", "newest", "changed", "due"),
    [
        (Occasion.QUIET, None, False, True),
        (Occasion.QUIET, ago(hours=17, minutes=59), True, False),
        (Occasion.QUIET, ago(hours=18), False, True),
        (Occasion.LOCK, ago(hours=3), True, False),
        (Occasion.LOCK, ago(days=2), False, True),
        (Occasion.SIGN_OUT, ago(hours=3), True, True),
        (Occasion.SIGN_OUT, ago(hours=3), False, False),
        (Occasion.SIGN_OUT, ago(minutes=14), True, False),
        (Occasion.LOCK, NOW + timedelta(hours=1), False, True),  # the clock went back
    ],
)
def test_a_backup_is_due_once_a_day_and_after_work_at_sign_out(occasion, newest, changed, due):
    assert is_due(occasion, newest, NOW, changed) is due


@pytest.mark.parametrize(
    ("elsewhere", "newest", "failed", "light", "text"),
    [
        (None, None, False, Light.RED, "No verified backup"),
        (None, ago(hours=1), False, Light.RED, "No backup on another disk"),
        (ago(hours=2), ago(hours=2), False, Light.GREEN, "Verified 2 h ago"),
        (ago(seconds=59), ago(seconds=59), False, Light.GREEN, "Verified just now"),
        (ago(seconds=60), ago(seconds=60), False, Light.GREEN, "Verified 1 min ago"),
        (ago(hours=36), ago(hours=1), False, Light.GREEN, "Verified 36 h ago"),
        (ago(hours=36, seconds=1), ago(hours=1), False, Light.RED, "Verified 36 h ago"),
        (ago(hours=2), ago(hours=2), True, Light.RED, "The last backup failed"),
        (NOW + timedelta(hours=1), NOW, False, Light.AMBER, "Backup is from the future"),
    ],
)
def test_the_chip_says_how_old_the_newest_elsewhere_is(elsewhere, newest, failed, light, text):
    made = chip(elsewhere, newest, NOW, failed)
    assert (made.light, made.text) == (light, text)
    assert (made.fix == "") is (light is Light.GREEN)


@pytest.mark.parametrize(
    ("age", "said"),
    [(timedelta(seconds=59), "0 min"), (timedelta(minutes=59), "59 min"), (timedelta(hours=1), "1 h"),
     (timedelta(hours=47, minutes=59), "47 h"), (timedelta(hours=48), "2 days")],
)  # fmt: skip
def test_ages_are_said_in_few_words(age, said):
    assert say_age(age) == said
