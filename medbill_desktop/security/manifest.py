"""What a bundle says of itself (SECURITY B1).

DANGER: it holds the data key of the database beside it. It exists inside the age layer and in memory, nowhere else.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from medbill_desktop.domain.problems import Refused

FORMAT: Final = 1
KEY_FILE: Final = "vault.keys"
_HEX_64: Final = re.compile(r"[0-9a-f]{64}")
_HEX_32: Final = re.compile(r"[0-9a-f]{32}")


class BundleDamaged(Refused):
    """A backup is cut, changed, or no backup at all."""

    def __init__(self, what: str = "The backup is damaged or incomplete.") -> None:
        super().__init__(f"{what} Nothing was changed. Use another backup.")


class BundleTooNew(Refused):
    """A backup of a version of the program that this one does not know."""

    def __init__(self) -> None:
        super().__init__("This backup was made by a newer version of the program. Install that version, then restore.")


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """Size in bytes and SHA-256 of a file in the bundle."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself; `dek` opens its database (SECURITY B1)."""

    app: str
    schema: int
    vault: str
    kind: str
    epoch: int
    made_at: datetime
    dek: str = field(repr=False)
    database: MemberFacts
    key_file: MemberFacts
    receivable_cents: int
    journal_cents: int
    last_posting_id: int
    rows: tuple[tuple[str, int], ...]
    audit_seq: int
    audit_head: str
    previous: str  # SHA-256 of the manifest before, empty in the first

    @property
    def database_name(self) -> str:
        return f"vault.{self.epoch}.db"


def manifest_bytes(manifest: Manifest) -> bytes:
    plain = {
        "format": FORMAT,
        "app": manifest.app,
        "schema": manifest.schema,
        "vault": manifest.vault,
        "kind": manifest.kind,
        "epoch": manifest.epoch,
        "made_at": manifest.made_at.isoformat(timespec="seconds"),
        "dek": manifest.dek,
        "members": {
            manifest.database_name: {"bytes": manifest.database.size, "sha256": manifest.database.sha256},
            KEY_FILE: {"bytes": manifest.key_file.size, "sha256": manifest.key_file.sha256},
        },
        "totals": {
            "receivable_cents": manifest.receivable_cents,
            "journal_cents": manifest.journal_cents,
            "last_posting_id": manifest.last_posting_id,
            "rows": dict(manifest.rows),
        },
        "audit": {"seq": manifest.audit_seq, "head": manifest.audit_head},
        "previous": manifest.previous,
    }
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest strictly; raises BundleTooNew or BundleDamaged."""
    try:
        plain = json.loads(data.decode("ascii"))
        if type(plain["format"]) is int and plain["format"] > FORMAT:
            raise BundleTooNew
        return _manifest(plain)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BundleDamaged from None


def _manifest(plain: Any) -> Manifest:
    _need(type(plain["format"]) is int and plain["format"] == FORMAT)
    members, totals, audit = plain["members"], plain["totals"], plain["audit"]
    epoch = _count(plain["epoch"])
    database, key_file = members[f"vault.{epoch}.db"], members[KEY_FILE]
    _need(len(members) == 2 and plain["kind"] in ("practice", "training"))
    return Manifest(
        app=str(plain["app"]),
        schema=_count(plain["schema"]),
        vault=_hex(plain["vault"], _HEX_32),
        kind=plain["kind"],
        epoch=epoch,
        made_at=_moment(plain["made_at"]),
        dek=_hex(plain["dek"], _HEX_64),
        database=MemberFacts(_count(database["bytes"]), _hex(database["sha256"], _HEX_64)),
        key_file=MemberFacts(_count(key_file["bytes"]), _hex(key_file["sha256"], _HEX_64)),
        receivable_cents=_int(totals["receivable_cents"]),
        journal_cents=_int(totals["journal_cents"]),
        last_posting_id=_count(totals["last_posting_id"]),
        rows=tuple((str(name), _count(number)) for name, number in sorted(totals["rows"].items())),
        audit_seq=_count(audit["seq"]),
        audit_head=_hex(audit["head"], _HEX_64),
        previous="" if plain["previous"] == "" else _hex(plain["previous"], _HEX_64),
    )


def _need(holds: object) -> None:
    if not holds:
        raise ValueError("not of this format")


def _int(value: Any) -> int:
    _need(type(value) is int)
    return int(value)


def _count(value: Any) -> int:
    _need(type(value) is int and value >= 0)
    return int(value)


def _hex(value: Any, form: re.Pattern[str]) -> str:
    _need(isinstance(value, str) and form.fullmatch(value) is not None)
    return str(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    _need(moment.tzinfo is not None)
    return moment
