"""Prior authorizations and referrals of a patient (BILLING R12)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.authorizations import Authorization, AuthorizationDetails, checked_authorization
from medbill_desktop.domain.checks import holds_card_number
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs, charge_facts, contracts, merged
from medbill_desktop.storage.patients import lives
from medbill_desktop.storage.tables import payer, provider
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

Referral = contracts.Referral


@dataclass(frozen=True, slots=True)
class PatientAuthorizations:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class AuthorizationLine:
    id: Id
    authorization: Authorization = field(repr=False)
    payer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What plans and other doctors gave for a patient, the newest first."""

    authorizations: tuple[AuthorizationLine, ...] = field(repr=False)
    referrals: tuple[Referral, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SaveAuthorization:
    """Add one, or change it where `authorization_id` is given."""

    id: Id
    patient_id: Id
    details: AuthorizationDetails = field(repr=False)
    authorization_id: Id | None = None


@dataclass(frozen=True, slots=True)
class RemoveAuthorization:
    id: Id
    patient_id: Id
    authorization_id: Id


@dataclass(frozen=True, slots=True)
class AddReferral:
    id: Id
    patient_id: Id
    provider_id: Id
    first_day: date
    last_day: date | None = None
    number: str = field(default="", repr=False)
    visits: int | None = None


@query("authorization.list", needs=Permission.VIEW_ACCOUNT, audit="authorization.list")
def patient_authorizations(read: Reading, asked: PatientAuthorizations) -> Permissions:
    names = {each: name for each, name, _ in catalogs.payer_names(read.conn)}
    patient_id = merged.survivor(read.conn, asked.patient_id)
    every = charge_facts.authorizations_of(read.conn, patient_id)
    read.entry.about("patient", patient_id, patient_id)
    return Permissions(
        tuple(AuthorizationLine(each.id, each, names.get(each.details.payer_id, "")) for each in every),
        tuple(contracts.referrals_of(read.conn, patient_id)),
    )


@usecase("authorization.save", needs=Permission.REGISTER, topics={"patients"})
def save_authorization(work: Work, cmd: SaveAuthorization) -> Id:
    found = Findings()
    made = checked_authorization(cmd.details, found)
    if not catalogs.known_ids(work.conn, payer, [made.payer_id]):
        found.stop("payer", "payer_id", "Choose the plan that gave it.")
    patient_id = _patient(work, cmd.patient_id, found)
    found.raise_stops()
    if cmd.authorization_id is None:
        new_id = work.new_id()
        contracts.add_authorization(work.conn, new_id, patient_id, made, work.user.id, work.now)
    else:
        new_id = cmd.authorization_id
        if not contracts.change_authorization(work.conn, new_id, patient_id, made):
            raise Refused("This authorization is not there any more. Nothing was changed.")
    work.entry.about("authorization", new_id, patient_id, changed=cmd.authorization_id is not None)
    return new_id


@usecase("authorization.remove", needs=Permission.REGISTER, topics={"patients"})
def remove_authorization(work: Work, cmd: RemoveAuthorization) -> None:
    if not contracts.remove_authorization(work.conn, cmd.authorization_id, cmd.patient_id):
        raise Refused("A charge was made under this authorization, so that it stays. Give it another last day instead.")
    work.entry.about("authorization", cmd.authorization_id, cmd.patient_id)


@usecase("referral.add", needs=Permission.REGISTER, topics={"patients"})
def add_referral(work: Work, cmd: AddReferral) -> Id:
    found, number = Findings(), tidy(cmd.number)
    if not catalogs.known_ids(work.conn, provider, [cmd.provider_id]):
        found.stop("provider", "provider_id", "Choose who sent the patient.")
    if cmd.last_day is not None and cmd.last_day < cmd.first_day:
        found.stop("dates", "last_day", "The last day lies before the first.")
    if cmd.visits is not None and not 1 <= cmd.visits <= 999:
        found.stop("visits", "visits", "A referral is for 1 to 999 visits.", "Leave it empty where none were named.")
    if len(number) > 50 or holds_card_number(number):
        found.stop("number", "number", "This is not the number of a referral.")
    patient_id = _patient(work, cmd.patient_id, found)
    found.raise_stops()
    new_id = work.new_id()
    contracts.add_referral(work.conn, {
        "id": new_id, "patient_id": patient_id, "provider_id": cmd.provider_id, "number": number,
        "visits": cmd.visits, "first_day": cmd.first_day, "last_day": cmd.last_day, "created_at": work.now,
        "created_by": work.user.id,
    })  # fmt: skip
    work.entry.about("referral", new_id, patient_id)
    return new_id


def _patient(work: Work, patient_id: Id, found: Findings) -> Id:
    """Return the record that stands for this patient now."""
    if not lives(work.conn, [patient_id]):
        found.stop("patient", "patient", "This patient is not there.", "Find the patient again.")
    return merged.survivor(work.conn, patient_id)
