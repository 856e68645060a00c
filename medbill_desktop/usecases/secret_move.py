"""The secret of this computer moves from the protected file into the credential store (SECURITY K19)."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.security.secret_store import SecretStore, StoreTrouble
from medbill_desktop.storage.tables import workstation
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.opened_practice import OpenPractice


@dataclass(frozen=True, slots=True)
class SecretMoved:
    """The secret of this computer lies in its credential store now."""

    id: Id


@usecase("device.move_secret", needs=Permission.MANAGE_USERS, topics={"practice"})
def secret_moved(work: Work, cmd: SecretMoved) -> None:
    here = workstation.c.number == work.workstation
    work.conn.execute(update(workstation).where(here).values(store_kind="keyring"))
    work.entry.about("workstation", work.workstation, store="keyring")


def move(practice: OpenPractice, desk: Desk, store: SecretStore | None) -> None:
    """Copy and read back, write it down, then delete the file; raises Refused, and then the file is still in use.

    Killed on the way it leaves the file alone in use, or both with the same secret: the next sign-in takes the store
    and deletes the file (`ThisComputer.remembered`).
    """
    memory = practice.memory
    if memory.store_kind != "file" or practice.kind != "practice":
        raise Refused("The secret of this computer does not lie in a protected file.")
    if not desk.may(secret_moved):
        desk.run(secret_moved, SecretMoved(desk.new_id()))  # refuses, and writes that down
    if store is None:
        raise Refused("This computer has no credential store that answers. Start it and try again.")
    file = memory.move_to(store)
    try:
        desk.run(secret_moved, SecretMoved(desk.new_id()))
    except BaseException:
        memory.move_to(file)
        with suppress(StoreTrouble):
            memory.drop_copy(store)
        raise
    memory.drop_copy(file)
