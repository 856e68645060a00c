"""What an office has beside its visits: slips at the bank, a plan, a bad check, a refund, papers, a double record.

All of it is done on the last past day, so that today's own work begins with nothing of it; what fits nobody in a very
small practice is left out.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from medbill_desktop.domain.authorizations import AuthorizationDetails
from medbill_desktop.domain.deposits import Pieces
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.scans import DocumentDetails, DocumentKind
from medbill_desktop.domain.users import RIGHTS, Permission, Role
from medbill_desktop.training.people import Synthetic
from medbill_desktop.usecases.authorizations import SaveAuthorization, save_authorization
from medbill_desktop.usecases.collections import ListCandidates, ReviewAccount, list_candidates, review_account
from medbill_desktop.usecases.deposits import CloseSlip, ListSlips, NoteBankLine, close_slip, list_slips, note_bank_line
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.documents import AddDocument, add_document
from medbill_desktop.usecases.merging import MergePatients, merge_patients
from medbill_desktop.usecases.patients import NewPatient, Registered, RegisterPatients, register_patients
from medbill_desktop.usecases.payments import (
    DayPayments,
    PatientPayment,
    PaymentForm,
    TakePayment,
    day_payments,
    payment_form,
    take_payment,
)
from medbill_desktop.usecases.plans import (
    MakePlan,
    PlanAgreement,
    PlanTerms,
    SignPlan,
    make_plan,
    plan_agreement_pdf,
    sign_plan,
)
from medbill_desktop.usecases.refunds import RefundAlone, refund_alone
from medbill_desktop.usecases.returned import ReturnPayment, return_payment
from medbill_desktop.usecases.roles import SaveRole, save_role
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, add_visits

TWINS: Final = 2  # records that are there twice: one is merged, one waits to be looked at
OVERPAID: Final = Cents(35_00)
LEAST_FOR_PLAN: Final = 40_00
INSTALMENTS: Final = 4
ROLE: Final = "Senior front desk"
MOST_LOOKED_AT: Final = 40  # people, to find one of each kind


class Affairs:
    """Does each thing once, for the first whom it fits."""

    def __init__(self, desk: Desk, people: Sequence[Synthetic], registered: Sequence[Registered], day: date) -> None:
        self._desk, self._people, self._registered, self._day = desk, people, registered, day

    def settle(self, payer_of: Sequence[Id], provider_id: Id, place_id: Id) -> None:
        """Do all of it; `payer_of` are the payers in the order of the training payers."""
        self._forget_a_charge(provider_id, place_id)
        paid_twice = self._overpay()
        self.bring_to_bank()
        self._return_a_check()
        if paid_twice is not None:
            command = RefundAlone(self._desk.new_id(), paid_twice, OVERPAID, "check", "taken_twice")
            self._desk.run(refund_alone, command)
        self._agree_on_a_plan()
        self._allow_beforehand(payer_of)
        self._twins()
        self._hand_over()
        rights = RIGHTS[Role.FRONT_DESK] | {Permission.TAKE_PAYMENT, Permission.MERGE}
        self._desk.run(save_role, SaveRole(self._desk.new_id(), None, ROLE, Role.FRONT_DESK, rights))

    def bring_to_bank(self) -> None:
        """Close every slip with something on it; what was brought the time before, the bank has booked by now."""
        desk = self._desk
        for slip in desk.ask(list_slips, ListSlips()):
            if slip.closed_on is None and slip.items:
                dollars, cents = divmod(slip.cents, 100)
                pieces = (Pieces(100, dollars), Pieces(1, cents)) if slip.method == "cash" else ()
                desk.run(close_slip, CloseSlip(desk.new_id(), slip.id, slip.cents, pieces))
            elif slip.closed_on is not None and slip.bank_on is None:
                booked = slip.closed_on + timedelta(days=1)
                desk.run(note_bank_line, NoteBankLine(desk.new_id(), slip.id, booked, slip.cents))

    def _forget_a_charge(self, provider_id: Id, place_id: Id) -> None:
        """Let somebody have come whose charge nobody keyed."""
        who = self._registered[0].patient_id
        visit = VisitDetails(patient_id=who, service_date=self._day, provider_id=provider_id, place_id=place_id)
        self._desk.run(add_visits, AddVisits(self._desk.new_id(), (visit,)))

    def _return_a_check(self) -> None:
        desk = self._desk
        for back in range(1, 40):
            on = self._day - timedelta(days=back)
            for row in desk.ask(day_payments, DayPayments(on)).rows:
                if row.method == "check" and not row.voided:
                    command = ReturnPayment(desk.new_id(), row.payment_id, self._day, "insufficient_funds")
                    desk.run(return_payment, command)
                    return

    def _overpay(self) -> Id | None:
        """Take a check of somebody who owes nothing; it goes back once it was at the bank."""
        desk = self._desk
        for place, held in self._guarantors():
            if desk.ask(payment_form, PaymentForm(held.guarantor_id)).owed_cents == 0:
                paid = PatientPayment(
                    held.guarantor_id, OVERPAID, "check", held.patient_id, reference=f"{3100 + place}"
                )
                return desk.run(take_payment, TakePayment(desk.new_id(), paid)).payment_id
        return None

    def _agree_on_a_plan(self) -> None:
        """Agree on a plan, and keep the signed page with the papers of the patient."""
        desk = self._desk
        for _, held in self._guarantors():
            owed = desk.ask(payment_form, PaymentForm(held.guarantor_id)).owed_cents
            if owed >= LEAST_FOR_PLAN:
                terms = PlanTerms(held.guarantor_id, owed, INSTALMENTS, self._day + timedelta(days=14))
                plan_id = desk.run(make_plan, MakePlan(desk.new_id(), terms, warning_read=True)).plan_id
                desk.run(sign_plan, SignPlan(desk.new_id(), plan_id, self._day))
                self._keep(held.patient_id, desk.ask(plan_agreement_pdf, PlanAgreement(plan_id)))
                return

    def _keep(self, patient_id: Id, pdf: bytes) -> None:
        details = DocumentDetails(DocumentKind.OTHER, self._day, "Payment plan, signed")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan.pdf"
            path.write_bytes(pdf)
            self._desk.run(add_document, AddDocument(self._desk.new_id(), patient_id, str(path), details))

    def _allow_beforehand(self, payer_of: Sequence[Id]) -> None:
        for place, held in self._guarantors():
            if policies := self._people[place].policies:
                first_day, last_day = self._day - timedelta(days=30), self._day + timedelta(days=150)
                details = AuthorizationDetails(payer_of[policies[0].payer], "TRN-4711", 6, first_day, last_day)
                self._desk.run(save_authorization, SaveAuthorization(self._desk.new_id(), held.patient_id, details))
                return

    def _twins(self) -> None:
        """Register two people once more, as happens at a window, and merge the first pair."""
        desk = self._desk
        pairs = [(self._people[place].patient, held) for place, held in self._guarantors()][-TWINS:]
        again = tuple(NewPatient(replace(patient, middle="", street2="")) for patient, _ in pairs)
        twins = desk.run(register_patients, RegisterPatients(desk.new_id(), again))
        command = MergePatients(desk.new_id(), pairs[0][1].patient_id, twins[0].patient_id, one_payer=True)
        desk.run(merge_patients, command)

    def _hand_over(self) -> None:
        found = [each for each in self._desk.ask(list_candidates, ListCandidates()) if not each.why_not]
        if found:
            self._desk.run(review_account, ReviewAccount(self._desk.new_id(), found[0].guarantor_id))

    def _guarantors(self) -> list[tuple[int, Registered]]:
        grown = [at for at, each in enumerate(self._people) if each.adult is None][:MOST_LOOKED_AT]
        return [(at, self._registered[at]) for at in grown]
