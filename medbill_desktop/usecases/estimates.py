"""Good faith estimates of visits that a patient pays: a bill far above one is looked at first (BILLING R10, S5)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import MOST, Cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import merged, privacy, visits
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.posting import check_words


@dataclass(frozen=True, slots=True)
class GiveEstimate:
    """The amount that the patient was told before the visit; a new one takes the place of the one before."""

    id: Id
    patient_id: Id
    visit_id: Id
    cents: Cents
    given_on: date


@dataclass(frozen=True, slots=True)
class ReviewEstimate:
    """A person looked at a bill of 400 dollars or more above; the patient may be billed now."""

    id: Id
    patient_id: Id
    visit_id: Id
    words: str = field(repr=False)


@usecase("estimate.give", needs=Permission.REGISTER, topics={"privacy", "statements"})
def give_estimate(work: Work, cmd: GiveEstimate) -> Id:
    found = Findings()
    if not 0 < cmd.cents <= MOST:
        found.stop("amount", "cents", "Type the amount of the estimate.")
    if cmd.given_on > work.today:
        found.stop("day", "given_on", "The day lies in the future.")
    visit = visits.find(work.conn, cmd.visit_id)
    if visit is None or visit.patient_id not in merged.patients(work.conn, cmd.patient_id):
        found.stop("visit", "visit_id", "This visit is not one of this patient.", "Choose the visit again.")
    elif cmd.given_on > visit.service_date:
        found.stop("day", "given_on", "An estimate is given before the visit.", "Type the day on the paper.")
    found.raise_stops()
    privacy.put_estimate(work.conn, work.new_id(), cmd.visit_id, cmd.patient_id, cents=cmd.cents,
                         given_on=cmd.given_on, noted_by=work.user.id, noted_at=work.now)  # fmt: skip
    work.entry.about("visit", cmd.visit_id, cmd.patient_id, cents=cmd.cents)
    return cmd.visit_id


@usecase("estimate.review", needs=Permission.REFUND_APPROVE, topics={"privacy", "statements"})
def review_estimate(work: Work, cmd: ReviewEstimate) -> None:
    """Let the bill of a visit go out though it is above its estimate; the patient may still dispute it."""
    found = Findings()
    check_words(found, "words", cmd.words, needed=True)
    found.raise_stops()
    rows = privacy.estimates_of(work.conn, cmd.patient_id)
    mine = next((each for each in rows if each.visit_id == cmd.visit_id), None)
    if mine is None or not mine.waits:
        raise Refused("Nothing of this visit waits for a review.")
    privacy.review_estimate(work.conn, cmd.visit_id, reviewed_on=work.today, reviewed_by=work.user.id,
                            reviewed_cents=mine.charged_cents, words=cmd.words.strip())  # fmt: skip
    work.entry.about("visit", cmd.visit_id, cmd.patient_id, cents=mine.charged_cents)
