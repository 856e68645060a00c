"""Payers, providers, places and fees: listed by everyone, kept by who may (DESIGN 5, BILLING C2, R14)."""

from dataclasses import dataclass
from datetime import date

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class PayerDetails:
    """The company that adjudicates and pays; `filing_indicator` is SBR09."""

    name: str
    payer_code: str = ""
    filing_indicator: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class PayerLine:
    id: Id
    payer: PayerDetails


@dataclass(frozen=True, slots=True)
class ListPayers:
    """Those whose name or payer id begins so; those no longer used as well where `everyone` is set."""

    text: str = ""
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class SavePayer:
    """Add a payer, or change one where `payer_id` is given."""

    id: Id
    payer: PayerDetails
    payer_id: Id | None = None


@dataclass(frozen=True, slots=True)
class ProviderDetails:
    last: str
    first: str = ""
    credential: str = ""
    npi: str = ""
    taxonomy: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class ProviderLine:
    id: Id
    provider: ProviderDetails
    name: str  # `Ortiz, Ana MD`


@dataclass(frozen=True, slots=True)
class ListProviders:
    text: str = ""
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class SaveProvider:
    id: Id
    provider: ProviderDetails
    provider_id: Id | None = None


@dataclass(frozen=True, slots=True)
class PlaceDetails:
    """Where it was done; `pos` is the two-digit place of service."""

    name: str
    pos: str = "11"
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class PlaceLine:
    id: Id
    place: PlaceDetails


@dataclass(frozen=True, slots=True)
class ListPlaces:
    text: str = ""
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class SavePlace:
    id: Id
    place: PlaceDetails
    place_id: Id | None = None


@dataclass(frozen=True, slots=True)
class FeeDetails:
    """A price from a day on; `generic_words` is what a statement may say (BILLING S2)."""

    code: str
    description: str
    generic_words: str
    cents: Cents
    first_day: date
    modifier: str = ""
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class FeeLine:
    id: Id
    fee: FeeDetails


@dataclass(frozen=True, slots=True)
class FindFees:
    """Prices in force on a day whose code, or a word of whose description, begins so; all where `text` is empty."""

    text: str
    on: date
    limit: int = 20
    schedule: str = "standard"


@dataclass(frozen=True, slots=True)
class SaveFees:
    """Prices from their first day on; an older price of the same code ends the day before."""

    id: Id
    fees: tuple[FeeDetails, ...]
    schedule: str = "standard"


@dataclass(frozen=True, slots=True)
class SavedFees:
    added: int
    changed: int
    unchanged: int


@query("payer.list", needs=Permission.VIEW_ACCOUNT)
def list_payers(read: Reading, asked: ListPayers) -> tuple[PayerLine, ...]:
    raise NotImplementedError


@usecase("payer.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_payer(work: Work, cmd: SavePayer) -> Id:
    raise NotImplementedError


@query("provider.list", needs=Permission.VIEW_ACCOUNT)
def list_providers(read: Reading, asked: ListProviders) -> tuple[ProviderLine, ...]:
    raise NotImplementedError


@usecase("provider.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_provider(work: Work, cmd: SaveProvider) -> Id:
    raise NotImplementedError


@query("place.list", needs=Permission.VIEW_ACCOUNT)
def list_places(read: Reading, asked: ListPlaces) -> tuple[PlaceLine, ...]:
    raise NotImplementedError


@usecase("place.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_place(work: Work, cmd: SavePlace) -> Id:
    raise NotImplementedError


@query("fee.find", needs=Permission.VIEW_ACCOUNT)
def find_fees(read: Reading, asked: FindFees) -> tuple[FeeLine, ...]:
    raise NotImplementedError


@usecase("fee.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_fees(work: Work, cmd: SaveFees) -> SavedFees:
    raise NotImplementedError
