import pytest

from tests.cli.commands import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A finished demo: its home, its folder and its document."""
    base = tmp_path_factory.mktemp("demo")
    home = Home(base / "home")
    done = home.medbill("demo", "--headless", "--seed", 7, "--patients", 60, "--out", base / "out", "--json")
    assert done.code == 0, done.err
    return home, base / "out", done.json
