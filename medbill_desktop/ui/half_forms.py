"""Every form that keeps a draft: its plain words, and where it is opened again (SECURITY L11)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class HalfForm:
    """What a list calls a form, and the page with the key that opens it."""

    words: str
    page: str = ""
    part: str = ""  # the tab or part of the page
    key: str = ""  # opens the form; only a key that opens, never one that does something at once
    then: str = ""  # pressed in the panel that `key` opened
    line_key: str = ""  # in the place of `key` where the form is about a line; Enter opens the line
    again: str = ""  # what the person does where no key can


_BACK: Final = "What you typed comes back there."
_IN_NOTED: Final = f"Now press what you were doing. {_BACK}"


def _patient(part: str, words: str, key: str = "", **more: str) -> HalfForm:
    return HalfForm(words, "patient", part, key, **more)


def _noted(words: str) -> HalfForm:
    return _patient("privacy", words, line_key="Enter", again=_IN_NOTED)


FORMS: Final[dict[str, HalfForm]] = {
    "registration": HalfForm("Registering a patient", "registration"),
    "payment": HalfForm("Taking a payment", "payments"),
    "charges": HalfForm("Entering charges", "charges"),
    "charges.more": HalfForm(
        "Drug, times and authorization of a line", "charges", again=f"Go to the line and press F4. {_BACK}"
    ),
    "visit.no_charge": HalfForm("Why a visit has no charge", "missing_charges", key="Ctrl+R"),
    "account.write_off": _patient("account", "Writing off", "Ctrl+W"),
    "account.transfer": _patient("account", "Moving who owes a charge", "Ctrl+R"),
    "account.void": _patient("account", "Voiding a charge", "Ctrl+D"),
    "account.fee": _patient("account", "Correcting a fee", "Ctrl+E"),
    "account.units": _patient("account", "Correcting units", "Ctrl+Shift+U"),
    "account.undo": _patient("account", "Taking back a write-off or transfer", "Ctrl+Shift+Z"),
    "coverage": _patient("coverage", "A policy", "Ctrl+Shift+A", line_key="Enter"),
    "coverage.replace": _patient("coverage", "A policy that replaces another", "Ctrl+Shift+R"),
    "coverage.end": _patient("coverage", "Ending a policy", "Ctrl+Shift+E"),
    "coverage.papers": _patient("coverage", "Signatures and Medicare", "Ctrl+Shift+F"),
    "coverage.order": _patient("coverage", "Order of the plans", "Ctrl+Shift+O"),
    "authorization": _patient("coverage", "An authorization of a plan", "Alt+P", then="Alt+N"),
    "authorization.change": _patient(
        "coverage", "Changing an authorization", "Alt+P", again=f"Press Change at the authorization. {_BACK}"
    ),
    "referral": _patient("coverage", "A referral", "Alt+P", then="Alt+F"),
    "patient": _patient("details", "Details of a patient"),
    "patient.guarantor": _patient("details", "Changing who pays", "Ctrl+Shift+G"),
    "contact": _patient("details", "A contact", "Ctrl+Shift+C", line_key="Enter"),
    "estate": _patient("details", "The estate of somebody who died", "Ctrl+Shift+T"),
    "mail.estate": HalfForm(
        "The estate of somebody who died", "statements", again=f"Choose whose, then the estate. {_BACK}"
    ),
    "claim.withdraw": _patient("claims", "Withdrawing a claim", line_key="Alt+W"),
    "document": _patient("documents", "Adding a scan", again=f"Choose the file again. {_BACK}"),
    "document.withdraw": _patient("documents", "Withdrawing a document", "Ctrl+Shift+X"),
    "document.limit": _patient("documents", "Size limit of scans", "Ctrl+Shift+L"),
    "privacy.notice": _patient("privacy", "Notice of privacy practices", "Alt+G"),
    "privacy.keep": _patient("privacy", "Keeping a service from plans", "Alt+K"),
    "privacy.other": _patient("privacy", "Another privacy request", "Alt+Q"),
    "privacy.estimate": _patient("privacy", "Good faith estimate", "Alt+E"),
    "privacy.authorize": _patient("privacy", "Authorization to disclose", "Alt+H"),
    "privacy.disclose": _patient("privacy", "Noting a disclosure", "Alt+D"),
    "privacy.told": _noted("A patient was told of a failed payment"),
    "privacy.unpaid": _noted("Ending a restriction that was not paid"),
    "privacy.taken_back": _noted("A patient takes a restriction back"),
    "privacy.authorization_ends": _noted("Ending an authorization to disclose"),
    "privacy.other_ends": _noted("Ending a privacy request"),
    "privacy.over_estimate": _noted("A bill above its estimate"),
    "payment.void": HalfForm("Voiding a payment", "payments", key="Ctrl+D"),
    "payment.returned": HalfForm("A payment that the bank returned", "payments", key="Ctrl+B"),
    "refund": HalfForm("Asking for a refund", "refunds", key="Ctrl+N"),
    "refund.net": HalfForm("Making good a credit below zero", "refunds", key="Ctrl+J"),
    "refund.refuse": HalfForm("Refusing a refund", "refunds", key="Ctrl+D"),
    "refund.withdraw": HalfForm("Taking back a refund", "refunds", key="Ctrl+R"),
    "refund.paid": HalfForm("Noting that a refund was paid", "refunds", key="Ctrl+T"),
    "refund.fee": HalfForm("Fee for returned payments", "refunds", key="Ctrl+E"),
    "case": HalfForm("Reviewing an account for collections", "collections", again=f"Review it with Ctrl+N. {_BACK}"),
    "case.refuse": HalfForm("Not approving a collection case", "collections", key="Ctrl+D"),
    "case.recall": HalfForm("Calling an account back", "collections", key="Ctrl+R"),
    "case.remit": HalfForm("What an agency pays", "collections", key="Ctrl+T"),
    "slip.close": HalfForm("Counting a deposit slip", "deposits", key="Ctrl+Enter"),
    "slip.move": HalfForm("Moving payments to another slip", "deposits", again=f"Tick them, then Ctrl+M. {_BACK}"),
    "slip.bank": HalfForm("The bank's line of a slip", "deposits", key="Ctrl+B"),
    "plan": HalfForm("A new payment plan", "plans", key="Ctrl+N"),
    "plan.signed": HalfForm("A signed payment plan", "plans", key="Ctrl+S"),
    "plan.end": HalfForm("Ending a payment plan", "plans", key="Ctrl+D"),
    "day.sign": HalfForm("Signing a day", "day_sheet", again=f"Show the day, then Ctrl+Enter. {_BACK}"),
    "day.item": HalfForm("Closing an open item", "day_sheet", key="Ctrl+D"),
    "run.mailed": HalfForm("Noting that statements were mailed", "statement_runs", key="Ctrl+Enter"),
    "mail.returned": HalfForm("Mail that came back", "returned_mail", key="Ctrl+N"),
    "mail.hold": HalfForm("Holding statements", "statements", again=f"Choose whose, then hold again. {_BACK}"),
    "mail.wish": HalfForm("How somebody gets letters", "statements", again=f"Choose whose, then letters. {_BACK}"),
    "mail.rules": HalfForm("Rules for statements", "statements", key="Ctrl+U"),
    "approval": HalfForm("Asking for approval", again=f"Send the form once more. {_BACK}"),
    "approval.decline": HalfForm("Deciding on an approval", "approvals", line_key="Enter"),
    "alone": HalfForm("Signing what owners did alone", "approvals", "alone", line_key="Enter"),
    "settings.practice": HalfForm("Settings of the practice", "settings", "practice"),
    "settings.hours": HalfForm("Office hours", "settings", "hours"),
    "settings.statements": HalfForm("Rules and sentences of statements", "settings", "statements"),
    "payers.entry": HalfForm("A payer", "settings", "payers", "Ctrl+N", line_key="Enter"),
    "providers.entry": HalfForm("A provider", "settings", "providers", "Ctrl+N", line_key="Enter"),
    "places.entry": HalfForm("A place", "settings", "places", "Ctrl+N", line_key="Enter"),
    "payers.rules": HalfForm("Rules of a payer", "settings", "payers", line_key="Ctrl+Shift+R"),
    "fee": HalfForm("A price", "settings", "fees", "Ctrl+N", line_key="Enter"),
    "codes": HalfForm("Importing a code set", "settings", "codes", "Ctrl+I"),
    "contract.schedule": HalfForm("Schedule of a payer", "settings", "contracts", "Ctrl+N"),
    "contract.rate": HalfForm("A contract rate", "settings", "contracts", "Alt+R"),
    "contract.clia": HalfForm("A CLIA number", "settings", "contracts", "Alt+L"),
    "contract.medicare": HalfForm("Prices like Medicare", "settings", "contracts", "Alt+M"),
    "notice": HalfForm("A notice of privacy practices", "settings", "notices", "Ctrl+N"),
    "kit": HalfForm("Who keeps a new recovery kit", "settings", "security", again=f"Begin the kit again. {_BACK}"),
    "computer": HalfForm("The name of a new computer", "settings", "security", again=f"Begin the code again. {_BACK}"),
    "ledger.undo": HalfForm("Taking an import back", "ledgers", again=f"Choose the import and take it back. {_BACK}"),
    "user.join": HalfForm("Adding a person", "users", key="Ctrl+N"),
    "user.invite": HalfForm("Inviting a person", "users", key="Alt+I"),
    "person.roles": HalfForm("Roles of a person", "users", line_key="Enter"),
    "user.leave": HalfForm("Leave of absence", "users", key="Alt+A"),
    "officers": HalfForm("Who the officers are", "users", key="Alt+O"),
    "roles": HalfForm("Ticks of a role", "roles"),
    "role.copy": HalfForm("Copying a role", "roles", again=f"Choose the role and copy it. {_BACK}"),
    "role.name": HalfForm("Renaming a role", "roles", again=f"Choose the role and rename it. {_BACK}"),
    "role.limits": HalfForm("Limits of a role", "roles", again=f"Choose the role and its limits. {_BACK}"),
    "audit.review": HalfForm("Weekly review of the log", "audit", "review", line_key="Enter"),
    "audit.emergency": HalfForm("Signing an emergency access", "audit", "emergency", line_key="Enter"),
    "audit.access": HalfForm("Access review", "audit", "access", line_key="Enter"),
    "audit.hold": HalfForm("A legal hold", "audit", "keeping", again=f"Set the hold again. {_BACK}"),
    "audit.lift": HalfForm("Lifting a legal hold", "audit", "keeping", line_key="Enter"),
    "audit.explain": HalfForm("Explaining a gap in the log", "audit", again=f"Verify the log again. {_BACK}"),
    "emergency": HalfForm("Why emergency access is needed", again=f"Ask for it again with Ctrl+K. {_BACK}"),
}
