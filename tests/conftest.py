import gc
import os
import socket

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import pytest
from hypothesis import settings

from medbill_desktop.domain.users import Role
from tests import thrift
from tests.door import FakeClock, desk_for, make_vault, person
from tests.ready_database import migrate

# No test is timed: a busy machine must not fail one.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def no_network(request, monkeypatch):
    """No test reaches a network; one that owns a server on loopback says so with its marker."""
    if request.node.get_closest_marker("network"):
        return
    connect = socket.socket.connect

    def refuse(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


def pytest_collection_finish():
    """Leave what was imported out of every search for garbage: a sign-out makes one, over a million objects else."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def ready_database():
    """Found every practice of the suite on the steps of one migration; tests/upgrades run the steps themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("medbill_desktop.usecases.setup.migrate", migrate)
        thrift.save(patch)
        yield


@pytest.fixture
def as_installed(monkeypatch):
    """Spend what a practice costs where it is used, for a test that claims some of it."""
    thrift.spend(monkeypatch)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def vault(tmp_path):
    made = make_vault(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(vault, clock):
    """The owner, who may do nearly everything."""
    return desk_for(vault, person({Role.OWNER}), clock)


@pytest.fixture
def desk_as(vault, clock):
    """Seat somebody with the roles given: `desk_as(Role.BILLER)`."""
    return lambda *roles, number=2: desk_for(vault, person(set(roles), number), clock)
