"""When two records may be one patient, and what stands in the way of merging them (BILLING R1, R2, R11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Final

from medbill_desktop.domain.coverages import overlap, rank_word
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import name_key
from medbill_desktop.domain.problems import Findings

MOST_ALIKE: Final = 6  # a telephone that more people have is one of a home or an office, and tells nothing


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """What tells that two records may be one person."""

    id: Id
    last: str
    first: str
    birth_date: date
    phone: str
    member_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """A policy as far as it may stand in the way of a merge."""

    payer_id: Id
    payer: str = field(repr=False)
    member_id: str = field(repr=False)
    rank: int
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records that may be merged."""

    id: Id
    birth_date: date = field(repr=False)
    sex: str = field(repr=False)
    guarantor_id: Id
    relationship: str = field(repr=False)
    policies: tuple[HeldPolicy, ...] = field(repr=False)
    confidential: tuple[tuple[str, ...], ...] = field(repr=False)  # the addresses in force that win
    agreements: tuple[str, ...] = ()  # what runs for the guarantor and is there once: a plan, a case at an agency

    @property
    def own_guarantor(self) -> bool:
        return self.relationship == "self"


def alike(everyone: Iterable[Known]) -> list[tuple[Id, Id, tuple[str, ...]]]:
    """Return pairs that may be one person with what tells so, the earlier record first, the surest pairs first."""
    by: dict[tuple[str, object], list[Id]] = {}
    for each in everyone:
        if (key := name_key(each.last, each.first)) and each.last:
            by.setdefault(("same name and birth date", (key, each.birth_date)), []).append(each.id)
        if each.phone:
            by.setdefault(("same phone", (each.phone, each.birth_date)), []).append(each.id)
        for member_id in set(each.member_ids):
            by.setdefault(("same member id", (member_id.casefold(), each.birth_date)), []).append(each.id)
    reasons: dict[tuple[Id, Id], list[str]] = {}
    for (reason, _), ids in by.items():
        if 1 < len(ids) <= MOST_ALIKE:
            for first, second in combinations(sorted(ids), 2):
                reasons.setdefault((first, second), []).append(reason)
    pairs = [(first, second, tuple(sorted(said))) for (first, second), said in reasons.items()]
    return sorted(pairs, key=lambda pair: (-len(pair[2]), pair[0], pair[1]))


def joins_payers(survivor: Side, merged: Side, one_payer: bool) -> bool:
    """Tell whether a merge joins the guarantors of the two as well, so that both balances come on one statement."""
    own = survivor.own_guarantor and merged.own_guarantor
    return survivor.guarantor_id != merged.guarantor_id and (one_payer or own)


def check_merge(
    survivor: Side, merged: Side, guarantor_id: Id | None, found: Findings, *, one_payer: bool = False
) -> None:
    """Stop what must be resolved before two records are one, and warn of what tells two people apart."""
    if survivor.id == merged.id:
        found.stop("same", "merged", "These are the same record.", "Choose another one.")
        return
    if survivor.birth_date != merged.birth_date:
        days = f"{show_date(survivor.birth_date)} and {show_date(merged.birth_date)}"
        found.warn("birth-date", "merged", f"The birth dates differ: {days}.", "Make sure that this is one person.")
    if "U" not in (survivor.sex, merged.sex) and survivor.sex != merged.sex:
        found.warn("sex", "merged", "The sex differs.", "Make sure that this is one person.")
    for one, other in conflicting(survivor.policies, merged.policies):
        found.stop(
            "overlap", "coverage",
            f"Both have {rank_word(one.rank)} coverage at a time: {one.payer} {_period(one)}, {other.payer}"
            f" {_period(other)}.", "End one, or change its rank, on its own record; then merge.",
        )  # fmt: skip
    if survivor.confidential and merged.confidential and set(survivor.confidential) != set(merged.confidential):
        found.stop(
            "confidential", "merged", "Both have a confidential address, and not the same.",
            "Ask the patient which one is to be used, end the other, then merge.",
        )  # fmt: skip
    if joins_payers(survivor, merged, one_payer):
        for each in sorted({*survivor.agreements} & {*merged.agreements}):
            found.stop("agreements", "one_payer", f"Both guarantors have {each}.", "End one of the two, then merge.")
    check_guarantor(survivor, merged, guarantor_id, found)


def check_guarantor(survivor: Side, merged: Side, guarantor_id: Id | None, found: Findings) -> None:
    choices = {survivor.guarantor_id, merged.guarantor_id}
    if len(choices) == 1 or (survivor.own_guarantor and merged.own_guarantor and guarantor_id is None):
        return
    if guarantor_id is None:
        found.stop("guarantor", "guarantor_id", "The two have different guarantors.", "Choose who pays from now on.")
    elif guarantor_id not in choices:
        found.stop("guarantor", "guarantor_id", "This is the guarantor of neither.", "Choose one of the two.")


def conflicting(one: Sequence[HeldPolicy], other: Sequence[HeldPolicy]) -> list[tuple[HeldPolicy, HeldPolicy]]:
    """Return policies of one rank that share a day; the same policy on both records is no conflict."""
    return [
        (a, b)
        for a in one
        for b in other
        if a.rank == b.rank
        and overlap(a.first_day, a.last_day, b.first_day, b.last_day)
        and (a.payer_id, a.member_id.casefold()) != (b.payer_id, b.member_id.casefold())
    ]


def _period(policy: HeldPolicy) -> str:
    until = "on" if policy.last_day is None else f"to {say_date(policy.last_day)}"
    return f"from {say_date(policy.first_day)} {until}"
