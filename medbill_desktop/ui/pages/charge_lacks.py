"""What a practice must have before it can charge, and who adds it."""

from medbill_desktop.domain.users import who_may
from medbill_desktop.usecases.catalogs import (
    FindFees,
    ListPlaces,
    ListProviders,
    find_fees,
    list_places,
    list_providers,
    save_provider,
)
from medbill_desktop.usecases.desk import Desk


def what_is_lacking(desk: Desk) -> str:
    """Return what charges still need, in words; empty where nothing."""
    lacks = []
    if not desk.ask(list_providers, ListProviders()):
        lacks.append("a provider")
    if not desk.ask(list_places, ListPlaces()):
        lacks.append("a place")
    if not desk.ask(find_fees, FindFees("", desk.clock.today(), 1)):
        lacks.append("a fee schedule")
    return f"Charges need {' and '.join(lacks)}. {_who_adds(desk)}" if lacks else ""


def _who_adds(desk: Desk) -> str:
    if desk.may(save_provider):
        return "Add what is missing in Settings."
    return f"Your role may not {save_provider.needs}: ask a {who_may(save_provider.needs)} to add what is missing."
