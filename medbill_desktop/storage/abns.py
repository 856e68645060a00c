"""Which signed advance notice of non-coverage covers a service (BILLING C11)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, bindparam, select

from medbill_desktop.domain.charges import Superbill
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.scans import DocumentKind
from medbill_desktop.storage import merged
from medbill_desktop.storage.tables import document

HOLDS_FOR: Final = timedelta(days=365)  # what a notice names may go on for a year (CMS Claims Manual 30, 50.6.3)
_MODIFIERS: Final = frozenset({"GA", "GX", "GZ"})
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_NOTICES: Final = select(document.c.patient_id, document.c.visit_id, document.c.dated_on).where(
    document.c.patient_id.in_(_IDS), document.c.kind == DocumentKind.ABN.value, document.c.withdrawn_at.is_(None)
)


class Notices:
    """The notices of the patients whose lines speak of one."""

    def __init__(self, conn: Connection, superbills: Sequence[Superbill]) -> None:
        asked = {each.patient_id for each in superbills if _speaks_of_one(each)}
        self._days: dict[Id, list[tuple[Id | None, date]]] = {}
        for patient_id, family in merged.families(conn, asked).items() if asked else ():
            for row in conn.execute(_NOTICES, {"ids": list(family)}):
                self._days.setdefault(patient_id, []).append((row.visit_id, row.dated_on))

    def signed_on(self, bill: Superbill) -> date | None:
        """Return the day of the newest that covers the service; one that hangs on another visit does not."""
        day = bill.service_date
        held = (
            signed for visit_id, signed in self._days.get(bill.patient_id, ())
            if day - HOLDS_FOR < signed <= day and visit_id in (None, bill.visit_id)
        )  # fmt: skip
        return max(held, default=None)


def _speaks_of_one(bill: Superbill) -> bool:
    return any(each.strip().upper() in _MODIFIERS for line in bill.lines for each in line.modifiers)
