"""The notice of privacy practices: which version a patient got, and whether it was acknowledged (45 CFR 164.520)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.checks import CARD_WORDS, holds_card_number
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings

LONGEST_TEXT: Final = 100_000


class Standing(StrEnum):
    NONE_KEPT = "none kept"  # the practice keeps no notice yet
    MISSING = "missing"
    NEWER = "newer"  # an older one was acknowledged
    WAITS = "waits"  # given, neither acknowledged nor a reason why not
    DONE = "done"


STANDING_WORDS: Final = {
    Standing.NONE_KEPT: "The practice keeps no notice yet",
    Standing.MISSING: "No notice given yet",
    Standing.NEWER: "There is a newer notice: give it",
    Standing.WAITS: "Given, not acknowledged yet",
    Standing.DONE: "Given and acknowledged",
}


@dataclass(frozen=True, slots=True)
class Version:
    id: Id
    label: str
    effective_on: date


@dataclass(frozen=True, slots=True)
class Given:
    """What was noted of one version for one patient; `reason` is why it could not be acknowledged, in good faith."""

    version_id: Id
    given_on: date
    acknowledged_on: date | None = None
    reason: str = field(default="", repr=False)

    @property
    def is_done(self) -> bool:
        return self.acknowledged_on is not None or bool(self.reason)


def current(versions: Sequence[Version], today: date) -> Version | None:
    """Return the notice in force: the one that began last."""
    begun = [each for each in versions if each.effective_on <= today]
    return max(begun, key=lambda each: each.effective_on, default=None)


def standing(now: Version | None, given: Sequence[Given]) -> Standing:
    """Return where a patient stands; what was noted first comes first in `given`."""
    if now is None:
        return Standing.NONE_KEPT
    mine = [each for each in given if each.version_id == now.id]
    if any(each.is_done for each in mine):
        return Standing.DONE
    if mine:
        return Standing.WAITS
    return Standing.NEWER if given else Standing.MISSING


def check_version(label: str, text: str, effective_on: date, versions: Sequence[Version], found: Findings) -> None:
    if not label or len(label) > 60:
        found.stop("label", "label", "Type a short name, such as 2026-02.")
    elif any(each.label.casefold() == label.casefold() for each in versions):
        found.stop("label", "label", "There is a notice of this name.", "Choose another name.")
    if any(each.effective_on == effective_on for each in versions):
        found.stop("day", "effective_on", "Another notice begins on that day.", "Choose another day.")
    if not text.strip():
        found.stop("text", "text", "Paste the text of the notice.")
    elif len(text) > LONGEST_TEXT:
        found.stop("text", "text", f"A notice has at most {LONGEST_TEXT:,} characters.")
    elif any(ord(each) < 32 and each not in "\n\t\r" for each in text):
        found.stop("control-character", "text", "This holds a character that can't be printed.", "Paste it again.")
    if holds_card_number(label + "\n" + text):
        found.stop("card-number", "text", CARD_WORDS)


def check_given(given: Given, version: Version | None, today: date, found: Findings) -> None:
    if version is None:
        found.stop("version", "version_id", "Choose the notice that was given.")
    elif given.given_on < version.effective_on:
        found.stop("day", "given_on", "This notice was not in force on that day.", "Choose the day or the notice anew.")
    if given.given_on > today:
        found.stop("day", "given_on", "The day lies in the future.")
    if given.acknowledged_on is not None:
        if not given.given_on <= given.acknowledged_on <= today:
            found.stop("day", "acknowledged_on", "It can't have been signed on that day.", "Type the day on the paper.")
        if given.reason:
            found.stop("both", "reason", "It was acknowledged, or there is a reason why not.", "Leave one empty.")
