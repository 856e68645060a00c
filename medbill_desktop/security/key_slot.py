"""One person's slot: their age identity under their password (SECURITY 2.2, K3-K6).

Danger: the cost in a slot is judged before it is run, and a key under the floor is never written. Memory that is
short is said, never worked around in silence.
"""

from dataclasses import dataclass, field, replace

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import age_io, kdf
from medbill_desktop.security.kdf import KdfCost, KdfPolicy, wipe
from medbill_desktop.security.key_file_format import KeyFileDamaged, Slot, close_box, derived, open_box, slot_aad
from medbill_desktop.security.passwords import fold_name


class WrongPassword(Refused):
    """Name or password is wrong; one type, so that nothing tells which (SECURITY K6)."""

    def __init__(self) -> None:
        super().__init__("Name, password or code is not right.")


@dataclass(frozen=True, slots=True)
class NewSlot:
    """A slot that `with_slot` writes; `lowered` says that memory allowed the floor cost only (K5: say it, audit it)."""

    slot: Slot
    identity: bytearray = field(repr=False)
    lowered: bool = False


def make_slot(user_id: Id, name: str, password: str, policy: KdfPolicy) -> NewSlot:
    """Run the key derivation and make a new identity; half a second, writes nothing.

    Where memory is short the slot gets the floor cost and says so in `lowered`; never silently.
    """
    fold_name(name)
    identity, recipient = age_io.new_identity()
    return sealed_slot(user_id, name, identity, recipient, password, policy)


def identity_of(slot: Slot, password: str, policy: KdfPolicy) -> bytearray:
    """Return the identity in a slot; WrongPassword, KeyFileDamaged for a cost out of bounds, or NotEnoughMemory."""
    # Judged before it runs: whoever could write the table could ask for all memory, or for no work at all.
    if not policy.accepts(slot.kdf.cost):
        raise KeyFileDamaged
    key = kdf.derive(password, slot.kdf)
    kek = derived(key, "mb/user-kek/v1")
    wipe(key)
    try:
        identity = open_box(kek, slot.box, slot_aad(slot))
    except KeyFileDamaged:
        raise WrongPassword from None
    finally:
        wipe(kek)
    try:
        right = age_io.recipient_of(identity) == slot.recipient
    except age_io.BadKey:
        right = False
    if not right:
        raise KeyFileDamaged
    return identity


def sealed_slot(
    user_id: Id, name: str, identity: bytearray, recipient: str, password: str, policy: KdfPolicy
) -> NewSlot:  # fmt: skip
    """Seal an identity at today's cost, or at the floor where memory is short, and say which."""
    try:
        slot = sealed_at(user_id, name, identity, recipient, password, policy.cost, policy)
    except kdf.NotEnoughMemory:
        slot = sealed_at(user_id, name, identity, recipient, password, policy.floor, policy)
        return NewSlot(slot, identity, lowered=True)
    return NewSlot(slot, identity)


def sealed_at(
    user_id: Id, name: str, identity: bytearray, recipient: str, password: str, cost: KdfCost, policy: KdfPolicy
) -> Slot:  # fmt: skip
    """Seal an identity at just this cost, under a new salt; TooCheap under the policy's floor, NotEnoughMemory."""
    policy.check_writable(cost)
    params = kdf.new_params(cost)
    key = kdf.derive(password, params)
    kek = derived(key, "mb/user-kek/v1")
    wipe(key)
    empty = Slot(user_id, name, recipient, params)
    slot = replace(empty, box=close_box(kek, identity, slot_aad(empty)))
    wipe(kek)
    return slot
