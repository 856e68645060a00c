from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import ContactDetails, Flag, GuarantorDetails
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import coverages as coverage_rows
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.coverages import (
    CheckCoverage,
    EndCoverage,
    SaveCoverage,
    check_coverage,
    end_coverage,
    save_coverage,
)
from medbill_desktop.usecases.patients import (
    ChangeGuarantor,
    ChangePatient,
    CheckPatient,
    FindDuplicates,
    FindPatients,
    NewPatient,
    OpenPatient,
    RegisterPatient,
    RegisterPatients,
    SaveContact,
    SetFlag,
    change_guarantor,
    change_patient,
    check_patient,
    find_duplicates,
    find_patients,
    open_patient,
    register_patient,
    register_patients,
    save_contact,
    set_flag,
)
from tests.people import a_coverage, a_payer, insured, patient_details, register

PARENT = GuarantorDetails("Ortiz", "Ruth", "", "14 Willow Lane", "", "Rockport", "ME", "04856", "2075550143")


def found(desk, text):
    return {line.name for line in desk.ask(find_patients, FindPatients(text))}


def codes(problems):
    return {(p.field, p.code) for p in problems}


def audit(vault):
    with vault.reader.begin() as conn:
        return [(r.action, r.outcome, r.patient_id) for r in conn.execute(select(t.audit).order_by(t.audit.c.seq))]


def open_card(desk, patient_id):
    return desk.ask(open_patient, OpenPatient(patient_id))


def test_who_is_registered_is_opened_as_typed_and_both_are_in_the_log(desk, vault):
    done = insured(desk, "Müller", "Jürg", middle="B", suffix="Jr", zip="04856-1234", phone="(207) 555-0142")
    card = open_card(desk, done.patient_id)
    assert (card.name, card.account, card.age, card.version) == ("Müller Jr, Jürg B", "1-1", 46, 1)
    assert (card.patient.zip, card.patient.phone, card.patient.state) == ("048561234", "2075550142", "ME")
    assert card.relationship == "self"
    assert (card.guarantor.details.last, card.guarantor.patients) == ("Müller", (done.patient_id,))
    assert [(line.payer, line.standing, line.incomplete) for line in card.coverages] == [
        ("Summit Mutual", "active", False)
    ]
    assert audit(vault)[-2:] == [
        ("patient.register", "done", done.patient_id),
        ("patient.open", "done", done.patient_id),
    ]


def test_account_numbers_have_no_gap_after_a_refusal(desk):
    assert register(desk).account == "1-1"
    with pytest.raises(Invalid):
        register(desk, last="")
    assert register(desk, "Berg", "Ole").account == "1-2"


def test_a_registration_sent_twice_is_one_patient(desk):
    command = RegisterPatient(desk.new_id(), NewPatient(patient_details()))
    assert desk.run(register_patient, command) == desk.run(register_patient, command)
    assert len(desk.ask(find_patients, FindPatients("ortiz"))) == 1


