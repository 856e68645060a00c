"""The rows of the bench about keys: the way in, and new keys for the whole practice (SECURITY K3, K14, D11)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

SIGN_IN_AIM: Final = 2.0
NEW_KEYS_AIM: Final = 3.0
_ROUNDS: Final = "3"


class KeyRow(NamedTuple):
    """What a row is made of, in the order in which `bench_rows` takes it."""

    name: str
    seconds: float
    floor: str
    floor_seconds: float
    aim: float


Floor = Callable[..., str | None]


def sign_in(folder: Path, floor: Floor) -> Iterator[KeyRow]:
    """Sign in at production cost, and derive the same key alone."""
    told = json.loads(floor("keys_cost.py", "sign-in", str(folder), _ROUNDS) or "{}")
    yield KeyRow("sign-in", told["ours"], "Argon2id alone, at the same cost", told["floor"], SIGN_IN_AIM)


def new_keys(folder: Path, floor: Floor) -> Iterator[KeyRow]:
    """Make new keys: the database exported, compared, judged with its whole log, flushed, and put in force."""
    told = json.loads(floor("keys_cost.py", "new-keys", str(folder), _ROUNDS) or "{}")
    size = told["bytes"] / 2**20
    speed, copy = size / told["ours"], size / told["copy"]
    name = f"new keys for {size:,.0f} MB of database, {speed:,.0f} MB/s (a plain copy: {copy:,.0f} MB/s)"
    yield KeyRow(name, told["ours"], "sqlcipher_export and a flush", told["floor"], NEW_KEYS_AIM)
