"""What an audit row says in plain words: every action of the program, and the facts beside it (SECURITY A15).

Who adds a use case adds its words here; a test compares this table with the declarations.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from medbill_desktop.domain.money import format_cents

ACTIONS: Final[dict[str, str]] = {
    "access.people": "Looked at who may do what",
    "access.sign": "Signed off the access review",
    "access.status": "Asked which access reviews are missing",
    "account.explain": "Read why a balance is owed",
    "account.open": "Opened a patient's account",
    "adjustment.reinstate": "Let a bad debt be owed again",
    "adjustment.undo": "Took an adjustment back",
    "adjustment.write_off": "Wrote off",
    "alone.list": "Looked at what an owner did alone",
    "alone.sign": "Signed what an owner did alone",
    "audit.anchor": "The log was not the one this computer remembers",
    "audit.anchor_page": "Printed an anchor of the log",
    "audit.explain": "Explained why an anchor was not reached",
    "audit.export": "Exported rows of the audit log",
    "audit.open_archive": "Opened an archive of the log",
    "audit.purge": "Moved a year of the log into an archive",
    "audit.read": "Read the audit log",
    "audit.unusual": "Looked for what is unusual",
    "audit.verify": "Verified the audit log",
    "authorization.list": "Opened a patient's authorizations",
    "authorization.remove": "Took an authorization out",
    "authorization.save": "Saved an authorization",
    "backup.due": "Asked whether a backup is due",
    "backup.make": "Made a backup",
    "backup.status": "Looked at the backups",
    "backup.target": "Chose where backups go",
    "backup.verify": "Checked a backup file",
    "charge.check": "Checked charges",
    "charge.correct_fee": "Corrected the fee of a charge",
    "charge.correct_units": "Corrected the units of a charge",
    "charge.enter": "Entered charges",
    "charge.void": "Voided a charge",
    "clipboard.copy": "Copied a secret",
    "collection.candidates": "Listed who might go to collections",
    "collection.decide": "Decided on a handover to collections",
    "collection.file": "Made the file for the collection agency",
    "collection.list": "Listed the accounts in collection",
    "collection.paid": "Listed what was paid since a handover",
    "collection.paid_file": "Made the list of payments for the agency",
    "collection.recall": "Called an account back from collections",
    "collection.remit": "Took a payment from the collection agency",
    "collection.reported": "Noted that payments were reported to the agency",
    "collection.review": "Proposed an account for collections",
    "collection.send": "Handed accounts to collections",
    "code.find": "Looked up a code",
    "code.import": "Imported a code set",
    "code.localities": "Listed Medicare's localities",
    "code.preview": "Looked at a code set file",
    "code.releases": "Listed the code sets",
    "contract.certificate": "Saved a laboratory certificate",
    "contract.list": "Listed the contracts",
    "contract.rates": "Saved contract rates",
    "contract.schedule": "Chose the prices of a payer",
    "coverage.check": "Checked a coverage",
    "coverage.end": "Ended a coverage",
    "coverage.save": "Saved a coverage",
    "coverage.show_member_id": "Showed a member number in full",
    "credit.apply": "Applied credit to charges",
    "credit.list": "Listed unapplied credit",
    "credit.unapply": "Took applied credit back",
    "day.sign": "Signed a day sheet",
    "deposit.bank": "Noted the bank's line of a deposit",
    "deposit.close": "Closed a deposit slip",
    "deposit.list": "Listed the deposit slips",
    "deposit.move": "Moved payments to another slip",
    "deposit.open": "Opened a deposit slip",
    "deposit.slip": "Made a deposit slip on paper",
    "deposit.start": "Began the next deposit slip",
    "device.codes": "Listed the enrolment codes",
    "device.enrol": "Enrolled a computer",
    "device.list": "Listed the computers",
    "device.move_secret": "Moved the secret of a computer",
    "device.offer": "Showed enrolment codes",
    "device.withdraw": "Withdrew an enrolment code",
    "disk.retry": "Wrote again after the disk was full",
    "document.add": "Put a document into the vault",
    "document.limit": "Looked at how large a document may be",
    "document.limit_set": "Changed how large a document may be",
    "document.list": "Listed a patient's cards and notices",
    "document.list_clinical": "Listed a patient's documents",
    "document.open": "Opened a card, an identification or a notice",
    "document.open_clinical": "Opened a document",
    "document.original_deleted": "Deleted the original of a scan outside the vault",
    "document.withdraw": "Withdrew a document",
    "document.print": "Printed a document",
    "document.save": "Saved a document as a file",
    "draft.drop": "Dropped a draft",
    "draft.list": "Listed own drafts",
    "draft.open": "Opened an own draft",
    "draft.save": "Kept a draft",
    "emergency.alerts": "Listed the emergency accesses",
    "emergency.begin": "Began an emergency access",
    "emergency.end": "Ended an emergency access",
    "emergency.sign": "Signed off an emergency access",
    "fee.find": "Looked up a fee",
    "fee.like_medicare": "Made prices out of Medicare's",
    "fee.save": "Saved fees",
    "file.save": "Saved a file",
    "guarantor.flag": "Flagged a guarantor",
    "health.check": "Checked the database",
    "import.preview": "Previewed an import",
    "import.rows": "Imported a file",
    "keys.close": "Closed the log under the old keys",
    "keys.open": "New keys came into force",
    "keys.put_back": "An older key file was put back",
    "keys.rotate": "Began to make new keys",
    "keys.write": "Changed the key file",
    "kit.drill": "Retyped the recovery kit",
    "kit.list": "Listed the recovery kits",
    "kit.old_bundles": "Listed the backups of older kits",
    "kit.renew": "Made a recovery kit",
    "leave.end": "Ended a leave of absence",
    "leave.list": "Looked at leaves of absence",
    "leave.put": "Put a person on leave",
    "log.hold": "Set a legal hold",
    "log.keeping": "Looked at how the log is kept",
    "log.lift_hold": "Lifted a legal hold",
    "log.scope": "Asked how much of the log is open",
    "log.people": "Listed who stands in the log",
    "money_item.close": "Closed an open item of money",
    "money_item.list": "Listed the open items of money",
    "office.hours": "Looked at the office hours",
    "office.hours_set": "Changed the office hours",
    "patient.alike": "Looked for records that may be one patient",
    "patient.change": "Changed a patient's details",
    "patient.check": "Checked a patient's details",
    "patient.compare": "Compared two records",
    "patient.contact": "Saved a contact or a permission",
    "patient.duplicates": "Looked for duplicates of a patient",
    "patient.find": "Typed into the patient search",
    "patient.guarantor": "Changed a patient's guarantor",
    "patient.merge": "Merged two records",
    "patient.merges": "Listed the merges of a patient",
    "patient.open": "Opened a patient's record",
    "patient.register": "Registered a patient",
    "patient.register_many": "Registered many patients",
    "patient.search": "Searched for patients",
    "patient.unmerge": "Took a merge back",
    "patient.watch": "Began or ended the watch on a record",
    "patient.watched": "Asked whether a record is watched",
    "payer.list": "Listed payers",
    "payer.save": "Saved a payer",
    "payment.day": "Listed the day's payments",
    "payment.form": "Opened a patient to take a payment",
    "payment.receipt": "Made a receipt",
    "payment.return": "Noted a payment that the bank returned",
    "payment.take": "Took a payment",
    "payment.take_many": "Took a batch of payments",
    "payment.void": "Voided a payment",
    "place.list": "Listed places",
    "place.save": "Saved a place",
    "plan.agreement": "Made the agreement of a payment plan",
    "plan.end": "Ended a payment plan",
    "plan.list": "Listed the payment plans",
    "plan.make": "Made a payment plan",
    "plan.preview": "Previewed a payment plan",
    "plan.sign": "Noted that a payment plan was signed",
    "posting.undo_last": "Undid the last posting",
    "practice.change": "Changed the practice's facts",
    "practice.figures": "Read figures of the practice",
    "practice.lock_minutes": "Changed the lock time",
    "practice.open": "Looked at the practice's facts",
    "practice.setup": "Set the practice up",
    "preference.mine": "Read own choices",
    "preference.set": "Kept an own choice",
    "proposal.approve": "Approved what somebody asked for",
    "proposal.ask": "Asked for more than the own limit",
    "proposal.count": "Counted what waits for approval",
    "proposal.decline": "Declined what somebody asked for",
    "proposal.list": "Listed what waits for approval",
    "proposal.open": "Opened a proposal",
    "proposal.seen": "Saw what was decided",
    "proposal.withdraw": "Withdrew a proposal",
    "provider.list": "Listed providers",
    "provider.save": "Saved a provider",
    "receipt.open": "Opened a receipt",
    "recovery.alerts": "Listed the uses of the recovery kit",
    "recovery.begin": "Used the recovery kit",
    "recovery.owed": "Asked what a use of the recovery kit owes",
    "recovery.reset": "Gave a one-time code by the recovery kit",
    "recovery.seen": "Acknowledged a use of the recovery kit",
    "refund.alone": "Refunded without a second person",
    "refund.approve": "Approved a refund",
    "refund.ask": "Asked for a refund",
    "refund.list": "Listed the refunds",
    "refund.pay": "Paid a refund",
    "refund.refuse": "Refused a refund",
    "refund.stale": "Noted a refund check that was never cashed",
    "refund.withdraw": "Took an approved refund back",
    "referral.add": "Added a referral",
    "report.aging": "Read the aging report",
    "report.day_sheet": "Read the day sheet",
    "report.day_sheet_csv": "Exported the day sheet",
    "report.day_sheet_pdf": "Printed the day sheet",
    "report.export": "Exported a report",
    "report.trial_balance": "Read the trial balance",
    "responsibility.transfer": "Transferred what is owed",
    "restore": "Restored a backup",
    "restore.confirm": "Confirmed a restore",
    "restore.waits": "Asked whether a restore waits",
    "returned.fee": "Looked at the fee for returned payments",
    "returned.set_fee": "Set the fee for returned payments",
    "review.sign_staff": "Signed off the weekly review of the own staff",
    "review.staff": "Asked which reviews of the own staff are missing",
    "review.sign": "Signed off the weekly review",
    "review.status": "Asked which weekly reviews are missing",
    "role.limits": "Set the limits of a role",
    "role.matrix": "Looked at the roles",
    "role.print": "Printed the roles",
    "role.retire": "Retired a role",
    "role.save": "Saved a role",
    "screen.pictures": "Let pictures of the screen be taken until the program closes",
    "security.cipher": "Looked at the protections",
    "session.lock": "Locked the screen",
    "session.seal": "Sealed the practice",
    "session.sign_in": "Signed in",
    "session.sign_out": "Signed out",
    "session.unlock": "Unlocked the screen",
    "small_balance.list": "Listed small balances",
    "small_balance.write_off": "Wrote small balances off",
    "staff.done": "Ticked off a task of joining or leaving",
    "staff.new_keys": "Closed tasks that waited for new keys",
    "staff.tasks": "Looked at the tasks of joining and leaving",
    "staff.waiting": "Asked which tasks of joining and leaving wait",
    "statement.mailed": "Marked statements as mailed",
    "statement.of-guarantor": "Listed a guarantor's statements",
    "statement.of_guarantor": "Listed a guarantor's statements",
    "statement.of_run": "Listed the statements of a run",
    "statement.preview": "Previewed a statement",
    "statement.preview_page": "Previewed a statement's page",
    "statement.print": "Printed statements",
    "statement.refresh": "Made a run's statements anew",
    "statement.reprint": "Printed a statement again",
    "statement.rules": "Looked at the statement rules",
    "statement.rules_set": "Changed the statement rules",
    "statement.run": "Made a run of statements",
    "statement.runs": "Listed the statement runs",
    "statement.select": "Selected who gets a statement",
    "statement.withdraw": "Withdrew statements",
    "today.queues": "Looked at what waits",
    "user.add": "Added a person",
    "user.arrive": "Came with a one-time code and chose a password",
    "user.authenticator": "Enrolled an own authenticator",
    "user.check_new": "Checked a new person",
    "user.codes": "Made own recovery codes",
    "user.deactivate": "Removed a person",
    "user.enrol_again": "Gave a person a new sign-in",
    "user.invite": "Invited a person",
    "user.list": "Listed the people",
    "user.me": "Looked at the own account",
    "user.officers": "Named the officers",
    "user.password": "Changed the own password",
    "user.reset": "Gave a person a one-time code for a new sign-in",
    "user.roles": "Changed a person's roles",
    "user.unlock": "Let a person try again",
    "visit.add": "Added visits",
    "visit.day": "Listed the day's visits",
    "visit.missing": "Listed the visits without a charge",
    "visit.no_charge": "Said why a visit has no charge",
    "visit.patient": "Opened a patient's visits",
}

READS: Final = frozenset(
    {"account.explain", "account.open", "authorization.list", "coverage.show_member_id", "document.open",
     "document.open_clinical", "patient.compare", "patient.open", "payment.form", "receipt.open",
     "statement.of-guarantor", "statement.of_guarantor", "statement.preview", "statement.preview_page",
     "statement.reprint", "payment.receipt", "visit.patient"}
)  # fmt: skip
EXPORTS: Final = frozenset({"audit.export", "collection.file", "collection.paid_file", "report.export"})

FAMILIES: Final[dict[str, frozenset[str]]] = {
    "Opening a record": READS,
    "Exports and prints": EXPORTS
    | {"document.print", "document.save", "file.save", "statement.print", "statement.reprint", "payment.receipt"},
    "Write-offs, voids and corrections": frozenset(
        {"adjustment.undo", "adjustment.write_off", "charge.correct_fee", "charge.correct_units", "charge.void",
         "credit.unapply", "payment.return", "payment.void",
         "posting.undo_last", "refund.alone", "refund.approve", "refund.pay",
         "responsibility.transfer", "small_balance.write_off"}
    ),
    "Signing in and locking": frozenset(each for each in ACTIONS if each.startswith("session.")),
    "People, computers and keys": frozenset(
        each
        for each in ACTIONS
        if each.startswith(("user.", "role.", "access.", "device.", "keys.", "kit.", "recovery.", "practice.setup"))
    ),
    "Backup and restore": frozenset(each for each in ACTIONS if each.startswith(("backup.", "restore"))),
}  # fmt: skip

OUTCOMES: Final[dict[str, str]] = {
    "done": "Done",
    "denied": "Denied",
    "refused": "Refused",
    "failed": "Failed",
    "cancelled": "Cancelled",
}

FACTS: Final[dict[str, str]] = {
    "alone": "Without a second person",
    "applied_cents": "Applied",
    "asked_by": "Asked by person no.",
    "asks": "Asked for",
    "attempts": "Failed attempts",
    "by": "By",
    "cents": "Amount",
    "changed": "Changed",
    "clock_regressed": "The clock went back",
    "countersigned": "Countersigned",
    "dropped": "Sign-in taken away from person no.",
    "emergency": "During emergency access no.",
    "failed_before": "Failed attempts before",
    "first": "From row",
    "found": "Found",
    "from_head": "Head restored to",
    "from_seq": "Row restored to",
    "gen": "Key file no.",
    "given": "Rights given",
    "head": "Chain head",
    "kept_back": "Kept back",
    "left_head": "Head left behind",
    "left_out": "Left out",
    "left_seq": "Row left behind",
    "lowered": "Weaker password hashing",
    "of_kind": "Kind",
    "other_disk": "On another disk",
    "own": "Of this practice",
    "refused": "Refused while locked",
    "rows": "Rows",
    "seq": "Up to row",
    "set": "Switched on",
    "slot": "Sign-in given to person no.",
    "store": "Where the secret lies",
    "taken": "Rights taken away",
    "until": "To row",
    "watched": "Watched",
}


REASONS: Final[dict[str, str]] = {
    "Invalid": "what was typed was not right",
    "LockedError": "the screen was locked",
    "NotAllowed": "the role may not",
    "OverLimit": "over the person's limit",
    "Refused": "a rule of the program forbids it",
    "Busy": "something else was under way",
    "Damaged": "a file is damaged",
    "DiskFull": "the disk was full",
    "ReadOnly": "nothing can be written here",
    "SameIdOtherCommand": "another change had the same number",
}


def say_action(action: str) -> str:
    """Return the words of an action; of one that a newer program wrote, its own words."""
    return ACTIONS.get(action) or action.replace(".", ": ").replace("_", " ").capitalize()


def say_outcome(outcome: str) -> str:
    return OUTCOMES.get(outcome) or outcome.capitalize()


def say_reason(reason: str | None) -> str:
    """Return why something was not done; the kind of a fault stays as it is, for whoever looks into it."""
    return "" if not reason else REASONS.get(reason, reason)


def say_fact(key: str, value: Any) -> tuple[str, str]:
    """Return a fact of a row as title and words."""
    title = FACTS.get(key) or key.removesuffix("_cents").replace("_", " ").capitalize()
    if isinstance(value, bool):
        return title, "yes" if value else "no"
    if value is None:
        return title, "—"
    if isinstance(value, int) and (key == "cents" or key.endswith("_cents")):
        return title, format_cents(value)
    if isinstance(value, list | tuple):
        return title, ", ".join(str(each) for each in value) or "none"
    if isinstance(value, str) and key == "changed":
        return title, value.replace("_", " ")
    return title, str(value)


def say_facts(detail: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the facts of a row in words, in the order of their titles."""
    return tuple(sorted(say_fact(key, value) for key, value in detail.items()))


def named_like(typed: str) -> Iterable[tuple[str, str]]:
    """Yield (action, words) of the actions in whose words every typed word begins one; all where nothing is typed."""
    wanted = typed.casefold().split()
    for action, words in sorted(ACTIONS.items(), key=lambda pair: pair[1]):
        said = words.casefold().replace("'", " ").split()
        if all(any(each.startswith(want) for each in said) for want in wanted):
            yield action, words