def test_every_problem_of_a_registration_is_told_at_once(desk):
    new = NewPatient(
        patient_details("", "4111 1111 1111 1111", birth_date=date(2027, 1, 1), sex="X", zip="1", state="Mars",
                        phone="12", email="nobody", ssn="12", street="a\x00b"),
        coverages=(a_coverage(Id(99), "", relationship="spouse"),),
        contacts=(ContactDetails("confidential", date(2026, 1, 1)),),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        desk.run(register_patient, RegisterPatient(desk.new_id(), new))
    told = codes(refused.value.problems)
    assert told >= {
        ("last", "name"), ("first", "card-number"), ("birth_date", "birth-date"), ("sex", "sex"), ("zip", "zip"),
        ("state", "state"), ("phone", "phone"), ("email", "email"), ("ssn", "ssn"), ("street", "control-character"),
        ("coverage.1.member_id", "member-id"), ("coverage.1.payer_id", "payer"),
        ("coverage.1.subscriber_birth", "subscriber"), ("contact.1.street", "contact"),
    }  # fmt: skip
    assert told == codes(p for p in desk.ask(check_patient, CheckPatient(new)) if not p.warns)
    assert found(desk, "4") == set()


@pytest.mark.parametrize(
    ("last", "first", "typed"),
    [
        ("Müller", "Jürg", "muller"), ("Müller", "Jürg", "MUELLER j"), ("Weiß", "Änne", "weiss a"),
        ("O'Brien", "Sean", "obr"), ("García López", "María José", "lopez"), ("García López", "María José", "jose gar"),
        ("Nguyễn", "Thị Ánh", "nguyen thi anh"), ("Łukasiewicz", "Żaneta", "lukas"), ("Smith-Jones", "Amy", "jones"),
        ("Ångström", "Bo", "angstrom"), ("Иванов", "Пётр", "петр"), ("Παπαδόπουλος", "Νίκος", "παπαδοπ"),
        ("山田", "太郎", "山田太"), ("山田", "太郎", "太郎"), ("김", "철수", "김철"), ("أحمد", "فاطمة", "احمد"),
        ("عليّ", "حسن", "علي"),
        ("Ortiz", "Ana", "ortiz, an"), ("Ortiz", "Ana", "ana or"), ("Ortiz", "Ana", "1-1"), ("Ortiz", "Ana", "1980-10"),
        ("Ortiz", "Ana", "10/31/1980"), ("Ortiz", "Ana", "10/31"), ("Ortiz", "Ana", "103119"),
        ("Ortiz", "Ana", "(207) 555"), ("Ortiz", "Ana", "207555"), ("Ortiz", "Ana", "555-0142"),
        ("Ortiz", "Ana", "+1 207 555 0142"),
        ("Ortiz", "Ana", "1/1-"),
    ],
)  # fmt: skip
def test_a_patient_is_found_by_the_beginning_of_anything(desk, last, first, typed):
    register(desk, last, first, mailing_name="" if last.isascii() or last[0] in "MWGNŁÅ" else "In Latin Letters")
    register(desk, "Quarles", "Zed", birth_date=date(1971, 2, 3), phone="2125559999")
    assert found(desk, typed) == ({f"{last}, {first}"} if typed != "1/1-" else set())


def test_a_former_name_finds_until_it_is_changed(desk):
    done = register(desk, "Ortiz", "Ana", former_names=("Delacroix",))
    assert found(desk, "delac") == found(desk, "ana dela") == {"Ortiz, Ana"}
    card = open_card(desk, done.patient_id)
    changed = replace(card.patient, last="Berg", former_names=("Ortiz",), phone="2125550000")
    assert desk.run(change_patient, ChangePatient(desk.new_id(), done.patient_id, card.version, changed)) == 2
    assert found(desk, "delac") == found(desk, "5550142") == set()
    assert found(desk, "berg") == found(desk, "ortiz") == found(desk, "212") == {"Berg, Ana"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=40))
def test_no_typed_text_breaks_the_search_or_changes_its_sql(desk, vault, typed):
    statements = []
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(vault.reader, "before_cursor_execute", listener)
    try:
        desk.ask(find_patients, FindPatients(typed))
    finally:
        event.remove(vault.reader, "before_cursor_execute", listener)
    searched = {each for each in statements if each != "BEGIN"}
    assert len(searched) <= 1
    assert all(each.count("?") == 4 and "patient_key" in each for each in searched)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12))
def test_any_name_finds_its_patient(desk, name):
    done = register(desk, name, "", mailing_name="Latin")
    typed = desk.ask(find_patients, FindPatients(name, limit=500))
    assert done.patient_id in {line.id for line in typed}


def test_nothing_typed_finds_nobody_and_a_search_is_no_reading(desk, vault):
    insured(desk)
    before = audit(vault)
    assert found(desk, "  ") == found(desk, "...") == set()
    (line,) = desk.ask(find_patients, FindPatients("or"))
    assert (line.payer, line.city, line.phone, line.deceased) == ("Summit Mutual", "Rockport", "2075550142", False)
    assert audit(vault) == before


