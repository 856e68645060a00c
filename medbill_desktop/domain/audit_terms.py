"""Outcomes, facts and reasons of an audit row in plain words (SECURITY A15)."""

from typing import Final

OUTCOMES: Final[dict[str, str]] = {
    "done": "Done",
    "denied": "Denied",
    "refused": "Refused",
    "failed": "Failed",
    "cancelled": "Cancelled",
}

FACTS: Final[dict[str, str]] = {
    "alone": "Without a second person",
    "applied_cents": "Applied",
    "asked_by": "Asked by person no.",
    "asks": "Asked for",
    "attempts": "Failed attempts",
    "by": "By",
    "cents": "Amount",
    "changed": "Changed",
    "clock_regressed": "The clock went back",
    "countersigned": "Countersigned",
    "dropped": "Sign-in taken away from person no.",
    "emergency": "During emergency access no.",
    "failed_before": "Failed attempts before",
    "first": "From row",
    "found": "Found",
    "from_head": "Head restored to",
    "from_seq": "Row restored to",
    "gen": "Key file no.",
    "given": "Rights given",
    "head": "Chain head",
    "kept_back": "Kept back",
    "left_head": "Head left behind",
    "left_open": "Left to another reviewer",
    "left_out": "Left out",
    "left_seq": "Row left behind",
    "lowered": "Weaker password hashing",
    "of_kind": "Kind",
    "other_disk": "On another disk",
    "own": "Of this practice",
    "own_gap": "The first to come in after it",
    "refused": "Refused while locked",
    "rows": "Rows",
    "seq": "Up to row",
    "set": "Switched on",
    "slot": "Sign-in given to person no.",
    "store": "Where the secret lies",
    "taken": "Rights taken away",
    "tells_owners": "Owners are told",
    "until": "To row",
    "watched": "Watched",
}


REASONS: Final[dict[str, str]] = {
    "Invalid": "what was typed was not right",
    "LockedError": "the screen was locked",
    "NotAllowed": "the role may not",
    "OverLimit": "over the person's limit",
    "Refused": "a rule of the program forbids it",
    "Busy": "something else was under way",
    "Damaged": "a file is damaged",
    "DiskFull": "the disk was full",
    "ReadOnly": "nothing can be written here",
    "SameIdOtherCommand": "another change had the same number",
}
