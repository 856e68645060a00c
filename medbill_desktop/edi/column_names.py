"""What other systems call our fields, so that their lists are read without a column map (DESIGN 11).

Names are compared without case, spaces, underscores and signs. What could be two things is refused by name, since a
wrong guess would put one person's data into the wrong field without a word.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from medbill_desktop.domain.problems import Problem
from medbill_desktop.edi.column_maps import ColumnMap

_ADDRESS: Final = {
    "street": "address address1 addressline1 streetaddress street1 mailingaddress homeaddress",
    "city": "town citytown",
    "state": "st stateprovince province",
    "zip": "zipcode postalcode postcode zippostalcode",
}
_PHONE: Final = "phonenumber homephone telephone tel cellphone cell mobile mobilephone workphone primaryphone dayphone"
_PATIENT: Final = (
    "patientid patientnumber patientno chart chartid chartnumber chartno mrn medicalrecordnumber accountnumber acctno"
)
_OTHERS: Final[Mapping[str, Mapping[str, str]]] = {
    "patients": {
        "source_ref": f"id recordid {_PATIENT}",
        "last": "lastname surname familyname lname patientlastname",
        "first": "firstname givenname forename fname patientfirstname",
        "middle": "middlename middleinitial mi mname",
        "suffix": "namesuffix generation",
        "former_name": "maidenname maiden previousname",
        "birth_date": "dob dateofbirth birthdate birthday birth born patientdob",
        "sex": "gender patientsex administrativesex",
        "ssn": "socialsecuritynumber socialsecurity socsec",
        **_ADDRESS,
        "street2": "address2 addressline2 apt apartment unit suite",
        "phone": _PHONE,
        "email": "emailaddress mail",
        "deceased_on": "dateofdeath deathdate dod deceaseddate",
        "guarantor_last": "guarantorlastname responsiblepartylastname responsiblepartylast",
        "guarantor_first": "guarantorfirstname responsiblepartyfirstname responsiblepartyfirst",
        "relationship": "relationshiptoguarantor patientrelationship",
    },
    "payers": {
        "source_ref": "id payerid insuranceid carrierid",
        "name": "payer payername insurance insurancename insurancecompany carrier carriername plan planname",
        "payer_code": "electronicpayerid edipayerid claimpayerid",
        **_ADDRESS,
        "phone": _PHONE,
    },
    "coverages": {
        "source_ref": "id coverageid",
        "patient_ref": _PATIENT,
        "payer_name": "payer insurance insurancename insurancecompany carrier carriername plan planname",
        "payer_ref": "payerid insuranceid carrierid",
        "member_id": "memberid membernumber memberno policynumber policyno policyid subscriberid insuredid",
        "first_day": "effectivedate effective startdate effectivefrom validfrom coveragestart",
        "last_day": "terminationdate termdate enddate expirationdate validto coverageend",
        "rank": "priority sequence coverageorder",
        "group_number": "group groupno groupid",
        "relationship": "relationshiptosubscriber relationshiptoinsured",
        "subscriber_name": "subscriber insured insuredname policyholder",
        "subscriber_last": "subscriberlastname insuredlastname",
        "subscriber_first": "subscriberfirstname insuredfirstname",
        "subscriber_birth": "subscriberdob insureddob subscriberdateofbirth subscriberbirthdate",
    },
    "visits": {
        "source_ref": "id visitid encounterid appointmentid",
        "patient_ref": _PATIENT,
        "service_date": "dos dateofservice visitdate encounterdate appointmentdate",
        "provider_name": "provider doctor physician renderingprovider",
        "provider_npi": "npi renderingnpi",
        "place_name": "place location facility office facilityname locationname",
        "note": "notes comment comments reason",
    },
    "fees": {
        "code": "cpt cptcode hcpcs procedurecode procedure",
        "modifier": "mod modifier1",
        "description": "desc proceduredescription",
        "generic_words": "statementwords statementdescription patientwords",
        "price": "fee amount charge unitprice standardfee",
        "first_day": "effectivedate effective startdate",
        "last_day": "enddate expirationdate terminationdate",
        "schedule": "feeschedule schedulename",
        "claim_item": "billable claimitem billtoinsurance",
    },
    "rates": {
        "payer": "payername insurance insurancecompany carrier",
        "payer_code": "payerid electronicpayerid",
        "plan": "planname network",
        "code": "cpt cptcode hcpcs procedurecode procedure",
        "modifier": "mod modifier1",
        "where": "placeclass setting",
        "allowed": "allowable allowedamount rate contractrate",
        "first_day": "effectivedate effective startdate",
        "last_day": "enddate expirationdate terminationdate",
    },
    "history": {
        "source_ref": "id transactionid entryid ledgerid transactionnumber",
        "type": "transactiontype entrytype kind",
        "date": "transactiondate entrydate postingdate posteddate",
        "amount": "transactionamount",
        "patient_ref": _PATIENT,
        "claim_ref": "claim claimid claimnumber claimno",
        "charge_ref": "charge chargeid chargenumber",
        "visit_ref": "visit visitid encounterid appointmentid",
        "party": "responsible responsibleparty paidby payertype",
        "payer_ref": "payerid insuranceid carrierid",
        "payer_name": "payer insurance insurancename insurancecompany carrier carriername",
        "payer2_ref": "secondarypayerid secondaryinsuranceid",
        "method": "paymentmethod paymenttype",
        "code": "cpt cptcode hcpcs procedurecode procedure",
        "description": "desc proceduredescription",
        "words": "statementwords statementdescription",
        "reason": "adjustmentreason reasoncode",
        "service_date": "dos dateofservice",
    },
    "balances": {
        "source_ref": "id balanceid",
        "patient_ref": _PATIENT,
        "payer_ref": "payerid insuranceid carrierid",
        "payer_name": "payer insurance insurancename insurancecompany carrier carriername",
        "amount": "balance openingbalance balancedue amountdue",
        "as_of": "asof balancedate date",
        "last_service": "lastservicedate lastvisit lastdos dos dateofservice",
        "words": "statementwords statementdescription",
    },
}
_WHOLE: Final = ("last", "It may be the whole name: split it into Last name and First name.")
# A column of this name might be either of two things; it is refused where nothing clearer says the field.
_UNCLEAR: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "patients": dict.fromkeys(("name", "patient", "patientname", "fullname"), _WHOLE),
    "coverages": {"date": ("first_day", "Name it Effective date or Termination date.")},
    "visits": {"date": ("service_date", "Name it Date of service where it is that.")},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the columns of a file are read: `renamed` are (column, field), `unread` the columns that nothing takes."""

    map: ColumnMap
    renamed: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    unread: tuple[str, ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = field(default=(), repr=False)  # columns that could be two things


def recognised(kind: str, header: Sequence[str], known: Sequence[str]) -> Reading:
    """Find the column of each field that has no column of its own name; where two would do, none is taken."""
    meanings = {_plain(each): name for name in known for each in (name, *_OTHERS[kind].get(name, "").split())}
    own = {name for name in known if name in header}
    found: dict[str, list[str]] = {}
    for column in header:
        name = meanings.get(_plain(column))
        if column and name is not None and name not in own:
            found.setdefault(name, []).append(column)
    problems = [_both(name, columns) for name, columns in found.items() if len(columns) > 1]
    problems += _unclear(kind, header, {*own, *found})
    taken = own.union(*found.values())
    return Reading(
        ColumnMap(columns={name: columns[:1] for name, columns in found.items()}),
        tuple((columns[0], name) for name, columns in found.items()),
        tuple(column for column in header if column and column not in taken),
        tuple(problems),
    )


def _plain(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())


def _both(name: str, columns: Sequence[str]) -> Problem:
    said = f"{' and '.join(f'“{each}”' for each in columns)} may each be {name}."
    fix = f"Rename the right one to {name}, or name it in a column map."
    return Problem("ambiguous", name, said, fix, "header")


def _unclear(kind: str, header: Sequence[str], filled: Iterable[str]) -> list[Problem]:
    words = _UNCLEAR.get(kind, {})
    out = []
    for column in header:
        if (what := words.get(_plain(column))) is not None and what[0] not in filled:
            out.append(Problem("ambiguous", what[0], f"It is not clear what “{column}” is.", what[1], "header"))
    return out
