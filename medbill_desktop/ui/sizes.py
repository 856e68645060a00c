"""Sizes and choices that a person's screen keeps between days; never a name, a search or a file (SECURITY P12)."""

import json
from collections.abc import Callable, Mapping

KEPT_AS = "size."  # what the name of such a preference begins with
Numbers = Mapping[str, int]


class Sizes:
    """Numbers by key, such as `table.patients.list` -> {"name": 220}; `store` writes them where a person keeps them."""

    def __init__(self, held: Mapping[str, Numbers] | None = None, store: Callable[[str, Numbers], None] | None = None):
        self._held: dict[str, dict[str, int]] = {key: dict(value) for key, value in (held or {}).items()}
        self._store = store

    def numbers(self, key: str) -> dict[str, int]:
        """Return what was kept under a key, empty where nothing was."""
        return dict(self._held.get(key, {}))

    def keep(self, key: str, numbers: Numbers) -> None:
        """Keep numbers under a key; told to the store only where they changed."""
        if self._held.get(key) != dict(numbers):
            self._held[key] = dict(numbers)
            if self._store is not None:
                self._store(key, numbers)


def saved_sizes(preferences: Mapping[str, object]) -> dict[str, dict[str, int]]:
    """Return the sizes among what a person keeps."""
    found = {}
    for key, value in preferences.items():
        if key.startswith(KEPT_AS) and isinstance(value, str):
            found[key.removeprefix(KEPT_AS)] = {str(k): int(v) for k, v in json.loads(value).items()}
    return found
