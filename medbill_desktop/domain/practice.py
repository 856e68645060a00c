"""What a practice is called, where it is and how payers know it (BILLING G, EDI K22-K23)."""

from dataclasses import dataclass

from medbill_desktop.domain import checks
from medbill_desktop.domain.postal import is_po_box, no_delivery_zip
from medbill_desktop.domain.problems import Findings, Problem


@dataclass(frozen=True, slots=True)
class PracticeFacts:
    """The billing provider as it stands on claims and statements; ZIP, phone and TIN are digits only."""

    name: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    npi: str
    tin: str
    street2: str = ""
    taxonomy: str = ""


def tidied(facts: PracticeFacts) -> PracticeFacts:
    """Return the facts in the form that is stored: no blanks around, digits without signs between them."""
    state = checks.state_code(facts.state)
    zip_code, phone = checks.zip_digits(facts.zip), checks.phone_digits(facts.phone)
    return PracticeFacts(
        name=" ".join(facts.name.split()),
        street=" ".join(facts.street.split()),
        street2=" ".join(facts.street2.split()),
        city=" ".join(facts.city.split()),
        state=facts.state.strip() if state is None else state,
        zip=facts.zip.strip() if zip_code is None else zip_code,
        phone=facts.phone.strip() if phone is None else phone,
        npi=facts.npi.strip(),
        tin=facts.tin.strip().replace("-", "") if checks.is_tin(facts.tin.strip()) else facts.tin.strip(),
        taxonomy=facts.taxonomy.strip().upper(),
    )


def check_practice(facts: PracticeFacts) -> tuple[Problem, ...]:
    """Judge tidied facts; every problem names its field."""
    found = Findings()
    for where, text in (("name", facts.name), ("street", facts.street), ("city", facts.city)):
        if not text:
            found.stop("missing", where, f"The practice's {where} is needed.")
        elif checks.holds_card_number(text):
            found.stop("card-number", where, checks.CARD_WORDS)
        elif len(text) > 80 or checks.unprintable(text):
            found.stop("bad-text", where, f"The {where} is too long or holds a sign that can't be printed.")
    for where, text in (("street", facts.street), ("street2", facts.street2)):
        if is_po_box(text):
            found.stop("po-box", where, "A billing address is a street, not a box of the post.", "Type the street.")
    if len(facts.street2) > 80 or checks.unprintable(facts.street2):
        found.stop("bad-text", "street2", "The second address line is too long or can't be printed.")
    if checks.holds_card_number(facts.street2):
        found.stop("card-number", "street2", checks.CARD_WORDS)
    if facts.state not in checks.STATES:
        found.stop("state", "state", "This is no state or territory.", "Use its two letters, such as ME.")
    if checks.zip_digits(facts.zip) != facts.zip:
        found.stop("zip", "zip", "A ZIP code has 5 or 9 digits.")
    elif no_delivery_zip(facts.zip):
        found.stop("zip", "zip", "No address has these last four digits.", "Look the ZIP+4 up, or type five digits.")
    if checks.phone_digits(facts.phone) != facts.phone:
        found.stop("phone", "phone", "A telephone number has ten digits.")
    if not checks.is_npi(facts.npi):
        found.stop("npi", "npi", "This is no NPI: ten digits, and the last one is a check digit.", "Compare it again.")
    if not checks.is_tin(facts.tin):
        found.stop("tin", "tin", "A tax id has nine digits.")
    if facts.taxonomy and not checks.is_taxonomy(facts.taxonomy):
        found.stop("taxonomy", "taxonomy", "A taxonomy code has ten characters and ends with X.")
    return found.stops()
