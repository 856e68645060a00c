"""A practice of synthetic people, made only through the use cases that an office has (DESIGN 3, SECURITY K30)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, TypeVar

from medbill_desktop.domain.charges import ServiceLine, Superbill
from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.coverage_order import needs_msp_reason
from medbill_desktop.domain.coverages import CoverageDetails
from medbill_desktop.domain.dates import age_on
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.practice import PracticeFacts
from medbill_desktop.domain.statements import Mailbox
from medbill_desktop.training import history
from medbill_desktop.training.affairs import Affairs
from medbill_desktop.training.history import History, PlannedVisit
from medbill_desktop.training.people import People, Policy, Synthetic
from medbill_desktop.training.walking_clock import WalkingClock, working_days
from medbill_desktop.usecases.adjustments import TransferResponsibility, WriteOff, transfer_responsibility, write_off
from medbill_desktop.usecases.catalogs import (
    FeeDetails,
    PayerDetails,
    PlaceDetails,
    ProviderDetails,
    SaveFees,
    SavePayer,
    SavePlace,
    SaveProvider,
    demo_fees,
    save_fees,
    save_payer,
    save_place,
    save_provider,
)
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import (
    NewPatient,
    Registered,
    RegisterPatients,
    SetFlag,
    register_patients,
    set_flag,
)
from medbill_desktop.usecases.payments import PatientPayment, TakePayments, take_payments
from medbill_desktop.usecases.statements import (
    ConfirmMailed,
    RunStatements,
    SelectStatements,
    confirm_mailed,
    run_statements,
    select_statements,
)
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, add_visits
from medbill_desktop.usecases.watch import Quiet, Watch

FACTS: Final = PracticeFacts(
    name="Harbor Light Family Practice",
    street="12 Lighthouse Wharf",
    city="Rockport",
    state="ME",
    zip="048561234",
    phone="2075550100",
    npi="1234567893",
    tin="123456789",
    taxonomy="207Q00000X",
)
PAYERS: Final = (
    PayerDetails("Training Mutual Health", "TRN01", "CI", city="Portsmouth", state="NH", zip="03801"),
    PayerDetails("Practice Blue Plan", "TRN02", "BL", city="Rockport", state="ME", zip="04856"),
    PayerDetails("Sample Medicare Part B", "TRN03", "MB", city="Camden", state="ME", zip="04843"),
    PayerDetails("Example Medicaid", "TRN04", "MC", city="Belfast", state="ME", zip="04915"),
    PayerDetails("Specimen Workers Fund", "TRN05", "CI", city="Union", state="ME", zip="04862"),
)
PROVIDERS: Final = (
    ProviderDetails("Applegate", "Rosamund", "MD", "1000000004", "207Q00000X"),
    ProviderDetails("Bergström", "Isak", "DO", "1000000012", "207Q00000X"),
    ProviderDetails("Calloway", "Minerva", "NP", "1000000020", "363LF0000X"),
    ProviderDetails("Delgado", "Ramiro", "MD", "1000000038", "208000000X"),
)
PLACE: Final = PlaceDetails("Harbor Light, main office", "11", "12 Lighthouse Wharf", "Rockport", "ME", "04856")
BATCH: Final = 1000
BANK_EVERY: Final = 10  # days
MOST_AFFAIRS: Final = 1000  # a larger practice is made to be measured, not to be looked at

NOWHERE: Final = Id(0)
# The ages in whole years that a code is for; one that is not named fits everybody.
AGES: Final = {
    "99381": range(1), "99391": range(1), "99392": range(1, 5), "99393": range(5, 12), "99394": range(12, 18),
    "99385": range(18, 40), "99395": range(18, 40), "99396": range(40, 65), "99397": range(65, 130),
    "99406": range(18, 130),
}  # fmt: skip
ANYBODY: Final = range(130)

T = TypeVar("T")


@dataclass(slots=True)
class Training:
    """What the builder knows of the practice it made; places in `people` and `registered` agree."""

    people: tuple[Synthetic, ...] = field(repr=False)
    plan: History
    days: tuple[date, ...] = ()  # those of the plan, today the last
    registered: list[Registered] = field(default_factory=list)
    payer_ids: list[Id] = field(default_factory=list)
    provider_ids: list[Id] = field(default_factory=list)
    place_id: Id = NOWHERE
    office_visits: list[FeeDetails] = field(default_factory=list)
    services: list[FeeDetails] = field(default_factory=list)
    visits_today: tuple[Id, ...] = ()
    charges: int = 0

    def superbill(self, visit: PlannedVisit, day: date, visit_id: Id | None = None) -> Superbill:
        return Superbill(
            patient_id=self.registered[visit.patient].patient_id,
            service_date=day,
            provider_id=self.provider_ids[visit.provider],
            place_id=self.place_id,
            diagnoses=visit.diagnoses,
            lines=tuple(ServiceLine(fee.code, pointers) for fee, pointers in self.priced(visit)),
            visit_id=visit_id,
            self_pay=visit.self_pay,
        )

    def priced(self, visit: PlannedVisit) -> list[tuple[FeeDetails, str]]:
        """Return the fees of a visit with their pointers, each code once, none for another age."""
        found: dict[str, tuple[FeeDetails, str]] = {}
        age = age_on(self.people[visit.patient].patient.birth_date, self.days[visit.day])
        fitting = [each for each in self.services if age in AGES.get(each.code, ANYBODY)]
        for line in visit.lines:
            choice = self.office_visits if line.office_visit else fitting
            fee = choice[line.fee % len(choice)]
            found.setdefault(fee.code, (fee, line.pointers))
        return list(found.values())

    def guarantor(self, visit: PlannedVisit) -> Id:
        return self.registered[visit.patient].guarantor_id


def build(
    desk: Desk, clock: WalkingClock, home: Clock, seed: int, patients: int, watch: Watch | None = None
) -> Training:
    """Fill a practice that has just been founded with the last weeks of an office; the clock is home afterwards."""
    watch, today = watch or Quiet(), home.today()
    people = tuple(People(seed, patients, today, len(PAYERS)))
    days = working_days(today, history.DAYS)
    made = Training(people, History(seed, people, len(PROVIDERS)), (*days, today))
    clock.walk_to(days[0])
    watch.step(0, len(days) + 10, "Setting up payers, providers and fees")
    _catalogs(desk, made)
    watch.step(2, len(days) + 10, f"Registering {patients} patients")
    _register(desk, made)
    past, affairs = _Past(desk, made), Affairs(desk, people, made.registered, days[-1])
    lively = patients <= MOST_AFFAIRS
    for number, day in enumerate(days):
        watch.step(number + 8, len(days) + 10, f"Working through {day:%B %d}")
        clock.walk_to(day)
        past.work(number, day)
        if lively and number % BANK_EVERY == 0:
            affairs.bring_to_bank()
    if lively:
        affairs.settle(made.payer_ids, made.provider_ids[0], made.place_id)
    clock.come_home()
    made.visits_today = _expect_today(desk, made, today)
    return made


def _catalogs(desk: Desk, made: Training) -> None:
    made.payer_ids = [desk.run(save_payer, SavePayer(desk.new_id(), each)) for each in PAYERS]
    made.provider_ids = [desk.run(save_provider, SaveProvider(desk.new_id(), each)) for each in PROVIDERS]
    made.place_id = desk.run(save_place, SavePlace(desk.new_id(), PLACE))
    fees = demo_fees()
    desk.run(save_fees, SaveFees(desk.new_id(), fees))
    plain = [each for each in fees if not each.modifier and each.cents]
    made.office_visits = [each for each in plain if each.generic_words == "Office visit"]
    made.services = [each for each in plain if each.generic_words != "Office visit"]


def _register(desk: Desk, made: Training) -> None:
    """Adults first: who depends on one names their record as the guarantor."""
    known: dict[int, Registered] = {}
    for adults in (True, False):
        places = [n for n, each in enumerate(made.people) if (each.adult is None) == adults]
        for some in _batches(places, BATCH):
            new = tuple(_new(made, made.people[place], known) for place in some)
            registered = desk.run(register_patients, RegisterPatients(desk.new_id(), new))
            known.update(zip(some, registered, strict=True))
    made.registered = [known[place] for place in range(len(made.people))]


def _new(made: Training, one: Synthetic, known: dict[int, Registered]) -> NewPatient:
    coverages = tuple(_coverage(made, each, rank) for rank, each in enumerate(one.policies, start=1))
    return NewPatient(
        patient=one.patient,
        guarantor_id=None if one.adult is None else known[one.adult].guarantor_id,
        relationship=one.relationship,
        coverages=coverages,
        contacts=one.contacts,
    )


def _coverage(made: Training, policy: Policy, rank: int) -> CoverageDetails:
    """Medicare that pays second does so because somebody in the house still works (BILLING R6)."""
    second = needs_msp_reason(PAYERS[policy.payer].filing_indicator, rank)
    return CoverageDetails(
        payer_id=made.payer_ids[policy.payer],
        member_id=policy.member_id,
        first_day=policy.first_day,
        rank=rank,
        group_number=policy.group_number,
        msp_reason="12" if second else "",
        msp_asked_on=policy.first_day if second else None,
    )


class _Past:
    """Works through the days that have been."""

    def __init__(self, desk: Desk, made: Training) -> None:
        self._desk, self._made = desk, made
        self._first_charge: dict[int, tuple[Id, FeeDetails]] = {}  # of a planned visit, by its identity

    def work(self, number: int, day: date) -> None:
        visits = self._made.plan.days[number]
        if visits:
            self._charge(visits, day)
        self._transfer(number)
        self._pay_shares(number)
        if number == history.STATEMENT_DAY:
            self._mail(None, day)
        elif number == history.EARLY_STATEMENTS_DAY:
            chosen = self._desk.ask(select_statements, SelectStatements()).chosen
            self._mail(tuple(each.mailbox for each in chosen[: history.EARLY_STATEMENTS]), day)
        elif number == history.DAYS - 1:
            self._flag(day)

    def _charge(self, visits: Sequence[PlannedVisit], day: date) -> None:
        desk, made = self._desk, self._made
        for some in _batches(visits, BATCH):
            bills = tuple(made.superbill(each, day) for each in some)
            entered = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), bills, control_count=len(bills)))
            made.charges += len(entered.charge_ids)
            place = 0
            payments: list[PatientPayment] = []
            for visit, bill, visit_id in zip(some, bills, entered.visit_ids, strict=True):
                fees = made.priced(visit)
                first = entered.charge_ids[place]
                place += len(bill.lines)
                self._first_charge[id(visit)] = (first, fees[0][0])
                self._write_off(visit, first, fees[0][0])
                payments.extend(self._paid(visit, visit_id, fees))
            if payments:
                desk.run(take_payments, TakePayments(desk.new_id(), tuple(payments)))

    def _paid(
        self, visit: PlannedVisit, visit_id: Id, fees: Sequence[tuple[FeeDetails, str]]
    ) -> Iterable[PatientPayment]:
        made = self._made
        cents = sum(fee.cents for fee, _ in fees) * visit.pays_percent // 100 if visit.self_pay else visit.copay
        if cents > 0:
            yield PatientPayment(
                guarantor_id=made.guarantor(visit),
                patient_id=made.registered[visit.patient].patient_id,
                cents=Cents(cents),
                method=visit.method,
                reference=f"{1000 + visit.patient % 9000}" if visit.method == "check" else "",
                visit_id=None if visit.self_pay else visit_id,
            )

    def _write_off(self, visit: PlannedVisit, charge_id: Id, fee: FeeDetails) -> None:
        cents = fee.cents * visit.write_off_percent // 100
        if cents > 0:
            self._desk.run(write_off, WriteOff(self._desk.new_id(), charge_id, Cents(cents), "hardship"))

    def _transfer(self, number: int) -> None:
        for visit in self._made.plan.transfers[number]:
            charge_id, fee = self._first_charge[id(visit)]
            self._desk.run(
                transfer_responsibility,
                TransferResponsibility(
                    self._desk.new_id(),
                    charge_id,
                    from_coverage_id=self._made.registered[visit.patient].coverage_ids[0],
                    to_coverage_id=None,
                    reason="patient_share",
                    cents=Cents(fee.cents * visit.share_percent // 100),
                ),
            )

    def _pay_shares(self, number: int) -> None:
        """A third of those who got a share pay half of it a week later."""
        if number < history.SHARE_PAID_AFTER:
            return
        paid = []
        for visit in self._made.plan.transfers[number - history.SHARE_PAID_AFTER]:
            _, fee = self._first_charge[id(visit)]
            cents = fee.cents * visit.share_percent // 200
            if visit.patient % 3 == 0 and cents > 0:
                paid.append(PatientPayment(self._made.guarantor(visit), Cents(cents), "check", reference="2201"))
        if paid:
            self._desk.run(take_payments, TakePayments(self._desk.new_id(), tuple(paid)))

    def _mail(self, only: tuple[Mailbox, ...] | None, day: date) -> None:
        desk = self._desk
        run = desk.run(run_statements, RunStatements(desk.new_id(), only))
        if run.run_id is not None:
            desk.run(confirm_mailed, ConfirmMailed(desk.new_id(), run.run_id, day))

    def _flag(self, day: date) -> None:
        for place, one in enumerate(self._made.people):
            if one.flag is not None:
                target = self._made.registered[place].guarantor_id
                self._desk.run(set_flag, SetFlag(self._desk.new_id(), target, one.flag, day - timedelta(days=2)))


def _expect_today(desk: Desk, made: Training, today: date) -> tuple[Id, ...]:
    visits = tuple(
        VisitDetails(
            patient_id=made.registered[each.patient].patient_id,
            service_date=today,
            provider_id=made.provider_ids[each.provider],
            place_id=made.place_id,
            self_pay=each.self_pay,
        )
        for each in made.plan.today
    )
    return desk.run(add_visits, AddVisits(desk.new_id(), visits))


def _batches(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]
