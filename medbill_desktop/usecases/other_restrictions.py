"""Other restrictions that a patient asks for: agreed or refused, with the reason (SECURITY H34)."""

from dataclasses import dataclass, field

from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.restrictions import OtherRequest, check_other
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import privacy
from medbill_desktop.storage.patients import lives
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.posting import check_words


@dataclass(frozen=True, slots=True)
class DecideOther:
    id: Id
    patient_id: Id
    request: OtherRequest = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndOther:
    """The patient agrees, or was told that it ends for what comes from now on (164.522(a)(2))."""

    id: Id
    patient_id: Id
    other_id: Id
    words: str = field(repr=False)


@usecase("restriction.other", needs=Permission.MANAGE_POLICY, topics={"privacy", "patients"})
def decide_other(work: Work, cmd: DecideOther) -> Id:
    """Write down what was asked, and what the practice said to it."""
    found = Findings()
    made = tidied(cmd.request, Form(found))
    check_other(made, work.today, found)
    if not lives(work.conn, [cmd.patient_id]):
        raise Refused("This patient is not there. Find the patient again.")
    found.raise_stops()
    new_id = work.new_id()
    privacy.add_other(
        work.conn, id=new_id, patient_id=cmd.patient_id, asked_on=made.asked_on, what=made.what, not_to=made.not_to,
        agreed=made.agreed, reason=made.reason, decided_by=work.user.id, decided_at=work.now,
    )  # fmt: skip
    work.entry.about("restriction", new_id, cmd.patient_id, agreed=made.agreed)
    return new_id


@usecase("restriction.other_end", needs=Permission.MANAGE_POLICY, topics={"privacy", "patients"})
def end_other(work: Work, cmd: EndOther) -> None:
    found = Findings()
    check_words(found, "words", cmd.words, needed=True)
    found.raise_stops()
    mine = next((each for each in privacy.others(work.conn, cmd.patient_id) if each.id == cmd.other_id), None)
    if mine is None or not mine.agreed or mine.ended_on is not None:
        raise Refused("There is nothing agreed here that could be ended.")
    privacy.end_other(work.conn, mine.id, work.today, work.user.id, cmd.words.strip())
    work.entry.about("restriction", mine.id, cmd.patient_id)
