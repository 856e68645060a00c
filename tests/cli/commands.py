"""Runs `medbill` as a process of its own, in a home that holds nothing else."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@dataclass
class Home:
    """A home folder; the device secrets and the log of the commands lie in it."""

    path: Path

    def medbill(self, *arguments, stdin="", timeout=300):
        done = subprocess.run(
            [sys.executable, "-m", "medbill_desktop", *map(str, arguments)],
            input=stdin, capture_output=True, text=True, timeout=timeout, cwd=ROOT, env=self.environment(), check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.path),
            "XDG_CONFIG_HOME": str(self.path / "config"),
            "XDG_DATA_HOME": str(self.path / "data"),
            "XDG_CACHE_HOME": str(self.path / "cache"),
            "XDG_STATE_HOME": str(self.path / "state"),
            "PYTHONUTF8": "1",
            "QT_QPA_PLATFORM": "offscreen",
        }
