"""A small practice's key file for tests: two people, two computers, one kit."""

from dataclasses import dataclass, field
from functools import cache

from medbill_desktop.security import key_file as kf
from medbill_desktop.security import recovery_kit
from medbill_desktop.security.key_file_format import close_box, derived, table_aad, written
from tests.fast_policy import FAST

HERE, THERE = "a1" * 16, "b2" * 16
OWNER, BILLER = 4_503_599_627_370_497, 4_503_599_627_370_498
PASSWORD, OTHER_PASSWORD = "twelve lanterns on the pier", "Grüße aus dem Hafen 77"


@dataclass(frozen=True)
class Practice:
    data: bytes
    opened: kf.OpenedTable
    owner: kf.Unlocked
    kit: recovery_kit.Kit
    secret: bytearray = field(default_factory=lambda: bytearray(b"\x11" * 32))
    other_secret: bytearray = field(default_factory=lambda: bytearray(b"\x22" * 32))

    def open(self, data: bytes | None = None) -> kf.OpenedTable:
        return kf.open_file(self.data if data is None else data, HERE, self.secret)

    def open_there(self, data: bytes) -> kf.OpenedTable:
        return kf.open_file(data, THERE, self.other_secret)

    def with_table(self, table_json: bytes) -> bytes:
        """The file as somebody who holds the STK could forge it."""
        key = derived(self.opened.stk, "mb/table/v1")
        box = close_box(key, table_json, table_aad(self.opened.file.header))
        file = self.opened.file
        return written(type(file)(file.header, file.devices, file.kit, box))


def make_practice(policy=FAST) -> Practice:
    kit = recovery_kit.new_kit()
    owner = kf.make_slot(OWNER, "Ána Ruiz", PASSWORD, policy)
    data, opened, unlocked = kf.new_vault("practice", owner, HERE, bytearray(b"\x11" * 32), [kit.recipient])
    there = kf.with_device(opened, unlocked, THERE, bytearray(b"\x22" * 32))
    opened = kf.open_file(there, HERE, b"\x11" * 32)
    data = kf.with_slot(opened, unlocked, kf.make_slot(BILLER, "Νίκος Παππάς", OTHER_PASSWORD, policy))
    return Practice(data, kf.open_file(data, HERE, b"\x11" * 32), unlocked, kit)


@cache
def practice() -> Practice:
    """One for all tests that change nothing in it (the functions return new bytes)."""
    return make_practice()