def test_likely_doubles_are_told_with_the_reason_and_hinder_nothing(desk):
    payer = a_payer(desk)
    first = insured(desk, "Ørsted", "Ana", payer_id=payer)
    alike = NewPatient(patient_details("ORSTED", "Aná"), coverages=(a_coverage(payer),))
    warned = [p for p in desk.ask(check_patient, CheckPatient(alike)) if p.code == "duplicate"]
    assert len(warned) == 1
    assert warned[0].warns
    assert all(word in warned[0].text for word in ("1-1", "same name and birth date", "same phone", "same member id"))
    assert [p for p in desk.ask(check_patient, CheckPatient(alike, first.patient_id)) if p.code == "duplicate"] == []
    (only,) = desk.ask(find_duplicates, FindDuplicates("Orsted", "Ana", date(1980, 10, 31)))
    assert only.reasons == ("same name and birth date",)
    assert desk.ask(find_duplicates, FindDuplicates("Orsted", "Ana", date(1980, 10, 30))) == ()
    assert desk.run(register_patient, RegisterPatient(desk.new_id(), alike)).account == "1-2"


def test_a_name_that_an_envelope_cannot_carry_needs_one_in_latin_letters(desk):
    with pytest.raises(Invalid) as refused:
        register(desk, "山田", "太郎")
    assert ("mailing_name", "mailing-name") in codes(refused.value.problems)
    done = register(desk, "山田", "太郎", mailing_name="Taro Yamada")
    with desk._vault.reader.begin() as conn:
        assert conn.execute(select(t.guarantor.c.mailing_name)).scalar_one() == "Taro Yamada"
    assert open_card(desk, done.patient_id).patient.mailing_name == "Taro Yamada"


def test_a_child_has_a_parent_as_guarantor_who_may_have_more_children(desk):
    born = date(2019, 5, 6)
    own = NewPatient(patient_details(birth_date=born))
    assert ("guarantor", "minor") in codes(desk.ask(check_patient, CheckPatient(own)))
    first = register(desk, "Ortiz", "Lea", birth_date=born, guarantor=PARENT, relationship="child")
    second = register(desk, "Ortiz", "Tom", birth_date=born, guarantor_id=first.guarantor_id, relationship="child")
    card = open_card(desk, second.patient_id)
    assert card.guarantor.details.first == "Ruth"
    assert card.guarantor.patients == (first.patient_id, second.patient_id)
    for wrong in ({"guarantor": PARENT}, {"relationship": "child"}, {"guarantor_id": Id(5), "relationship": "child"}):
        with pytest.raises(Invalid):
            register(desk, "Wrong", "One", **wrong)


def test_another_guarantor_is_chosen_and_taken_back(desk):
    done = register(desk)
    asked = ChangeGuarantor(desk.new_id(), done.patient_id, 1, "spouse", guarantor=PARENT)
    assert desk.run(change_guarantor, asked) == 2
    card = open_card(desk, done.patient_id)
    assert (card.relationship, card.guarantor.details.first) == ("spouse", "Ruth")
    back = ChangeGuarantor(desk.new_id(), done.patient_id, 2, "self", guarantor_id=done.guarantor_id)
    with pytest.raises(Invalid):
        desk.run(change_guarantor, back)
    assert desk.run(change_guarantor, replace(back, id=desk.new_id(), guarantor_id=None)) == 3


def test_a_change_under_someone_elses_eyes_is_refused_and_nothing_is_lost(desk, desk_as):
    done = register(desk)
    mine, theirs = open_card(desk, done.patient_id), open_card(desk_as(Role.FRONT_DESK), done.patient_id)
    other = desk_as(Role.FRONT_DESK)
    other.run(change_patient, ChangePatient(other.new_id(), done.patient_id, 1, replace(theirs.patient, city="Camden")))
    with pytest.raises(Invalid) as refused:
        desk.run(change_patient, ChangePatient(desk.new_id(), done.patient_id, 1, replace(mine.patient, city="Bath")))
    assert codes(refused.value.problems) == {("version", "changed")}
    card = open_card(desk, done.patient_id)
    assert (card.patient.city, card.version, card.guarantor.details.city) == ("Camden", 2, "Camden")


