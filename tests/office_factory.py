"""A whole Office on a temporary folder, for tests above the door: only clock, cost and store are faked."""

from dataclasses import dataclass, field
from pathlib import Path

from medbill_desktop.domain.practice import PracticeFacts
from medbill_desktop.security import totp
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, NewPractice, Office
from tests.door import FakeClock
from tests.fast_policy import FAST

PASSWORD = "Zebra-Umbrella-Quartz-42"
FACTS = PracticeFacts(
    "Harbor Street Family Medicine", "12 Harbor Street", "Rockport", "ME", "04856-1234", "(207) 555-0100",
    "1234567893", "12-3456789",
)  # fmt: skip


@dataclass
class DictStore:
    """A credential store that is a dictionary; shared by the offices of one computer."""

    items: dict = field(default_factory=dict)
    kind: str = "keyring"
    writes: int = 0

    def read(self, vault_id, item):
        return self.items.get((vault_id, item))

    def write(self, vault_id, item, value):
        assert len(value) < 740, "a real store keeps under 1,000 characters of Base64"
        self.writes += 1
        self.items[vault_id, item] = value

    def delete(self, vault_id, item):
        self.items.pop((vault_id, item), None)


@dataclass
class SignInFacts:
    """How the owner of a made practice signs in."""

    name: str
    password: str
    secret: str | None
    codes: tuple[str, ...]
    kit: str
    clock: FakeClock
    store: DictStore
    config: Path

    def code(self) -> str:
        """A code that was not used yet: the clock goes on by one step."""
        if self.secret is None:
            return ""
        self.clock.move(seconds=30)
        return totp.code_at(self.secret, self.clock.now())

    def another_office(self, folder: Path) -> Office:
        """The same computer after a restart of the program."""
        return Office(folder, FAST, self.clock, self.store, config_folder=self.config)


def empty_office(tmp_path: Path, clock: FakeClock | None = None, store: DictStore | None = None) -> Office:
    return Office(
        tmp_path / "practice", FAST, clock or FakeClock(), DictStore() if store is None else store,
        config_folder=tmp_path / "config",
    )  # fmt: skip


def make_office(
    tmp_path: Path, kind: str = "practice", clock: FakeClock | None = None, store: DictStore | None = None
) -> tuple[Office, SignInFacts]:
    """Found a practice and return it open, with its owner at the desk, and how that owner signs in."""
    clock, store = clock or FakeClock(), DictStore() if store is None else store
    office = empty_office(tmp_path, clock, store)
    training = kind == "training"
    name = TRAINING_SIGN_IN.name if training else "Zoë Ångström"
    password = TRAINING_SIGN_IN.password if training else PASSWORD
    founding = office.set_up(NewPractice(FACTS, name, "Front desk", kind))
    enrolment = founding.enrolment
    if not training:
        assert enrolment.prove(totp.code_at(enrolment.secret, clock.now()), clock.now())
    kit = "".join(founding.kit_groups)
    assert founding.retype(" ".join(founding.kit_groups).lower())
    founding.finish(password)
    secret = None if training else enrolment.secret
    return office, SignInFacts(name, password, secret, enrolment.codes, kit, clock, store, tmp_path / "config")
