"""The life of a key file: people, computers and kits come and go in any order."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from medbill_desktop.security import age_io, recovery_kit
from medbill_desktop.security import key_file as kf
from tests.fast_policy import FAST

PASSWORDS = st.sampled_from(["one long pass word", "zwei lange Wörter", "τρεις μακριές λέξεις", "四つの長い言葉"])
KITS = tuple(recovery_kit.new_kit() for _ in range(3))


def secret_of(device):
    return (device * 16).encode()[:32]


class Life(RuleBasedStateMachine):
    """The owner (person 1) writes from the first computer; what must hold is asked after each step."""

    @initialize(kind=st.sampled_from(["practice", "training"]))
    def set_up(self, kind):
        new = kf.make_slot(1, "Person 1", "owner", FAST)
        self.here, self.kits, self.epoch = "0" * 32, [KITS[0]], 1
        self.data, self.opened, self.owner = kf.new_vault(
            kind, new, self.here, secret_of(self.here), [self.kits[0].recipient]
        )
        self.passwords, self.identities = {1: "owner"}, {1: bytes(new.identity)}
        self.gone_identities, self.devices = [], [self.here]

    def write(self, data):
        before = self.opened
        self.data, self.opened = data, kf.open_file(data, self.here, secret_of(self.here))
        assert (self.opened.epoch, self.opened.gen) == (before.epoch, before.gen + 1)

    @rule(person=st.integers(2, 5), password=PASSWORDS)
    def joins_or_enrols_anew(self, person, password):
        new = kf.make_slot(person, f"Person {person}", password, FAST)
        if person in self.identities:
            self.gone_identities.append(self.identities[person])
        self.write(kf.with_slot(self.opened, self.owner, new))
        self.passwords[person], self.identities[person] = password, bytes(new.identity)

    @precondition(lambda self: len(self.passwords) > 1)
    @rule(data=st.data())
    def leaves(self, data):
        person = data.draw(st.sampled_from(sorted(set(self.passwords) - {1})))
        self.write(kf.without_slot(self.opened, self.owner, person))
        del self.passwords[person]
        self.gone_identities.append(self.identities.pop(person))

    @rule(data=st.data(), password=PASSWORDS)
    def changes_the_password(self, data, password):
        person = data.draw(st.sampled_from(sorted(self.passwords)))
        me = kf.unlock(self.opened, person, self.passwords[person], FAST)
        new = kf.change_password(self.opened, me, self.passwords[person], password, FAST)
        self.write(kf.with_slot(self.opened, me, new))
        self.passwords[person] = password

    @rule(device=st.sampled_from("123"))
    def a_computer_is_enrolled(self, device):
        device *= 32
        self.write(kf.with_device(self.opened, self.owner, device, secret_of(device)))
        self.devices = sorted({*self.devices, device})

    @rule(kits=st.lists(st.sampled_from(KITS), min_size=1, max_size=3, unique=True))
    def kits_are_made_anew(self, kits):
        self.write(kf.with_recovery(self.opened, self.owner, [kit.recipient for kit in kits]))
        self.kits = kits

    @rule()
    def keys_are_rotated(self):
        recipients = [kit.recipient for kit in self.kits]
        before = bytes(self.owner.dek)
        self.data, self.opened, self.owner = kf.new_epoch(
            self.opened, self.owner, self.here, secret_of(self.here), recipients
        )
        self.epoch += 1
        assert self.owner.dek != before
        self.devices = [self.here]

    @invariant()
    def who_belongs_gets_in_and_who_does_not_stays_out(self):
        for device in self.devices:
            opened = kf.open_file(self.data, device, secret_of(device))
            assert (opened.epoch, opened.stk) == (self.epoch, self.opened.stk)
        for person, password in self.passwords.items():
            unlocked = kf.unlock(self.opened, person, password, FAST)
            assert unlocked.dek == self.owner.dek
            assert bytes(unlocked.identity) == self.identities[person]
        assert sorted(self.passwords) == sorted(slot.user_id for slot in self.opened.users)
        for kit in self.kits:
            assert kf.unlock_with_kit(self.data, kit.line).dek == self.owner.dek
        outside = [*self.gone_identities, *(kit.line for kit in KITS if kit not in self.kits)]
        for identity in outside:
            assert not opens(self.opened.table.dek_age, identity)


def opens(sealed, identity):
    try:
        age_io.decrypt_bytes(sealed, [identity if isinstance(identity, str) else bytearray(identity)])
    except age_io.NotForThisKey:
        return False
    return True


Life.TestCase.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLife = Life.TestCase
