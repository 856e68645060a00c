"""Where a letter to a guarantor goes: the estate, the confidential address, their own, or nowhere (BILLING R11, S5)."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, select

from medbill_desktop.storage import estates, merged, privacy
from medbill_desktop.storage.tables import guarantor


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """The name that papers bear, and the address that wins; without mail there is a phone alone."""

    name: str
    care_of: str
    street: str
    street2: str
    city: str
    state: str
    zip: str
    phone: str = field(default="")
    to_estate: bool = False


def place_of(conn: Connection, guarantor_id: int, today: date) -> Place:
    """Return where a guarantor is written to today."""
    payer = merged.payer_of_bills(conn, guarantor_id)
    g = conn.execute(select(guarantor).where(guarantor.c.id == payer)).one()
    own = privacy.own_place(conn, payer, today) or (g.street, g.street2, g.city, g.state, g.zip, g.phone)
    settled = estates.on_paper(conn, payer, today)
    if settled is None:
        if g.no_mail_on is not None or privacy.no_mail(conn, payer, today):
            return Place(g.mailing_name, "", "", "", "", "", "", own[5])
        return Place(g.mailing_name, "", *own)
    name, to = settled
    if not to.has_address:
        street, street2, city, state, digits, phone = own
        return Place(name, to.care_of, street, street2, city, state, digits, to.phone or phone, to_estate=True)
    return Place(name, to.care_of, to.street, to.street2, to.city, to.state, to.zip, to.phone, to_estate=True)
