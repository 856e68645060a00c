"""Who may sign in, their authenticators and recovery codes (SECURITY 2.2, A3).

The key file says who can open the practice, these tables what he may do.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import BUILT_IN, RoleBook, RoleKey, User
from medbill_desktop.storage.tables import practice, recovery_code, user


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person's row."""

    id: Id
    name: str
    folded: str
    roles: frozenset[RoleKey]
    active: bool
    totp_secret: str | None = field(repr=False)
    totp_last_step: int
    created_at: datetime

    def as_user(self, book: RoleBook = BUILT_IN) -> User:
        return User(self.id, self.name, self.roles if self.active else frozenset(), book)


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """An unused recovery code as it is kept."""

    id: Id
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Officers:
    privacy: Id | None
    security: Id | None


def add(conn: Connection, record: UserRecord) -> None:
    """Write a new person; the folded name is unique in the schema."""
    conn.execute(
        insert(user).values(
            id=record.id,
            name=record.name,
            folded=record.folded,
            roles=_stored(record.roles),
            active=record.active,
            totp_secret=record.totp_secret,
            totp_last_step=record.totp_last_step,
            created_at=record.created_at,
        )
    )


def find(conn: Connection, user_id: int) -> UserRecord | None:
    return next(iter(_read(conn, user.c.id == user_id)), None)


def all_users(conn: Connection) -> list[UserRecord]:
    """Return everyone, those who left as well, by name."""
    return sorted(_read(conn), key=lambda each: each.folded)


def set_name(conn: Connection, user_id: int, name: str, folded: str) -> None:
    conn.execute(update(user).where(user.c.id == user_id).values(name=name, folded=folded))


def set_roles(conn: Connection, user_id: int, roles: Iterable[RoleKey]) -> None:
    conn.execute(update(user).where(user.c.id == user_id).values(roles=_stored(roles)))


def set_active(conn: Connection, user_id: int, active: bool) -> None:
    conn.execute(update(user).where(user.c.id == user_id).values(active=active))


def set_totp(conn: Connection, user_id: int, secret: str | None, last_step: int) -> None:
    """Replace the authenticator; `last_step` is the step that proved it."""
    conn.execute(update(user).where(user.c.id == user_id).values(totp_secret=secret, totp_last_step=last_step))


def set_last_step(conn: Connection, user_id: int, step: int) -> bool:
    """Remember an accepted step; False where one at or after it was accepted meanwhile (SECURITY K23)."""
    newer = (user.c.id == user_id) & (user.c.totp_last_step < step)
    return conn.execute(update(user).where(newer).values(totp_last_step=step)).rowcount == 1


def replace_codes(conn: Connection, user_id: int, codes: Sequence[CodeRecord], at: datetime) -> None:
    """Void the codes there are and write a new set (SECURITY K25)."""
    unused = (recovery_code.c.user_id == user_id) & recovery_code.c.used_at.is_(None)
    conn.execute(update(recovery_code).where(unused).values(used_at=at))
    if codes:
        conn.execute(
            insert(recovery_code),
            [{"id": each.id, "user_id": user_id, "salt": each.salt, "digest": each.digest} for each in codes],
        )


def unused_codes(conn: Connection, user_id: int) -> list[CodeRecord]:
    c = recovery_code.c
    rows = conn.execute(select(c.id, c.salt, c.digest).where(c.user_id == user_id, c.used_at.is_(None)).order_by(c.id))
    return [CodeRecord(Id(row.id), row.salt, row.digest) for row in rows]


def use_code(conn: Connection, code_id: int, at: datetime) -> bool:
    """Spend a recovery code; False where it was spent already."""
    unused = (recovery_code.c.id == code_id) & recovery_code.c.used_at.is_(None)
    return conn.execute(update(recovery_code).where(unused).values(used_at=at)).rowcount == 1


def codes_left(conn: Connection) -> dict[int, int]:
    """Return the number of unused codes by user."""
    c = recovery_code.c
    rows = conn.execute(select(c.user_id, func.count()).where(c.used_at.is_(None)).group_by(c.user_id))
    return {row[0]: row[1] for row in rows}


def officers(conn: Connection) -> Officers:
    """Return who is named privacy and security officer."""
    row = conn.execute(select(practice.c.privacy_officer, practice.c.security_officer)).first()
    return Officers(None, None) if row is None else Officers(row.privacy_officer, row.security_officer)


def set_officers(conn: Connection, named: Officers) -> None:
    conn.execute(update(practice).values(privacy_officer=named.privacy, security_officer=named.security))


def _read(conn: Connection, *where: object) -> list[UserRecord]:
    rows = conn.execute(select(user).where(*where))  # type: ignore[arg-type]
    return [
        UserRecord(
            id=Id(row.id),
            name=row.name,
            folded=row.folded,
            roles=frozenset(json.loads(row.roles)),
            active=bool(row.active),
            totp_secret=row.totp_secret,
            totp_last_step=row.totp_last_step,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _stored(roles: Iterable[RoleKey]) -> str:
    return json.dumps(sorted(roles))
