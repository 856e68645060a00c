"""To whom a letter goes and how it is set: address, language and letters of a guarantor (BILLING R11, S3)."""

from dataclasses import dataclass, field

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.postal import Postal
from medbill_desktop.domain.statements import Address, Wish
from medbill_desktop.storage import mailing, merged
from medbill_desktop.storage import statement_life as life
from medbill_desktop.storage.statement_facts import city_line
from medbill_desktop.usecases.declare import Reading
from medbill_desktop.usecases.postal_style import style_of


@dataclass(frozen=True, slots=True)
class Addressed:
    """`lines` begin with the name; `to_estate` where whoever reads it settles an estate."""

    name: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    wish: Wish
    to_estate: bool


def addressed(read: Reading, guarantor_id: Id) -> Addressed:
    """Return whom a letter of today names, in postal style where the practice prints so."""
    place = mailing.place_of(read.conn, guarantor_id, read.today)
    at = style_of(read)(Postal(place.street, place.street2, place.city, place.state, place.zip))
    last = city_line(Address(at.street, at.street2, at.city, at.state, at.zip))
    lines = (place.name, place.care_of, at.street, at.street2, last)
    wish = wish_of(read, guarantor_id)
    return Addressed(place.name, tuple(each for each in lines if each.strip()), wish, place.to_estate)


def wish_of(read: Reading, guarantor_id: Id) -> Wish:
    """Return how a guarantor wants their mail."""
    root = merged.payer_of_bills(read.conn, guarantor_id)
    return life.wishes(read.conn, merged.joined_guarantors(read.conn)).get(root, Wish())