def test_the_log_names_changed_fields_and_never_what_was_typed(desk, vault):
    done = register(desk)
    card = open_card(desk, done.patient_id)
    desk.run(change_patient, ChangePatient(desk.new_id(), done.patient_id, 1, replace(card.patient, city="Zanzibar")))
    with vault.reader.begin() as conn:
        details = "".join(conn.execute(select(t.audit.c.detail)).scalars())
    assert '"changed":"city"' in details
    assert not any(word in details for word in ("Zanzibar", "Ortiz", "2075550142", "1980"))


def test_commands_and_details_show_no_person_when_printed(desk):
    new = NewPatient(patient_details("Canaryname"), PARENT, relationship="spouse", coverages=(a_coverage(Id(1)),))
    command = RegisterPatient(desk.new_id(), new)
    done = register(desk, "Canaryname")
    for shown in (command, new, new.patient, FindPatients("Canaryname"), open_card(desk, done.patient_id),
                  desk.ask(find_patients, FindPatients("canary"))[0]):  # fmt: skip
        assert "canary" not in repr(shown).casefold()
        assert "207555" not in repr(shown)


def test_two_policies_of_one_rank_never_share_a_day(desk, vault):
    payer = a_payer(desk)
    done = register(desk, coverages=[a_coverage(payer, last_day=date(2026, 6, 30))])
    clash = a_coverage(payer, "NEW1", date(2026, 6, 30))
    for wrong in (clash, a_coverage(payer, "NEW1", date(2025, 1, 1)), replace(clash, last_day=date(2026, 6, 30))):
        assert ("first_day", "overlap") in codes(desk.ask(check_coverage, CheckCoverage(done.patient_id, wrong)))
        with pytest.raises(Invalid):
            desk.run(save_coverage, SaveCoverage(desk.new_id(), done.patient_id, wrong))
    for right in (replace(clash, first_day=date(2026, 7, 1)), replace(clash, rank=2)):
        desk.run(save_coverage, SaveCoverage(desk.new_id(), done.patient_id, right))
    with vault.reader.begin() as conn:
        on_the_last_day = coverage_rows.on(conn, done.patient_id, date(2026, 6, 30))
        assert [(row.rank, row.details.member_id) for row in on_the_last_day] == [(1, "XK4471902"), (2, "NEW1")]
        assert [row.rank for row in coverage_rows.on(conn, done.patient_id, date(2026, 7, 1))] == [1, 2]
        assert coverage_rows.on(conn, done.patient_id, date(2025, 12, 31)) == []


def test_a_policy_that_replaces_another_ends_it_the_day_before(desk, vault):
    payer = a_payer(desk)
    done = register(desk, coverages=[a_coverage(payer)])
    new = a_coverage(a_payer(desk, "Cedar Health"), "CH77", date(2026, 9, 1))
    command = SaveCoverage(desk.new_id(), done.patient_id, new, replaces=done.coverage_ids[0])
    assert desk.run(save_coverage, command) == desk.run(save_coverage, command)
    with vault.reader.begin() as conn:
        old, now = (
            coverage_rows.find(conn, done.coverage_ids[0]),
            coverage_rows.on(conn, done.patient_id, date(2026, 9, 1)),
        )
    assert old.last_day == date(2026, 8, 31)
    assert [(row.payer_name, row.details.member_id) for row in now] == [("Cedar Health", "CH77")]
    too_early = replace(new, first_day=date(2026, 1, 1))
    with pytest.raises(Invalid):
        desk.run(save_coverage, SaveCoverage(desk.new_id(), done.patient_id, too_early, replaces=done.coverage_ids[0]))


def test_an_end_is_moved_but_never_into_another_policy(desk):
    payer = a_payer(desk)
    done = register(desk, coverages=[a_coverage(payer, last_day=date(2026, 6, 30)),
                                     a_coverage(payer, "B22", date(2026, 10, 1))])  # fmt: skip
    first = done.coverage_ids[0]
    desk.run(end_coverage, EndCoverage(desk.new_id(), first, date(2026, 9, 30)))
    for wrong in (date(2026, 10, 1), date(2025, 12, 31)):
        with pytest.raises(Invalid):
            desk.run(end_coverage, EndCoverage(desk.new_id(), first, wrong))
    with pytest.raises(Refused):
        desk.run(end_coverage, EndCoverage(desk.new_id(), Id(5), date(2026, 9, 30)))


