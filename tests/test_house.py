"""What holds for the whole house: no room may break it."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "medbill_desktop"
MODULES = sorted(PACKAGE.rglob("*.py"))


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    names = [name for name in listed.split("\0") if name] or [str(p.relative_to(ROOT)) for p in MODULES]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def texts():
    for path in tracked():
        if path.suffix not in {".ttf", ".png", ".age", ".db", ".ico", ".keys"}:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8", errors="replace")


def cents_divided(tree):
    """Yield the lines where an amount of money meets a true division or a float."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and "cents" in ast.unparse(node):
            yield node.lineno
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "float" and "cents" in ast.unparse(node):
            yield node.lineno


def test_the_float_scanner_finds_a_float():
    assert list(cents_divided(ast.parse("x = a_cents / 2\ny = float(cents)"))) == [1, 2]


@pytest.mark.parametrize("room", ["domain", "edi", "documents", "storage", "usecases", "training", "ui", "cli"])
def test_no_float_comes_near_money(room):
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (PACKAGE / room).rglob("*.py")
        for line in cents_divided(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()


def test_only_the_application_runs_an_event_loop():
    found = [
        str(path.relative_to(PACKAGE))
        for path in (PACKAGE / "ui").rglob("*.py")
        if re.search(r"\.exec_?\(", path.read_text(encoding="utf-8"))
    ]
    assert found in ([], ["ui/application.py"])


def test_no_screen_asks_who_somebody_is():
    for path in (PACKAGE / "ui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"is_admin|user\.roles|Role\.OWNER in", text), path


def test_nothing_names_a_registry_or_a_machine():
    own = Path("tests/test_house.py")
    for name, text in texts():
        if name == own:
            continue
        assert not re.search(r"pypi\.org|pythonhosted|npmjs\.org|deb\.debian\.org", text), name
        assert not re.search(r"(^|[\s\"'=(])/(work|root)/", text), name


def test_locks_hold_hashes_and_no_addresses():
    for lock in (ROOT / "packaging").glob("*.lock"):
        text = lock.read_text()
        assert "http" not in text
        assert "--index" not in text
        pins = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)
        assert len(pins) > 30
        assert text.count("--hash=sha256:") >= len(pins)
    assert re.search(r"^pyside6-essentials==6\.(8|9|10|11)\.", (ROOT / "packaging/requirements.lock").read_text(), re.M)


def test_the_wheel_carries_the_resources(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = "from medbill_desktop import assets; print(assets.path('fonts/DejaVuSans.ttf'))"
    out = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); {code}"],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert Path(out.strip()) == tmp_path / "installed/medbill_desktop/resources/fonts/DejaVuSans.ttf"


def test_a_file_has_one_reason_to_be_opened():
    long = {str(p.relative_to(PACKAGE)) for p in MODULES if len(p.read_text(encoding="utf-8").splitlines()) > 420}
    assert long == set()
