"""Households of synthetic people, the same ones for the same seed (DESIGN 3, SECURITY K30)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from medbill_desktop.domain.patients import ContactDetails, ContactKind, Flag, PatientDetails, Relationship, Sex
from medbill_desktop.training import names

ONE_IN_ACCENTED = 12
ONE_IN_OTHER_SCRIPT = 24
ONE_IN_SELF_PAY = 4
ONE_IN_CONFIDENTIAL = 30
ONE_IN_FLAGGED = 2  # of those who pay themselves: each flag keeps a statement back, for a reason that is shown
FLAGS_BY_TURN = 2 * len(Flag)  # after these, every tenth of them


@dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """A coverage before the payers have ids: `payer` counts from the training payers."""

    payer: int
    member_id: str
    group_number: str
    first_day: date


@dataclass(frozen=True, slots=True, repr=False)
class Synthetic:
    """One patient; `adult` is the place in the list of the adult who is the guarantor, None for oneself."""

    patient: PatientDetails
    adult: int | None
    relationship: str
    policies: tuple[Policy, ...]
    contacts: tuple[ContactDetails, ...]
    flag: Flag | None

    @property
    def self_pay(self) -> bool:
        return not self.policies


class People:
    """Makes `count` patients, household after household; an adult always comes before who depends on them."""

    def __init__(self, seed: int, count: int, today: date, payers: int) -> None:
        self._dice, self._count, self._today, self._payers = Random(f"people {seed}"), count, today, payers  # noqa: S311
        self._made = self._self_payers = 0

    def __iter__(self) -> Iterator[Synthetic]:
        while self._made < self._count:
            adult = self._made
            head = self._adult()
            yield self._counted(head)
            for _ in range(self._dice.choices((0, 1, 2, 3), (60, 20, 14, 6))[0]):
                if self._made < self._count:
                    yield self._counted(self._child(head, adult))

    def _counted(self, one: Synthetic) -> Synthetic:
        self._made += 1
        return one

    def _adult(self) -> Synthetic:
        dice = self._dice
        last, first, sex, mailing = self._name()
        city, state, code = dice.choice(names.TOWNS)
        number = 100 + self._made * 7 % 9800
        details = PatientDetails(
            last=last,
            first=first,
            middle=dice.choice("ABCDEFGHJKLMNPRST") if not mailing and dice.random() < 0.4 else "",
            birth_date=self._born(19, 93),
            sex=sex,
            mailing_name=mailing,
            street=f"{number} {dice.choice(names.STREETS)} {dice.choice(names.STREET_KINDS)}",
            street2=f"Apt {dice.randint(1, 40)}" if dice.random() < 0.15 else "",
            city=city,
            state=state,
            zip=code,
            phone=f"{dice.choice(names.AREA_CODES)}55501{dice.randint(0, 99):02d}",
        )
        policies = self._policies(details)
        flag = None if policies else self._flag()
        return Synthetic(details, None, Relationship.SELF, policies, self._contacts(details), flag)

    def _flag(self) -> Flag | None:
        self._self_payers += 1
        turn, rest = divmod(self._self_payers, ONE_IN_FLAGGED)
        if rest or (turn > FLAGS_BY_TURN and turn % 5):
            return None
        return tuple(Flag)[turn % len(Flag)]

    def _child(self, head: Synthetic, adult: int) -> Synthetic:
        dice, parent = self._dice, head.patient
        sex = dice.choice((Sex.FEMALE, Sex.MALE))
        first = dice.choice(names.FEMALE if sex is Sex.FEMALE else names.MALE)
        family = parent.mailing_name.split()[-1] if parent.mailing_name else ""
        details = PatientDetails(
            last=family or parent.last,
            first=first,
            birth_date=self._born(0, 17),
            sex=sex,
            street=parent.street,
            street2=parent.street2,
            city=parent.city,
            state=parent.state,
            zip=parent.zip,
            phone=parent.phone,
        )
        policies = tuple(
            Policy(each.payer, self._member_id(), each.group_number, each.first_day) for each in head.policies
        )
        return Synthetic(details, adult, Relationship.CHILD, policies, (), None)

    def _name(self) -> tuple[str, str, str, str]:
        dice = self._dice
        if dice.randrange(ONE_IN_OTHER_SCRIPT) == 0:
            last, first, sex, mailing = dice.choice(names.OTHER_SCRIPTS)
            return last, first, sex, mailing
        accented = dice.randrange(ONE_IN_ACCENTED) == 0
        sex = dice.choice((Sex.FEMALE, Sex.MALE))
        last = dice.choice(names.LAST_ACCENTED if accented else names.LAST)
        if sex is Sex.FEMALE:
            return last, dice.choice(names.FEMALE_ACCENTED if accented else names.FEMALE), sex, ""
        return last, dice.choice(names.MALE_ACCENTED if accented else names.MALE), sex, ""

    def _born(self, youngest: int, oldest: int) -> date:
        return self._today - timedelta(days=self._dice.randint(youngest * 366 + 200, oldest * 365))

    def _policies(self, patient: PatientDetails) -> tuple[Policy, ...]:
        dice = self._dice
        if dice.randrange(ONE_IN_SELF_PAY) == 0:
            return ()
        first_day = date(self._today.year - dice.randint(1, 5), dice.randint(1, 12), 1)
        first = Policy(dice.randrange(self._payers), self._member_id(), f"G{dice.randint(10_000, 99_999)}", first_day)
        if dice.random() >= 0.1:
            return (first,)
        second = (first.payer + 1) % self._payers
        return first, Policy(second, self._member_id(), f"G{dice.randint(10_000, 99_999)}", first_day)

    def _member_id(self) -> str:
        return f"TRN{self._dice.randrange(10**9):09d}"

    def _contacts(self, patient: PatientDetails) -> tuple[ContactDetails, ...]:
        dice, since = self._dice, self._today - timedelta(days=200)
        made: list[ContactDetails] = []
        if dice.randrange(ONE_IN_CONFIDENTIAL) == 0:
            city, state, code = dice.choice(names.TOWNS)
            street = f"PO Box {dice.randint(1000, 9999)}"
            made.append(
                ContactDetails(ContactKind.CONFIDENTIAL, since, street=street, city=city, state=state, zip=code)
            )
        if dice.random() < 0.2:
            made.append(ContactDetails(ContactKind.PERMISSION, since, permission="Leave a message", allowed=True))
        return tuple(made)
