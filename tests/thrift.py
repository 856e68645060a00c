"""What the suite saves on every practice that it makes, none of which a test here claims.

The calls are the program's own; only what they cost is less: pages of memory are not locked and wiped piece by piece,
a commit does not wait for the disk, eight megabytes are not laid aside for a full disk, statements are compiled once
for all databases. Whatever is claimed of a power cut, a kill or the memory of a process is tried in a process of its
own, which begins without any of this, or with the fixture `as_installed`.
"""

from functools import cache
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine, event
from sqlalchemy.util import LRUCache

from medbill_desktop.storage import engine, practice_folder

_INSTALLED = engine._PRAGMAS, practice_folder.BALLAST_BYTES
_DEAR = {"cipher_memory_security=ON": None, "synchronous=FULL": "synchronous=OFF"}
_BALLAST_BYTES = 1 << 16
_STATEMENTS = 4_000


@cache
def _first(module: Any) -> Engine:
    """An engine whose dialect has met a database and knows its version."""
    made = sqlalchemy.create_engine("sqlite://", module=module)
    made.connect().close()
    made.dispose()
    made._compiled_cache = LRUCache(_STATEMENTS)
    return made


def create_engine(url: str, *, module: Any, **given: Any) -> Engine:
    """Make an engine that shares the dialect, and with it all compiled statements, with every other one."""
    made, first = sqlalchemy.create_engine(url, module=module, _initialize=False, **given), _first(module)
    made.dialect, made._compiled_cache = first.dialect, first._compiled_cache
    made.pool._dialect = first.dialect
    if (listen := first.dialect.on_connect()) is not None:
        event.listen(made.pool, "connect", lambda raw, _: listen(raw))
    return made


def save(patch: pytest.MonkeyPatch) -> None:
    kept = (_DEAR.get(each, each) for each in _INSTALLED[0])
    patch.setattr(engine, "_PRAGMAS", tuple(each for each in kept if each))
    patch.setattr(engine, "create_engine", create_engine)
    patch.setattr(practice_folder, "BALLAST_BYTES", _BALLAST_BYTES)


def spend(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(engine, "_PRAGMAS", _INSTALLED[0])
    patch.setattr(practice_folder, "BALLAST_BYTES", _INSTALLED[1])
