"""Argon2id under one injected policy (SECURITY K3-K5).

Danger: whoever may choose the policy may choose a cheap one. No flag, setting or environment variable reaches it; the
installed package holds `PRODUCTION` and nothing else.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from argon2.exceptions import HashingError
from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security.passwords import normal

ALGORITHM: Final = "argon2id"
VERSION: Final = ARGON2_VERSION  # 0x13, written as 19
SALT_BYTES: Final = 32
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one run costs: memory in KiB, passes, lanes."""

    m_kib: int
    t: int
    p: int

    def reaches(self, other: "KdfCost") -> bool:
        """Tell whether no number is below the other's."""
        return self.m_kib >= other.m_kib and self.t >= other.t and self.p >= other.p


@dataclass(frozen=True, slots=True)
class KdfPolicy:
    """Today's cost, the least that may be written, and the bounds of what is run at all."""

    cost: KdfCost
    floor: KdfCost
    least: KdfCost
    most: KdfCost

    def accepts(self, cost: KdfCost) -> bool:
        """Tell whether a slot of this cost may be run: asked before it is, a hostile one could take all memory."""
        return cost.reaches(self.least) and self.most.reaches(cost)

    def check_writable(self, cost: KdfCost) -> None:
        """Raise TooCheap for a cost under the floor."""
        if not (cost.reaches(self.floor) and self.accepts(cost)):
            raise TooCheap("a slot of this cost is never written")


PRODUCTION: Final = KdfPolicy(
    cost=KdfCost(256 * 1024, 3, 4),
    floor=KdfCost(64 * 1024, 3, 4),
    least=KdfCost(64 * 1024, 2, 1),
    most=KdfCost(1024 * 1024, 10, 8),
)


@dataclass(frozen=True, slots=True)
class KdfParams:
    """The cost a slot was made with, and its salt."""

    cost: KdfCost
    salt: bytes = field(repr=False)


class TooCheap(Exception):
    """A slot under the floor was about to be written: a fault of the program."""


class NotEnoughMemory(Refused):
    """The computer has not enough free memory to check a password."""

    def __init__(self) -> None:
        super().__init__("There is not enough free memory to check the password. Close other programs and try again.")


def new_params(cost: KdfCost) -> KdfParams:
    """Return the cost with a new salt."""
    return KdfParams(cost, secrets.token_bytes(SALT_BYTES))


def derive(password: str, params: KdfParams) -> bytearray:
    """Return 32 bytes; takes about half a second at today's cost, never on the GUI thread; raises NotEnoughMemory.

    The caller has judged the cost (`KdfPolicy.accepts`) and wipes the key.
    """
    cost = params.cost
    try:
        return bytearray(
            hash_secret_raw(
                normal(password).encode("utf-8", "surrogatepass"), params.salt,
                time_cost=cost.t, memory_cost=cost.m_kib, parallelism=cost.p,
                hash_len=KEY_BYTES, type=Type.ID, version=VERSION,
            )
        )  # fmt: skip
    except (HashingError, MemoryError):
        raise NotEnoughMemory from None


def dummy(password: str, policy: KdfPolicy) -> None:
    """Spend the time of one run for a name that nobody has, so that names can't be told by the clock (K6)."""
    wipe(derive(password, new_params(policy.cost)))


def wipe(secret: bytearray) -> None:
    """Overwrite a secret; copies that libraries made of it are out of reach (SECURITY K29)."""
    secret[:] = bytes(len(secret))
