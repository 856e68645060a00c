"""What the program is made of: nothing runs that the lock does not name, and nobody's licence binds ours (F33)."""

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RUN, TEST = ROOT / "packaging" / "requirements.lock", ROOT / "packaging" / "requirements-test.lock"
OURS = {"medbill-desktop"}
INSTALLERS = {"pip", "setuptools", "wheel"}  # come with the environment itself


def pins(lock):
    """Return name -> versions of a lock (they may differ by Python), names as packages are compared."""
    found = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock.read_text(), re.M):
        found.setdefault(_plain(name), set()).add(version)
    return found


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def installed():
    return {_plain(each.metadata["Name"]): each.version for each in metadata.distributions()}


def test_the_environment_is_the_lock_and_nothing_else():
    wanted = pins(TEST)
    here = {name: version for name, version in installed().items() if name not in OURS | INSTALLERS}
    assert {name: version for name, version in here.items() if version not in wanted.get(name, ())} == {}


def test_both_locks_agree():
    run, test = pins(RUN), pins(TEST)
    assert {name: version for name, version in run.items() if test.get(name) != version} == {}


def test_every_install_checks_hashes_or_is_our_own_folder():
    lines = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.strip().startswith("$(PIP)")]
    assert len(lines) >= 3
    for line in lines:
        assert "--require-hashes" in line or line.endswith("--no-deps --no-build-isolation --editable .")


def licence(name):
    about = metadata.metadata(name)
    shipped = [each for each in metadata.files(name) or () if "licen" in str(each).lower()]
    kinds = [each for each in about.get_all("Classifier") or [] if each.startswith("License")]
    told = [about.get("License-Expression") or "", (about.get("License") or "")[:200], *kinds]
    # Some tell it in the file alone: its head names it.
    return " ".join(told).strip() or " ".join(each.read_text()[:300] for each in shipped)


@pytest.mark.parametrize("name", sorted(pins(RUN)))
def test_no_library_that_the_program_ships_binds_it(name):
    """GPL would; LGPL binds only the library itself. Nothing comes without a licence."""
    try:
        words = licence(name)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is for another system")
    assert words.strip(), "no licence is told"
    choices = re.split(r"\bOR\b|License ::", words)
    assert any(not re.search(r"(?<!L)(?<!Lesser )\bA?GPL|Affero|(?<!Lesser )General Public", each) for each in choices if each.strip())  # noqa: E501  # fmt: skip
