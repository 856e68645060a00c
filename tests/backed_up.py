"""A practice with real keys on disk, as a backup finds it; only the session is stood in for."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Role
from medbill_desktop.security import audit_mac, key_file, recovery_kit
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.storage import audit
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.audit import AuditRow
from medbill_desktop.storage.engine import Vault, create_file, open_vault
from medbill_desktop.usecases.desk import Desk, Keys
from tests.door import FakeClock, OpenSession, person
from tests.fast_policy import FAST
from tests.ready_database import migrate

CANARY = "Zylphandra Quossmeyer"
OWNER = Id(1)


@dataclass
class HeldKeys:
    """Both what a backup needs and what the audit log is judged by."""

    folder: Path
    vault_id: str
    kind: str
    recovery_recipients: tuple[str, ...]
    holder: KeyHolder
    epoch: int = 1
    known: tuple = ()
    anchor_missing: bool = False

    @property
    def key(self):
        return self.holder.audit_key()

    def anchors(self):
        return self.known

    def anchor_anew(self):
        self.known, self.anchor_missing = (), False

    def key_hex(self):
        return self.holder.hex()

    def key_file(self):
        return (self.folder / "vault.keys").read_bytes()


class KeyedSession(OpenSession):
    trail: HeldKeys
    backup_keys: HeldKeys


@dataclass
class BackedUp:
    folder: Path
    kit: str
    keys: HeldKeys
    vault: Vault
    clock: FakeClock

    def desk(self, *roles, number=1) -> Desk:
        user = person(set(roles or {Role.OWNER}), number)
        with self.vault.writer.begin() as conn:
            if conn.execute(t.user.select().where(t.user.c.id == user.id)).first() is None:
                conn.execute(
                    insert(t.user).values(
                        id=user.id, name=user.name, folded=user.name.casefold(), active=True, totp_last_step=0,
                        created_at=self.clock.now(), roles=json.dumps(sorted(user.roles)),
                    )
                )  # fmt: skip
        session = KeyedSession(user)
        session.trail = session.backup_keys = self.keys
        link = audit_mac.linker(self.keys.key, self.keys.vault_id, self.keys.epoch)
        return Desk(self.vault, session, Keys(link, b"command key of the tests"), self.clock)


def make_practice(
    folder: Path, *, kind="practice", vault_id: str | None = None, kit=None, patients=3, seed="a"
) -> BackedUp:
    """Make a practice folder that has been in use: a key file, a database with people in it, an audit log."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kit = kit or recovery_kit.new_kit()
    owner = key_file.make_slot(OWNER, "Person 1", "a long enough password", FAST)
    data, opened, unlocked = key_file.new_vault(
        kind, owner, "ab" * 16, b"d" * 32, [kit.recipient], vault_id or (seed.encode().hex() * 32)[:32]
    )
    (folder / "vault.keys").write_bytes(data)
    holder = KeyHolder(bytearray(unlocked.dek))
    path = folder / "vault.1.db"
    create_file(path, holder.hex)
    migrate(path, holder.hex)
    vault = open_vault(path, holder.hex)
    fill(vault, opened.vault_id, kind, patients)
    row = AuditRow(datetime(2026, 1, 2, 9, 0, tzinfo=UTC), 1, 1, "setup", "setup", "done")
    with vault.writer.begin() as conn:
        audit.append(conn, row, audit_mac.linker(holder.audit_key(), opened.vault_id, 1))
    keys = HeldKeys(folder, opened.vault_id, kind, (kit.recipient,), holder)
    return BackedUp(folder, kit.line, keys, vault, FakeClock())


def fill(vault: Vault, vault_id: str, kind: str, patients: int) -> None:
    now = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)
    last, first = CANARY.split()[1], CANARY.split()[0]
    with vault.writer.begin() as conn:
        conn.execute(insert(t.vault).values(
            id=1, vault_id=vault_id, kind=kind, epoch=1, gen=1, created_at=now, app_version="0"))  # fmt: skip
        conn.execute(insert(t.workstation).values(
            number=1, device_id="ab" * 16, name="Front desk", store_kind="file", enrolled_at=now))  # fmt: skip
        conn.execute(insert(t.practice).values(
            id=1, name="Harbor Street Family Medicine", street="12 Harbor Street", city="Rockport", state="ME",
            zip="048561234", phone="2075550100", npi="1234567893", tin="123456789"))  # fmt: skip
        conn.execute(insert(t.guarantor), [
            {"id": n, "last": last, "mailing_name": CANARY, "created_at": now}
            for n in range(1, patients + 1)])  # fmt: skip
        conn.execute(insert(t.patient), [
            {"id": n, "account": f"1-{n}", "last": last, "first": first, "mailing_name": CANARY, "sex": "F",
             "birth_date": now.date(), "guarantor_id": n, "relationship": "18", "created_at": now, "version": 1}
            for n in range(1, patients + 1)])  # fmt: skip
