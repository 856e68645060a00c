"""The detections: a month of ordinary work shows nothing, and each seeded oddity is found alone (SECURITY A16)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from medbill_desktop.domain.audit_facts import Facts, PatientFacts, Person, Row, Rule
from medbill_desktop.domain.audit_rows import QUIET
from medbill_desktop.domain.detections import RULES, unusual
from medbill_desktop.domain.office_hours import OfficeHours, check_hours, read_span

BEA, LEO = 1, 2
PEOPLE = {BEA: Person(BEA, "Bea Fröding"), LEO: Person(LEO, "Leo Marsh")}
FIRST, SINCE, LAST = date(2026, 9, 1), date(2026, 11, 2), date(2026, 11, 29)
ODD = date(2026, 11, 18)  # a Wednesday
DAILY = 6


def patient(number, **more):
    facts = {"account": f"1-{number}", "last": f"Family{number}", "first": "Given",
             "place": f"{number} willow lane 04856", "phone": f"20755{number:05}", "reasons": frozenset()}  # fmt: skip
    return PatientFacts(number, **(facts | more))


class Month:
    """Builds a log in any order; `settled` numbers its rows in the order of the clock."""

    def __init__(self):
        self.rows, self.people, self.patients = [], dict(PEOPLE), {}
        self._keys = count(1)

    def add(self, day, hour, who, action, *, minute=0, patient_id=None, session=None, station=1, **more):
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        session = session or f"{who}-{day}"
        row = Row(next(self._keys), at, who, station, session, action, patient_id=patient_id, **more)
        self.rows.append(row)
        return row.seq

    def seen(self, number, *days, **more):
        self.patients[number] = patient(number, reasons=frozenset(days), **more)
        return number

    def view(self, day, who, number, hour=10, **more):
        return self.add(day, hour, who, "patient.open", patient_id=number, **more)

    def office_days(self):
        day = FIRST
        while day <= LAST:
            if day.weekday() < 5:
                yield day
            day += timedelta(days=1)

    def settled(self):
        """Return the rows with their seqs, and the seq of each key that `add` returned."""
        ordered = sorted(self.rows, key=lambda row: row.at)
        return [replace(row, seq=seq) for seq, row in enumerate(ordered, 1)], {
            row.seq: seq for seq, row in enumerate(ordered, 1)
        }

    def seqs(self, keys):
        return tuple(sorted(self.settled()[1][key] for key in keys))

    def find(self, rows=None):
        return unusual(Facts(tuple(rows or self.settled()[0]), self.people, self.patients, SINCE))


def one_day(month, day):
    """Write the ordinary day of two people: each sees its patients, posts charges, takes money, and goes home."""
    for who, station in ((BEA, 1), (LEO, 2)):
        month.add(day, 8, who, "session.sign_in", station=station)
        for number in range(DAILY + day.day % 3):
            patient_id = month.seen(who * 100_000 + day.toordinal() % 1000 * 10 + number, day)
            month.view(day, who, patient_id, 9 + number, station=station)
            done = "charge.enter" if number % 2 else "payment.take"
            month.add(day, 9 + number, who, done, minute=5, patient_id=patient_id, station=station)
        month.add(day, 17, who, "report.export", station=station, detail={"rows": 12})
        month.add(day, 20, who, "session.lock", minute=30, station=station)
        month.add(day, 22, who, "session.seal", station=station)


def month_until(odd=None, seed=None):
    """Write the month; on the odd day `seed(month)` adds what is to be found, in the order of the clock."""
    month = Month()
    for day in month.office_days():
        one_day(month, day)
        if day == odd and seed is not None:
            month.expected = seed(month)
    return month


def off_hours(m):
    return [m.view(ODD, BEA, m.seen(1, ODD), 23), m.view(ODD, BEA, m.seen(2, ODD), 23, minute=10)]


def volume(m):
    for number in range(40):
        m.seen(number, ODD)
        m.view(ODD, BEA, number, 18)
        m.add(ODD, 18, BEA, "payment.take", patient_id=number)
    return [row.seq for row in m.rows if row.user_id == BEA and row.day == ODD and row.opens]


def surname(m):
    return [m.view(ODD, LEO, m.seen(1, ODD, last="MARSH"), 18)]


def address(m):
    m.seen(1, last="Fröding", first="Bea", place="3 harbor street 04856", phone="2075550111")
    return [m.view(ODD, BEA, m.seen(2, ODD, place="3 harbor street 04856"), 18)]


def phone(m):
    m.seen(1, last="Fröding", first="Bea", place="", phone="2075550111")
    return [m.view(ODD, BEA, m.seen(2, ODD, phone="2075550111"), 18)]


def own_record(m):
    return [m.view(ODD, BEA, m.seen(1, ODD, last="Froding", first="Bea"), 18)]


def coworker(m):
    return [m.view(ODD, BEA, m.seen(1, ODD, last="Marsh", first="Leo"), 18)]


def after_failures(m):
    m.add(ODD, 18, None, "session.sign_in", session="late", outcome="denied", detail={"attempts": 4})
    seqs = [m.add(ODD, 18, LEO, "session.sign_in", session="late", station=2)]
    return [*seqs, m.view(ODD, LEO, m.seen(1, ODD), 18, session="late", station=2)]


def after_unlock(m):
    seqs = [m.add(ODD, 18, LEO, "session.unlock", session="x", detail={"failed_before": 3, "refused": 0})]
    return [*seqs, m.view(ODD, LEO, m.seen(1, ODD), 18, session="x")]


def written_off(m):
    number = m.seen(1, ODD - timedelta(days=90), owes=True)
    seen = m.view(ODD, LEO, number, 18)
    return [seen, m.add(ODD, 18, LEO, "adjustment.write_off", patient_id=number, detail={"cents": 18000})]


def new_device(m):
    return [m.add(ODD, 18, LEO, "session.sign_in", station=7)]


def no_reason(m):
    days = [ODD - timedelta(days=15), ODD + timedelta(days=15)]
    return [m.view(ODD, BEA, m.seen(n, *days), 18) for n in (1, 2)]


def idle(m):
    numbers = range(200, 360, 2)
    for number in numbers:
        m.seen(number, ODD)
    views = [m.view(ODD, LEO, number, 18) for number in numbers]
    own = [row.seq for row in m.rows if row.user_id == LEO and row.day == ODD and row.opens]
    return sorted({*views, *own})


def in_a_row(m):
    return [m.view(ODD, BEA, m.seen(number, ODD), 18, minute=number - 300) for number in range(300, 306)]


def in_a_row_downwards(m):
    return [m.view(ODD, BEA, m.seen(number, ODD), 18, minute=310 - number) for number in range(310, 303, -1)]


def watched(m):
    since = datetime(2026, 11, 10, tzinfo=UTC)
    number = m.seen(1, ODD, watches=((since, None),))
    return [m.view(ODD, BEA, number, 18), m.add(ODD, 18, BEA, "payment.take", patient_id=number, minute=5)]


def on_leave(m):
    m.people[LEO] = replace(PEOPLE[LEO], leaves=((ODD, ODD),))
    return [row.seq for row in m.rows if row.user_id == LEO and row.day == ODD and row.action not in QUIET]


def refunded(m):
    number = m.seen(1, ODD - timedelta(days=90), owes=True)
    seen = m.view(ODD, LEO, number, 18)
    return [seen, m.add(ODD, 18, LEO, "refund.ask", patient_id=number, detail={"cents": 9000})]


def emergency(m):
    begun = m.add(ODD, 18, LEO, "emergency.begin", detail={"emergency": 5})
    under = m.view(ODD, LEO, m.seen(90_001, ODD), 18, minute=1, detail={"emergency": 5})
    m.view(ODD, LEO, m.seen(90_002, ODD), 18, minute=40)
    return [begun, under]


def a_reset(m):
    return [m.add(ODD, 10, BEA, "user.reset", subject_id=LEO)]


def a_hold_lifted(m):
    return [m.add(ODD, 10, BEA, "log.lift_hold", subject_id=7)]


def a_year_archived(m):
    return [m.add(ODD, 10, BEA, "audit.purge", subject_id=7)]


def a_gap_explained(m):
    return [m.add(ODD, 10, BEA, "audit.explain", subject_id=7)]


def hours_set(m):
    return [m.add(ODD, 10, BEA, "office.hours_set")]


def a_watch_ended(m):
    m.add(ODD, 10, BEA, "patient.watch", patient_id=m.seen(1, ODD), detail={"watched": True})
    return [m.add(ODD, 11, BEA, "patient.watch", patient_id=m.seen(1, ODD), detail={"watched": False})]


def officers_named(m):
    return [m.add(ODD, 10, BEA, "user.officers")]


def a_kit_made(m):
    return [m.add(ODD, 10, BEA, "kit.renew")]


def an_agency_file(m):
    """More accounts with names and addresses than anybody needs at once."""
    own = next(r.seq for r in m.rows if r.user_id == BEA and r.day == ODD and r.action == "report.export")
    return [own, m.add(ODD, 18, BEA, "collection.file", detail={"cases": 51})]


SEEDS = [
    (emergency, {Rule.EMERGENCY}),
    (off_hours, {Rule.OFF_HOURS}),
    (volume, {Rule.VOLUME}),
    (surname, {Rule.SURNAME}),
    (address, {Rule.HOUSEHOLD}),
    (phone, {Rule.HOUSEHOLD}),
    (own_record, {Rule.OWN_RECORD}),
    (coworker, {Rule.COWORKER}),
    (after_failures, {Rule.AFTER_FAILURES}),
    (after_unlock, {Rule.AFTER_FAILURES}),
    (written_off, {Rule.WRITTEN_OFF}),
    (new_device, {Rule.NEW_DEVICE}),
    (no_reason, {Rule.NO_REASON}),
    (idle, {Rule.IDLE_VIEWS, Rule.VOLUME}),
    (in_a_row, {Rule.SEQUENTIAL}),
    (in_a_row_downwards, {Rule.SEQUENTIAL}),
    (watched, {Rule.WATCHED}),
    (on_leave, {Rule.ON_LEAVE}),
    (refunded, {Rule.REFUNDED}),
    (a_reset, {Rule.NEW_SIGN_IN}),
    (a_hold_lifted, {Rule.LOG_KEEPING}),
    (a_year_archived, {Rule.LOG_KEEPING}),
    (a_gap_explained, {Rule.LOG_KEEPING}),
    (hours_set, {Rule.LOG_KEEPING}),
    (officers_named, {Rule.LOG_KEEPING}),
    (a_kit_made, {Rule.NEW_SIGN_IN}),
    (an_agency_file, {Rule.BULK_EXPORT}),
    (a_watch_ended, {Rule.LOG_KEEPING}),
]


def test_a_month_of_ordinary_work_shows_nothing():
    assert month_until().find() == ()


@pytest.mark.parametrize(("seed", "rules"), SEEDS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_oddity_is_found_with_its_rows_and_nothing_else(seed, rules):
    month = month_until(ODD, seed)
    found = month.find()
    assert {each.rule for each in found} == rules
    assert len(found) == len(rules)
    for each in found:
        assert each.seqs == month.seqs(month.expected)
        assert each.day == ODD
        assert each.text
        assert each.person in {"Bea Fröding", "Leo Marsh"}


def test_all_oddities_in_one_month_are_found_once_each():
    """The seeded month: one of each on its own day, and exactly those findings."""
    month, seeded = Month(), []
    plan = {
        date(2026, 11, 3): Rule.OFF_HOURS,
        date(2026, 11, 5): Rule.SURNAME,
        date(2026, 11, 9): Rule.BULK_EXPORT,
        date(2026, 11, 11): Rule.NEW_DEVICE,
        date(2026, 11, 13): Rule.WRITTEN_OFF,
        date(2026, 11, 17): Rule.DECEASED,
        date(2026, 11, 19): Rule.INACTIVE,
        date(2026, 11, 24): Rule.AFTER_FAILURES,
    }
    for day in month.office_days():
        one_day(month, day)
        match plan.get(day):
            case Rule.OFF_HOURS:
                seeded.append((Rule.OFF_HOURS, day, (month.view(day, BEA, month.seen(1, day), 4),)))
            case Rule.SURNAME:
                seeded.append((Rule.SURNAME, day, (month.view(day, LEO, month.seen(2, day, last="Marsh"), 18),)))
            case Rule.BULK_EXPORT:
                own = next(
                    r.seq for r in month.rows if r.user_id == BEA and r.day == day and r.action == "report.export"
                )
                extra = month.add(day, 18, BEA, "audit.export", detail={"rows": 51})
                seeded.append((Rule.BULK_EXPORT, day, (own, extra)))
            case Rule.NEW_DEVICE:
                seeded.append((Rule.NEW_DEVICE, day, (month.add(day, 18, BEA, "session.sign_in", station=9),)))
            case Rule.WRITTEN_OFF:
                number = month.seen(3, owes=True)
                view = month.view(day, BEA, number, 18)
                gone = month.add(day, 18, BEA, "adjustment.write_off", patient_id=number, detail={"cents": 4200})
                seeded.append((Rule.WRITTEN_OFF, day, (view, gone)))
            case Rule.DECEASED:
                seqs = (month.view(day, BEA, month.seen(4, deceased_on=date(2026, 5, 1)), 18),)
                seeded += [(Rule.DECEASED, day, seqs), (Rule.NO_REASON, day, seqs)]
            case Rule.INACTIVE:
                seqs = (month.view(day, BEA, month.seen(5, day - timedelta(days=731)), 18),)
                seeded += [(Rule.INACTIVE, day, seqs), (Rule.NO_REASON, day, seqs)]
            case Rule.AFTER_FAILURES:
                month.add(day, 18, None, "session.sign_in", session="s", outcome="denied", detail={"attempts": 3})
                seeded.append((Rule.AFTER_FAILURES, day, (month.add(day, 18, BEA, "session.sign_in", session="s"),)))
    found = month.find()
    expected = sorted((rule, day, month.seqs(keys)) for rule, day, keys in seeded)
    assert sorted((each.rule, each.day, each.seqs) for each in found) == expected
    assert [each.day for each in found] == sorted((each.day for each in found), reverse=True)


def test_whoever_was_removed_is_found_by_anything_they_do():
    month, left = month_until(), datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
    month.people[LEO] = replace(PEOPLE[LEO], left_at=left)
    quiet = ("session.lock", "session.seal")
    after = [row.seq for row in month.rows if row.user_id == LEO and row.at > left and row.action not in quiet]
    found = month.find()
    assert {each.rule for each in found} == {Rule.REMOVED}
    assert tuple(sorted(seq for each in found for seq in each.seqs)) == month.seqs(after)


def test_a_missing_row_is_placed_between_its_neighbours():
    month = month_until()
    rows, _ = month.settled()
    gone = next(row for row in rows if row.day == ODD and row.action == "session.lock")
    (found,) = month.find([row for row in rows if row is not gone])
    assert (found.rule, found.seqs) == (Rule.GAP, (gone.seq - 1, gone.seq + 1))


def test_a_clock_that_goes_back_is_placed():
    month = month_until()
    rows, _ = month.settled()
    at = next(n for n, row in enumerate(rows) if row.day == ODD and row.action == "report.export")
    rows[at] = replace(rows[at], at=rows[at - 1].at - timedelta(minutes=45))
    (found,) = month.find(rows)
    assert (found.rule, found.seqs) == (Rule.CLOCK, (rows[at].seq - 1, rows[at].seq))
    assert "45 minutes" in found.text


@pytest.mark.parametrize(("rows", "found"), [(50, 0), (51, 1)])
def test_a_bulk_export_begins_above_fifty_rows(rows, found):
    month = Month()
    month.add(ODD, 10, BEA, "report.export", detail={"rows": rows})
    assert len(month.find()) == found


@pytest.mark.parametrize(("hour", "found"), [(5, 1), (6, 0), (19, 0), (20, 1)])
def test_office_hours_are_from_six_to_eight(hour, found):
    month = Month()
    month.view(ODD, BEA, month.seen(1, ODD), hour)
    assert len(month.find()) == found


def test_a_sunday_is_outside_office_hours():
    month = Month()
    sunday = date(2026, 11, 22)
    month.view(sunday, BEA, month.seen(1, sunday), 11)
    assert [each.rule for each in month.find()] == [Rule.OFF_HOURS]


@pytest.mark.parametrize(("days", "found"), [(14, 0), (15, 1)])
def test_a_billing_reason_lies_within_fourteen_days(days, found):
    month = Month()
    month.view(ODD, BEA, month.seen(1, ODD + timedelta(days=days)))
    assert len(month.find()) == found


def test_who_owes_may_be_opened_at_any_time():
    month = Month()
    month.view(ODD, BEA, month.seen(1, owes=True))
    assert month.find() == ()


def test_reading_the_log_of_a_patient_is_no_work_on_the_patient():
    month = Month()
    month.view(ODD, BEA, month.seen(1))
    month.add(ODD, 11, LEO, "audit.read", patient_id=1)
    assert [each.rule for each in month.find()] == [Rule.NO_REASON]


def test_a_denied_attempt_is_no_view():
    month = Month()
    month.view(ODD, BEA, month.seen(1), outcome="denied")
    assert month.find() == ()


def test_history_is_compared_and_not_judged():
    month = Month()
    month.view(SINCE - timedelta(days=1), BEA, month.seen(1), 23)
    assert month.find() == ()


def test_an_empty_log_shows_nothing():
    empty = Facts((), {}, {}, SINCE)
    assert [list(rule(empty)) for rule in RULES] == [[]] * len(RULES)


def test_no_finding_carries_a_name_or_phone_of_a_patient():
    for seed, _ in SEEDS:
        month = month_until(ODD, seed)
        if seed is coworker:  # who is named there by their own sign-in
            continue
        for each in month.find():
            said = f"{each.text} {each.facts}"
            for patient_id in each.patient_ids:
                of = month.patients[patient_id]
                assert of.phone not in said
                assert of.first not in said.split()


@pytest.mark.parametrize(("count", "found"), [(5, 0), (6, 1)])
def test_records_in_a_row_begin_at_six(count, found):
    month = Month()
    for number in range(count):
        month.view(ODD, BEA, month.seen(500 + number, ODD), 10, minute=number)
    assert [each.rule for each in month.find()] == [Rule.SEQUENTIAL] * found


def test_records_that_were_worked_on_are_no_row():
    month = Month()
    for number in range(500, 510):
        month.view(ODD, BEA, month.seen(number, ODD), 10, minute=number - 500)
        month.add(ODD, 10, BEA, "payment.take", patient_id=number, minute=number - 500)
    assert month.find() == ()


def test_a_watch_counts_from_its_beginning_to_its_end():
    month = Month()
    since, until = datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC)
    number = month.seen(1, ODD, watches=((since, until),))
    views = [month.view(date(2026, 11, day), BEA, number) for day in (16, 17, 18, 19)]
    (found,) = month.find()
    assert (found.rule, found.seqs) == (Rule.WATCHED, month.seqs(views[1:3]))


@pytest.mark.parametrize(("days", "rate"), [((0, 10), 0), ((0, 10, 29), 1), ((0, 10, 30), 0)])
def test_the_third_emergency_within_thirty_days_is_found(days, rate):
    month = Month()
    for at in days:
        month.add(SINCE + timedelta(days=at), 10, LEO, "emergency.begin", detail={"emergency": at})
    rates = [each for each in month.find() if each.rule is Rule.EMERGENCY_RATE]
    assert len(rates) == rate
    assert all(each.seqs == (1, 2, 3) for each in rates)


def test_office_hours_are_those_that_were_in_force_on_the_day():
    short = OfficeHours((*((8 * 60, 17 * 60),) * 5, None, None))
    month = Month()
    month.view(date(2026, 11, 16), BEA, month.seen(1, ODD), 18)
    month.view(ODD, BEA, month.seen(2, ODD), 18)
    facts = Facts(tuple(month.settled()[0]), month.people, month.patients, SINCE, ((date(2026, 11, 17), short),))
    (found,) = unusual(facts)
    assert (found.rule, found.day) == (Rule.OFF_HOURS, ODD)
    assert ("Office hours", "8 AM to 5 PM") in found.facts


@pytest.mark.parametrize(
    ("typed", "span"),
    [("8-17", (480, 1020)), ("8:30 am to 5 pm", (510, 1020)), ("12am-24", (0, 1440)), ("closed", None), ("", None)],
)
def test_hours_are_read_as_people_type_them(typed, span):
    assert read_span(typed) == span


@pytest.mark.parametrize("typed", ["8", "8-25", "13pm-14", "8-x", "8:5-9", "٨-٩", "-9"])
def test_hours_that_make_no_sense_are_not_read(typed):
    with pytest.raises(ValueError):
        read_span(typed)


def test_hours_of_a_week_are_judged_together():
    assert check_hours(OfficeHours((None,) * 7))
    assert [each.field for each in check_hours(OfficeHours((*((600, 540),) * 1, *((480, 1020),) * 6)))] == ["monday"]
