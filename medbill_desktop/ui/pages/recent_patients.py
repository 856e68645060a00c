"""Whom a person opened lately; in memory for one desk only, gone with it (SECURITY P12, P14)."""

from weakref import WeakKeyDictionary

from medbill_desktop.domain.ids import Id
from medbill_desktop.usecases.desk import Desk

MOST = 12
_OPENED: WeakKeyDictionary[Desk, dict[Id, str]] = WeakKeyDictionary()


def remember(desk: Desk, patient_id: Id, account: str) -> None:
    """Put a patient in front of those opened lately."""
    before = {each: number for each, number in _OPENED.get(desk, {}).items() if each != patient_id}
    _OPENED[desk] = dict(list({patient_id: account, **before}.items())[:MOST])


def recent(desk: Desk) -> dict[Id, str]:
    """Return ids with account numbers, the last opened first."""
    return dict(_OPENED.get(desk, {}))
