"""What keys cost: a sign-in beside its key derivation alone, new keys beside the bare export and a plain copy.

`python keys_cost.py sign-in PRACTICE ROUNDS` prints JSON: `ours` and `floor`, the least seconds of each, taken in turn.
`python keys_cost.py new-keys PRACTICE ROUNDS` prints `ours`, `floor` (`sqlcipher_export` and a flush), `copy`, `bytes`.
New keys are made in a copy of the practice, which has a memory of its own: the measured one keeps its keys.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.security import kdf
from medbill_desktop.storage.export import export, flush
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, Office
from medbill_desktop.usecases.watch import Quiet


def sign_in(folder: Path, rounds: int) -> dict[str, Any]:
    office = open_office(folder, training=True)
    ours, floor = [], []
    try:
        office.look()
        for _ in range(rounds):
            ours.append(timed(lambda: office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)))
            office.sign_out(force=True)
            floor.append(timed(lambda: kdf.dummy(TRAINING_SIGN_IN.password, kdf.PRODUCTION)))
    finally:
        office.close()
    return {"ours": min(ours), "floor": min(floor)}


def new_keys(folder: Path, rounds: int) -> dict[str, Any]:
    told: dict[str, list[float]] = {"ours": [], "floor": [], "copy": []}
    size = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            home = Path(place)
            office = copied(folder, home)
            try:
                office.look()
                office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
                office.settle()
                database, key = office.trail.vault.path, office.trail.key_hex
                size = database.stat().st_size
                told["copy"].append(timed(partial(plain, database, home / "copy.db")))
                told["floor"].append(timed(partial(bare, database, key, home)))
                told["ours"].append(timed(partial(office.rotate_keys, Why.LEAK, Quiet())))
            finally:
                office.close()
    return {name: min(taken) for name, taken in told.items()} | {"bytes": size}


def copied(folder: Path, home: Path) -> Office:
    """Copy the practice and what this computer keeps of it, so that nothing here outlives the folder `home`."""
    shutil.copytree(folder, home / "practice", ignore=shutil.ignore_patterns("backups"))
    shutil.copytree(open_office(folder, training=True).computer._config, home / "config")
    return Office(home / "practice", kdf.PRODUCTION, SystemClock(), None, config_folder=home / "config")


def plain(database: Path, into: Path) -> None:
    shutil.copyfile(database, into)
    flush(into)


def bare(database: Path, key: Callable[[], str], home: Path) -> None:
    into = home / "bare.db"
    export(database, key, into, lambda: "0c" * 32, lambda size: None)
    flush(into)


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    what = {"sign-in": sign_in, "new-keys": new_keys}[sys.argv[1]]
    print(json.dumps(what(Path(sys.argv[2]), int(sys.argv[3]))))
