"""Notices, authorizations, disclosures, other restrictions, callers and estimates (SECURITY H30-H34, BILLING R10)."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from medbill_desktop.domain.callers import Caller
from medbill_desktop.domain.disclosures import AuthorizationToDisclose, DisclosureDetails
from medbill_desktop.domain.notices import Standing
from medbill_desktop.domain.patients import ContactDetails
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.restrictions import OtherRequest
from medbill_desktop.domain.statement_reasons import Hold
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import statement_facts
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.callers import (
    CallerCardOf,
    CheckCaller,
    MayBeSaid,
    caller_card,
    check_caller,
    what_may_be_said,
)
from medbill_desktop.usecases.disclosures import (
    Accounting,
    AuthorizeDisclosure,
    EndAuthorization,
    NoteDisclosure,
    accounting_pdf,
    authorize_disclosure,
    end_authorization,
    note_disclosure,
)
from medbill_desktop.usecases.estimates import (
    GiveEstimate,
    ReviewEstimate,
    give_estimate,
    review_estimate,
)
from medbill_desktop.usecases.notices import (
    AddNotice,
    AskPrivacyWaiting,
    NoteNotice,
    NoticeText,
    add_notice,
    note_notice,
    notice_pdf,
    privacy_waiting,
)
from medbill_desktop.usecases.other_restrictions import (
    DecideOther,
    EndOther,
    decide_other,
    end_other,
)
from medbill_desktop.usecases.payments import VoidPayment, void_payment
from medbill_desktop.usecases.privacy_record import OpenPrivacy, open_privacy
from medbill_desktop.usecases.restrictions import AskRestriction, ReviewRestriction, ask_restriction, review_restriction
from tests.ledger_rows import SUMMIT, a_patient, charge, furnish, pay
from tests.people import a_place, a_provider, a_visit, register

DAY = date(2026, 11, 18)


def record(desk, who):
    return desk.ask(open_privacy, OpenPrivacy(who))


def fields(refused):
    return {each.field for each in refused.value.problems}


def words_of(pdf):
    return " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def a_notice(desk, label="2026-02", day=date(2026, 2, 16), words="How we use what we know of you."):
    return desk.run(add_notice, AddNotice(desk.new_id(), label, day, words))


def note(desk, who, version, **more):
    return desk.run(note_notice, NoteNotice(desk.new_id(), who, version, more.pop("given_on", DAY), **more))


def standing(desk, who):
    return record(desk, who).notices.standing


def test_a_notice_is_missing_given_acknowledged_and_asked_for_again_when_a_newer_begins(desk, clock):
    who = register(desk).patient_id
    assert standing(desk, who) is Standing.NONE_KEPT
    first = a_notice(desk)
    assert standing(desk, who) is Standing.MISSING
    note(desk, who, first)
    assert standing(desk, who) is Standing.WAITS
    note(desk, who, first, acknowledged_on=DAY)
    assert standing(desk, who) is Standing.DONE
    a_notice(desk, "2026-12", DAY + timedelta(days=2))
    assert standing(desk, who) is Standing.DONE
    clock.move(days=2)
    assert standing(desk, who) is Standing.NEWER


def test_a_reason_in_good_faith_counts_and_both_at_once_do_not(desk):
    who, version = register(desk).patient_id, a_notice(desk)
    with pytest.raises(Invalid) as refused:
        note(desk, who, version, acknowledged_on=DAY, reason="would not sign")
    assert fields(refused) == {"reason"}
    note(desk, who, version, reason="would not sign")
    assert standing(desk, who) is Standing.DONE


def test_a_notice_not_in_force_or_signed_before_it_was_given_is_refused(desk):
    who, version = register(desk).patient_id, a_notice(desk)
    with pytest.raises(Invalid):
        note(desk, who, version, given_on=date(2026, 1, 1))
    with pytest.raises(Invalid) as refused:
        note(desk, who, version, acknowledged_on=date(2026, 11, 1))
    assert fields(refused) == {"acknowledged_on"}


def test_a_notice_is_never_changed_and_prints_with_a_line_to_sign(desk, vault):
    version = a_notice(desk, words="First part.\n\nDiseño of privacy.")
    assert "Diseño of privacy." in words_of(desk.ask(notice_pdf, NoticeText(version)))
    for label, day in (("2026-02", DAY), ("other", date(2026, 2, 16))):
        with pytest.raises(Invalid):
            a_notice(desk, label, day)
    with pytest.raises(IntegrityError), vault.writer.begin() as conn:
        conn.execute(text("UPDATE notice_version SET text = 'x'"))


def test_visitors_of_today_without_a_notice_are_counted_once_each(desk):
    provider, place, version = a_provider(desk), a_place(desk), a_notice(desk)
    one, two = register(desk).patient_id, register(desk, "Kim", "Bo", phone="2075550199").patient_id
    for who in (one, one, two):
        a_visit(desk, who, provider, place)
    found = desk.ask(privacy_waiting, AskPrivacyWaiting())
    assert (found.notices, found.first_visitor) == (2, one)
    note(desk, one, version, acknowledged_on=DAY)
    found = desk.ask(privacy_waiting, AskPrivacyWaiting())
    assert (found.notices, found.first_visitor) == (1, two)


AUTHORIZED = AuthorizationToDisclose("Dana Kim, attorney", "bills of 2026", "a claim for damages", date(2026, 11, 2),
                                     expires_on=date(2026, 12, 31))  # fmt: skip
TOLD = DisclosureDetails(DAY, "Dana Kim, attorney", "bills of 2026", "asked for by letter", "authorization")


def authorize(desk, who, **more):
    details = replace(AUTHORIZED, **more)
    return desk.run(authorize_disclosure, AuthorizeDisclosure(desk.new_id(), who, details))


def tell(desk, who, read=False, **more):
    return desk.run(note_disclosure, NoteDisclosure(desk.new_id(), who, replace(TOLD, **more), read))


def test_what_is_authorized_may_be_disclosed_until_it_expires(desk, clock):
    who = register(desk).patient_id
    held = authorize(desk, who)
    tell(desk, who, authorization_id=held)
    clock.move(days=60)
    with pytest.raises(Invalid, match=r"expired Dec 31, 2026\. Ask the patient to sign a new one"):
        tell(desk, who, authorization_id=held, made_on=clock.today())
    assert len(record(desk, who).disclosures) == 1


def test_a_revoked_authorization_and_another_recipient_are_refused(desk):
    who = register(desk).patient_id
    held = authorize(desk, who, expires_on=None, expires_when="the case is settled")
    with pytest.raises(Invalid, match="is for Dana Kim") as refused:
        tell(desk, who, authorization_id=held, to_whom="Somebody Else")
    assert fields(refused) == {"to_whom"}
    desk.run(end_authorization, EndAuthorization(desk.new_id(), who, held, "revoked", DAY))
    with pytest.raises(Invalid, match="revoked"):
        tell(desk, who, authorization_id=held)
    [line] = record(desk, who).authorizations
    assert "revoked" in line.why_not
    with pytest.raises(Refused, match="already"):
        desk.run(end_authorization, EndAuthorization(desk.new_id(), who, held, "event", DAY))


def test_an_authorization_without_an_end_is_refused(desk):
    with pytest.raises(Invalid) as refused:
        authorize(desk, register(desk).patient_id, expires_on=None)
    assert fields(refused) == {"expires_on"}


def test_an_authorization_of_another_patient_authorizes_nothing(desk):
    one, two = register(desk).patient_id, register(desk, "Kim", "Bo", phone="2075550199").patient_id
    held = authorize(desk, one)
    with pytest.raises(Invalid, match="Choose the authorization"):
        tell(desk, two, authorization_id=held)


def test_the_accounting_lists_what_was_not_for_care_money_or_asked_for_six_years_back(desk, vault):
    who = register(desk).patient_id
    tell(desk, who, authorization_id=authorize(desk, who))
    tell(desk, who, basis="payment", to_whom="Summit Mutual")
    tell(desk, who, basis="public_health", to_whom="State registry", what="a report", why="the law asks for it")
    tell(desk, who, basis="court", to_whom="County court", made_on=date(2020, 11, 17))
    said = words_of(desk.ask(accounting_pdf, Accounting(who)))
    assert "State registry" in said
    assert "the law asks for it" in said
    assert not any(each in said for each in ("County court", "Summit Mutual", "attorney"))
    with pytest.raises(IntegrityError), vault.writer.begin() as conn:
        conn.execute(text("DELETE FROM disclosure"))


def test_what_was_agreed_is_read_before_a_disclosure_and_kept_from_who_was_named(desk):
    who = register(desk).patient_id
    request = OtherRequest("nothing to my brother", DAY, True, "Luis Ortiz")
    agreed = desk.run(decide_other, DecideOther(desk.new_id(), who, request))
    with pytest.raises(Invalid) as refused:
        tell(desk, who, basis="treatment", to_whom="luis  ORTIZ")
    assert fields(refused) == {"to_whom"}
    with pytest.raises(Invalid) as refused:
        tell(desk, who, basis="treatment", to_whom="Dr. Reyes")
    assert fields(refused) == {"restrictions_read"}
    tell(desk, who, read=True, basis="treatment", to_whom="Dr. Reyes")
    tell(desk, who, basis="required_by_law", to_whom="Luis Ortiz")
    desk.run(end_other, EndOther(desk.new_id(), who, agreed, "the patient agrees"))
    tell(desk, who, basis="treatment", to_whom="Luis Ortiz")


def test_a_refusal_needs_its_reason_and_the_front_desk_does_not_decide(desk, desk_as):
    who = register(desk).patient_id
    with pytest.raises(Invalid) as refused:
        desk.run(decide_other, DecideOther(desk.new_id(), who, OtherRequest("no e-mail ever", DAY, False)))
    assert fields(refused) == {"reason"}
    desk.run(decide_other, DecideOther(desk.new_id(), who, OtherRequest("no e-mail", DAY, False, reason="no way to")))
    assert [row.agreed for row in record(desk, who).others] == [False]
    clerk = desk_as(Role.FRONT_DESK)
    with pytest.raises(NotAllowed):
        clerk.run(decide_other, DecideOther(clerk.new_id(), who, OtherRequest("x", DAY, True)))


def test_a_plan_is_not_told_of_a_restricted_visit_unless_the_law_asks(desk, vault):
    furnish(vault)
    who = a_patient(vault)
    [charge_id] = charge(desk, who)
    with vault.reader.begin() as conn:
        visit_id = conn.execute(select(t.charge.c.visit_id).where(t.charge.c.id == charge_id)).scalar_one()
    desk.run(ask_restriction, AskRestriction(desk.new_id(), who.patient_id, visit_id, DAY, "the patient"))
    with pytest.raises(Invalid, match="plan not be told") as refused:
        tell(desk, who.patient_id, basis="operations", to_whom="Summit PPO", payer_id=SUMMIT)
    assert fields(refused) == {"payer_id"}
    tell(desk, who.patient_id, basis="required_by_law", to_whom="Summit PPO", payer_id=SUMMIT, visit_id=visit_id)


def test_a_caller_needs_two_things_and_the_log_holds_none_of_them(desk, vault):
    who = register(desk, ssn="123456789").patient_id
    card = desk.ask(caller_card, CallerCardOf(who))
    held = {each.key: each.value for each in card.identifiers}
    assert held["ssn4"] == "6789"
    assert "123456789" not in repr(card)
    for matched, passed in ((("phone",), False), (("phone", "phone"), False), (("phone", "account"), True)):
        done = desk.run(check_caller, CheckCaller(desk.new_id(), who, Caller.PATIENT, matched))
        assert done.passed is passed
    with vault.reader.begin() as conn:
        assert [row.passed for row in conn.execute(select(t.caller_check))] == [False, False, True]
        rows = conn.execute(select(t.audit.c.detail).where(t.audit.c.action == "caller.check")).scalars().all()
    assert len(rows) == 3
    assert not any("2075550142" in row or card.identifiers[-1].value in row for row in rows)


@pytest.mark.parametrize(
    ("caller", "passed", "yes"),
    [(Caller.PATIENT, True, True), (Caller.PATIENT, False, False), (Caller.GUARANTOR, True, True),
     (Caller.PERSON, True, False), (Caller.OTHER, True, False)],
)  # fmt: skip
def test_what_may_be_said_follows_who_calls(desk, caller, passed, yes):
    who = register(desk).patient_id
    said = desk.ask(what_may_be_said, MayBeSaid(who, caller, passed))
    assert said[0][0] is yes


def test_confidential_communication_wins_on_the_telephone(desk):
    apart = ContactDetails("confidential", DAY, street="PO Box 9", city="Camden", state="ME", zip="04843")
    talk = ContactDetails("permission", DAY, permission="talk", allowed=True)
    who = register(desk, contacts=(apart, talk)).patient_id
    assert not desk.ask(what_may_be_said, MayBeSaid(who, Caller.GUARANTOR, True))[0][0]
    to_named = desk.ask(what_may_be_said, MayBeSaid(who, Caller.PERSON, True))
    assert [yes for yes, _ in to_named] == [True, False]
    assert "Box" not in str(to_named)


def hold_of(vault, who):
    with vault.reader.begin() as conn:
        [facts] = statement_facts.facts(conn, DAY, [who.guarantor_id])
    return {each.hold for each in facts.charges}


def test_a_bill_far_above_its_estimate_waits_until_it_was_looked_at_and_waits_again_when_it_grows(desk, vault):
    furnish(vault)
    who = a_patient(vault, insured=False)
    ids = charge(desk, who, "99214", "20610", "99213")
    with vault.reader.begin() as conn:
        visit_id = conn.execute(select(t.charge.c.visit_id).where(t.charge.c.id == ids[0])).scalar_one()
    desk.run(give_estimate, GiveEstimate(desk.new_id(), who.patient_id, visit_id, 95_01, DAY))
    assert hold_of(vault, who) == {None}
    desk.run(give_estimate, GiveEstimate(desk.new_id(), who.patient_id, visit_id, 95_00, DAY))
    assert hold_of(vault, who) == {Hold.ABOVE_ESTIMATE}
    desk.run(review_estimate, ReviewEstimate(desk.new_id(), who.patient_id, visit_id, "the patient asked for more"))
    assert hold_of(vault, who) == {None}
    [row] = record(desk, who.patient_id).estimates
    assert (row.charged_cents, row.waits) == (495_00, False)
    with pytest.raises(Refused, match="waits"):
        desk.run(review_estimate, ReviewEstimate(desk.new_id(), who.patient_id, visit_id, "again"))


def test_a_service_at_risk_is_left_off_the_statement_until_the_patient_was_told(desk, vault):
    furnish(vault)
    who = a_patient(vault)
    [charge_id] = charge(desk, who)
    with vault.reader.begin() as conn:
        visit_id = conn.execute(select(t.charge.c.visit_id).where(t.charge.c.id == charge_id)).scalar_one()
    asked = desk.run(
        ask_restriction, AskRestriction(desk.new_id(), who.patient_id, visit_id, DAY, "the patient", charge_id)
    ).restriction_ids[0]
    taken = pay(desk, who, 165_00)
    desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, "typed wrong"))
    assert hold_of(vault, who) == {Hold.RESTRICTED}
    found = desk.ask(privacy_waiting, AskPrivacyWaiting())
    assert (found.at_risk, found.first_at_risk) == (1, who.patient_id)
    desk.run(review_restriction, ReviewRestriction(desk.new_id(), asked, "called, pays on Friday"))
    assert hold_of(vault, who) == {None}
