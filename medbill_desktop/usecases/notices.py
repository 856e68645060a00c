"""The practice's notices of privacy practices, and who got which (45 CFR 164.520; SECURITY H32)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.documents.plain_sheet import PlainSheet, plain_sheet_pdf
from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.notices import (
    STANDING_WORDS,
    Given,
    Standing,
    Version,
    check_given,
    check_version,
    current,
    standing,
)
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import payments, privacy, restrictions
from medbill_desktop.storage.patients import lives
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import check_words


@dataclass(frozen=True, slots=True)
class ListNotices:
    """Every notice of the practice, newest first."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    version_id: Id


@dataclass(frozen=True, slots=True)
class AddNotice:
    """A notice that is given from a day on; it is never changed."""

    id: Id
    label: str
    effective_on: date
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoteNotice:
    """A patient got a notice: signed on a day, or (`reason`) why not, or neither yet."""

    id: Id
    patient_id: Id
    version_id: Id
    given_on: date
    acknowledged_on: date | None = None
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class GivenLine:
    label: str
    given: Given


@dataclass(frozen=True, slots=True)
class NoticeStanding:
    """Where a patient stands today; `given` in the order it was noted, newest first."""

    now: Version | None
    standing: Standing
    words: str
    given: tuple[GivenLine, ...]


@dataclass(frozen=True, slots=True)
class AskPrivacyWaiting:
    """What waits for privacy today?"""


@dataclass(frozen=True, slots=True)
class PrivacyWaiting:
    """Visitors of today without a notice, and services whose payment failed; each with the first patient."""

    notices: int
    first_visitor: Id | None
    at_risk: int
    oldest_risk: date | None
    first_at_risk: Id | None


@query("notice.versions", needs=Permission.VIEW_ACCOUNT)
def list_notices(read: Reading, asked: ListNotices) -> tuple[Version, ...]:
    return tuple(privacy.versions(read.conn))


@query("notice.text", needs=Permission.VIEW_ACCOUNT)
def notice_pdf(read: Reading, asked: NoticeText) -> bytes:
    """Return a notice as pages to be handed over, with a line to sign on."""
    text = privacy.text_of(read.conn, asked.version_id)
    version = next(each for each in privacy.versions(read.conn) if each.id == asked.version_id)
    practice = payments.practice_block(read.conn)
    lines = (*practice.lines, show_phone(practice.phone))
    facts = (("Notice", version.label), ("In force from", show_date(version.effective_on)))
    words = tuple(each.strip() for each in text.replace("\r", "").split("\n") if each.strip())
    names = ("I got this notice: name, date",)
    title = "Notice of privacy practices"
    return plain_sheet_pdf(PlainSheet(title, practice.name, lines, facts, (), words, names))


@usecase("notice.add", needs=Permission.MANAGE_POLICY, topics={"privacy", "settings"})
def add_notice(work: Work, cmd: AddNotice) -> Id:
    """Keep a notice; patients who got an older one are asked again from its first day on."""
    found, label = Findings(), " ".join(cmd.label.split())
    check_version(label, cmd.text, cmd.effective_on, privacy.versions(work.conn), found)
    found.raise_stops()
    new_id = work.new_id()
    privacy.add_version(work.conn, id=new_id, label=label, text=cmd.text.strip(), effective_on=cmd.effective_on,
                        added_by=work.user.id, added_at=work.now)  # fmt: skip
    work.entry.about("notice", new_id)
    return new_id


@usecase("notice.note", needs=Permission.REGISTER, topics={"privacy", "patients"})
def note_notice(work: Work, cmd: NoteNotice) -> Id:
    """Note that a patient got a notice; noted again it is one more line, and the best of them counts."""
    found = Findings()
    check_words(found, "reason", cmd.reason)
    given = Given(cmd.version_id, cmd.given_on, cmd.acknowledged_on, " ".join(cmd.reason.split()))
    version = next((each for each in privacy.versions(work.conn) if each.id == cmd.version_id), None)
    check_given(given, version, work.today, found)
    if not lives(work.conn, [cmd.patient_id]):
        raise Refused("This patient is not there. Find the patient again.")
    found.raise_stops()
    new_id = work.new_id()
    privacy.add_given(work.conn, new_id, cmd.patient_id, given, work.user.id, work.now)
    signed = cmd.acknowledged_on is not None
    work.entry.about("notice", cmd.version_id, cmd.patient_id, acknowledged=signed, with_reason=bool(given.reason))
    return new_id


def standing_of(read: Reading, patient_id: Id) -> NoticeStanding:
    """Return where a patient stands with notices today."""
    versions = privacy.versions(read.conn)
    given = privacy.given_to(read.conn, patient_id)
    now = current(versions, read.today)
    where = standing(now, given)
    labels = {each.id: each.label for each in versions}
    lines = tuple(GivenLine(labels[each.version_id], each) for each in reversed(given))
    words = STANDING_WORDS[where]
    if now is not None and where is not Standing.DONE:
        words += f" ({now.label}, since {say_date(now.effective_on)})"
    return NoticeStanding(now, where, words, lines)


@query("privacy.waiting", needs=Permission.VIEW_ACCOUNT)
def privacy_waiting(read: Reading, asked: AskPrivacyWaiting) -> PrivacyWaiting:
    now = current(privacy.versions(read.conn), read.today)
    visitors = privacy.visitors(read.conn, read.today) if now is not None else []
    given = privacy.given_to_many(read.conn, visitors)
    lacking = [each for each in visitors if standing(now, given.get(each, [])) is not Standing.DONE]
    risk = restrictions.at_risk(read.conn)
    first = lacking[0] if lacking else None
    return PrivacyWaiting(len(lacking), first, risk.count, risk.oldest, risk.patient_id)