def test_a_policy_of_someone_else_cannot_be_changed_by_the_way(desk):
    mine, yours = insured(desk), register(desk, "Berg", "Ole")
    payer = open_card(desk, mine.patient_id).coverages[0].coverage.payer_id
    for more in ({"coverage_id": mine.coverage_ids[0]}, {"replaces": mine.coverage_ids[0]}):
        with pytest.raises(Refused):
            wrong = SaveCoverage(desk.new_id(), yours.patient_id, a_coverage(payer, "X99", date(2026, 2, 1)), **more)
            desk.run(save_coverage, wrong)


def test_the_confidential_address_in_force_is_the_one_on_the_card(desk):
    done = register(desk)
    safe = ContactDetails("confidential", date(2026, 1, 1), street="PO Box 9", city="Camden", state="me", zip="04843")
    contact = desk.run(save_contact, SaveContact(desk.new_id(), done.patient_id, safe))
    assert open_card(desk, done.patient_id).confidential.state == "ME"
    ended = replace(safe, last_day=date(2026, 11, 17))
    desk.run(save_contact, SaveContact(desk.new_id(), done.patient_id, ended, contact))
    card = open_card(desk, done.patient_id)
    assert card.confidential is None
    assert [line.in_force for line in card.contacts] == [False]
    other = register(desk, "Berg", "Ole")
    with pytest.raises(Refused):
        desk.run(save_contact, SaveContact(desk.new_id(), other.patient_id, ended, contact))


@pytest.mark.parametrize("flag", list(Flag))
def test_a_flag_is_dated_shown_and_taken_away(desk, flag):
    done = register(desk)
    with pytest.raises(Invalid):
        desk.run(set_flag, SetFlag(desk.new_id(), done.guarantor_id, flag, date(2027, 1, 1)))
    desk.run(set_flag, SetFlag(desk.new_id(), done.guarantor_id, flag, date(2026, 11, 1)))
    assert open_card(desk, done.patient_id).guarantor.flags == {flag: date(2026, 11, 1)}
    assert desk.ask(find_patients, FindPatients("ort"))[0].flags == (flag,)
    desk.run(set_flag, SetFlag(desk.new_id(), done.guarantor_id, flag, None))
    assert open_card(desk, done.patient_id).guarantor.flags == {}


def test_a_dead_patient_who_is_their_own_guarantor_gets_no_more_mail(desk):
    late = date(2026, 10, 1)
    done = register(desk, deceased_on=late)
    card = open_card(desk, done.patient_id)
    assert (card.age, card.guarantor.flags) == (45, {Flag.DECEASED: late})
    other = register(desk, "Berg", "Ole")
    alive = open_card(desk, other.patient_id).patient
    desk.run(change_patient, ChangePatient(desk.new_id(), other.patient_id, 1, replace(alive, deceased_on=late)))
    assert open_card(desk, other.patient_id).guarantor.flags == {Flag.DECEASED: late}
    child = register(desk, "Ortiz", "Lea", deceased_on=late, guarantor=PARENT, relationship="child")
    assert open_card(desk, child.patient_id).guarantor.flags == {}


def test_many_come_in_one_command_or_none_does(desk):
    some = tuple(NewPatient(patient_details(f"Name{n}", "A")) for n in range(300))
    done = desk.run(register_patients, RegisterPatients(desk.new_id(), some))
    assert [each.account for each in done[:2] + done[-1:]] == ["1-1", "1-2", "1-300"]
    assert found(desk, "name299") == {"Name299, A"}
    with pytest.raises(Invalid) as refused:
        desk.run(register_patients, RegisterPatients(desk.new_id(), (*some[:1], NewPatient(patient_details("")))))
    assert codes(refused.value.problems) == {("patient.2.last", "name")}
    assert len(desk.ask(find_patients, FindPatients("name0"))) == 1


def test_an_auditor_reads_but_registers_nobody(desk, desk_as):
    done, auditor = register(desk), desk_as(Role.AUDITOR)
    assert open_card(auditor, done.patient_id).account == "1-1"
    with pytest.raises(NotAllowed):
        register(auditor)
