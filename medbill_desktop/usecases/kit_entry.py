"""Enrolling this computer with the recovery kit in one step (SECURITY K21, B14).

Danger: the kit opens everything. Nobody is signed in by it; its use is written down and owes a new kit and new keys.
"""

from threading import RLock

from medbill_desktop.security.kdf import KdfPolicy
from medbill_desktop.usecases.premises import Premises
from medbill_desktop.usecases.recovery_session import RecoverySession


def enrol(
    premises: Premises, policy: KdfPolicy, ceremony: RLock, typed: str, name: str, *, protected_file: bool = False
) -> int:
    """Enrol this computer in the practice that lies here and return its number.

    Raises Refused, KitMistyped, WrongKit, and what is wrong with the files.
    """
    header = premises.header
    if header is not None:
        premises.computer.chosen(header.kind, protected_file)  # refused before anything is written
    with RecoverySession(premises, typed, policy, ceremony) as session:
        return session.enrol(name, protected_file=protected_file)
