"""The papers beside the statement: in the language, the letters and to the address that somebody asked for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.documents.plain_sheet import Grid, PlainSheet, marks_of, plain_sheet_pdf
from medbill_desktop.documents.statement import sheets_of
from medbill_desktop.domain import explain_spanish
from medbill_desktop.domain.estates import Estate, Representative
from medbill_desktop.domain.explain import REASON_WORDS, ChargeStory, GuarantorStory
from medbill_desktop.domain.letter_words import AGREEMENT, RECEIPT, WHY
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.patients import ContactDetails
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.usecases.estates import NoteEstate, note_estate
from medbill_desktop.usecases.patients import SaveContact, save_contact
from medbill_desktop.usecases.payments import VoidPayment, void_payment
from medbill_desktop.usecases.plans import MakePlan, PlanAgreement, PlanTerms, make_plan, plan_agreement_pdf
from medbill_desktop.usecases.postal_style import SetPostalStyle, set_postal_style
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.statement_life import SetMailWish, set_mail_wish
from medbill_desktop.usecases.statement_why import WhyPage, why_page
from tests.people import register
from tests.usecases.test_statements import Office, text_of

TODAY = date(2026, 11, 18)


@pytest.fixture
def office(desk, clock):
    return Office(desk, clock)


@pytest.fixture
def ana(office):
    made = register(office.desk)
    office.bill(made, "99213", "85025")
    return made


def wishes(office, who, language=Language.SPANISH, large=False):
    office.desk.run(set_mail_wish, SetMailWish(office.desk.new_id(), who.guarantor_id, language, large))


def agreement(office, who):
    terms = PlanTerms(who.guarantor_id, Cents(100_00), 3, office.clock.today() + timedelta(days=14))
    made = office.desk.run(make_plan, MakePlan(office.desk.new_id(), terms))
    return printed(office, plan_agreement_pdf, PlanAgreement(made.plan_id))


def printed(office, case, query):
    return " ".join(" ".join(text_of(office.desk.ask(case, query))).split())


def fixed(words):
    """Return the words without braces, which stand on each paper as they are."""
    said = []
    for name in words.__dataclass_fields__:
        value = getattr(words, name)
        said += [each for each in (value if isinstance(value, tuple) else (value,)) if "{" not in each]
    return said


def test_why_i_owe_this_is_told_in_spanish_with_its_dates_and_services(office, ana):
    wishes(office, ana)
    office.pay(ana, 32_00)
    for query in (WhyPage(guarantor_id=ana.guarantor_id),):
        page = printed(office, why_page, query)
        for words in ("¿Por qué debo esto?", "Usted debe", "Consulta, Ana O.", "2 nov 2026", "$145.00", "noviembre"):
            assert words in page, words
        for words in ("You ", "Date", "What", "Left", "visit", "Nov ", "11/"):
            assert words not in page, words


def test_the_story_of_one_charge_is_told_in_spanish_with_its_payments(office, ana):
    wishes(office, ana)
    (charge,) = office.bill(ana, day=date(2026, 11, 3))
    office.pay(ana, 177_00 + 20_00)
    page = printed(office, why_page, WhyPage(charge_id=charge))
    assert "Usted pagó" in page
    assert "efectivo" in page
    assert "Receipt" not in page
    assert "cash" not in page


@pytest.mark.parametrize("language", Language)
def test_why_i_owe_this_in_large_letters_is_one_page_and_says_what_it_leaves_out(office, ana, language):
    wishes(office, ana, language, large=True)
    for _ in range(24):
        office.bill(ana)
    data = office.desk.ask(why_page, WhyPage(guarantor_id=ana.guarantor_id))
    (page,) = text_of(data)
    assert WHY[language].rest.split()[-1] in page
    assert "3," in page


def test_a_payment_plan_is_written_to_who_pays_in_their_language(office, ana):
    wishes(office, ana, large=True)
    page = agreement(office, ana)
    for words in ("Plan de pagos", "Ana Ortiz pagará $100.00 en 3 cuotas", "14 Willow Lane", "Rockport, ME 04856",
                  "2 dic 2026", "Por la cuenta"):  # fmt: skip
        assert words in page, words
    for words in fixed(AGREEMENT[Language.ENGLISH]):
        assert words in fixed(AGREEMENT[Language.SPANISH]) or words not in page, words


def test_the_plans_address_is_in_postal_style_where_the_practice_prints_so(office, ana):
    office.desk.run(set_postal_style, SetPostalStyle(office.desk.new_id(), True))
    page = agreement(office, ana)
    assert "14 WILLOW LN" in page
    assert "ROCKPORT" in page


def test_the_plan_goes_by_the_confidential_address_and_by_the_estate_before_that(office, ana):
    apart = ContactDetails("confidential", office.clock.today(), street="1 Hidden Way", city="Union", state="ME",
                           zip="04862")  # fmt: skip
    office.desk.run(save_contact, SaveContact(office.desk.new_id(), ana.patient_id, apart))
    terms = PlanTerms(ana.guarantor_id, Cents(100_00), 3, office.clock.today())
    made = office.desk.run(make_plan, MakePlan(office.desk.new_id(), terms))
    page = printed(office, plan_agreement_pdf, PlanAgreement(made.plan_id))
    assert "1 Hidden Way" in page
    assert "Willow" not in page
    today = office.clock.today()
    estate = Estate(today, Representative.FAMILY, "Paul Reed", "9 Elm Street", "", "Camden", "ME", "04843")
    office.desk.run(note_estate, NoteEstate(office.desk.new_id(), ana.guarantor_id, today, estate))
    page = printed(office, plan_agreement_pdf, PlanAgreement(made.plan_id))
    assert "Estate of Ana Ortiz will pay" in page
    assert "c/o Paul Reed 9 Elm Street" in page
    assert "Hidden" not in page
    assert "asked of the estate alone" in printed(office, why_page, WhyPage(guarantor_id=ana.guarantor_id))


def test_a_plan_of_who_wants_no_mail_bears_the_name_alone(office, ana):
    no = ContactDetails("permission", office.clock.today(), permission="mail", allowed=False)
    office.desk.run(save_contact, SaveContact(office.desk.new_id(), ana.patient_id, no))
    assert "Willow" not in agreement(office, ana)


def test_a_receipt_is_in_the_language_of_who_paid(office, ana):
    wishes(office, ana)
    paid = office.pay(ana, 200_00)
    page = printed(office, receipt_pdf, ReceiptPdf(paid.payment_id))
    for words in ("Recibo", "Recibido de Ana Ortiz", "Efectivo", "Consulta", "Gracias", "saldo a favor"):
        assert words in page, words
    spanish = fixed(RECEIPT[Language.SPANISH])
    for words in fixed(RECEIPT[Language.ENGLISH]):
        assert words in spanish or f" {words} " not in f" {page} ", words
    office.desk.run(void_payment, VoidPayment(office.desk.new_id(), paid.payment_id, "wrong person"))
    assert "Recibo anulado" in printed(office, receipt_pdf, ReceiptPdf(paid.payment_id))


CENTS = st.integers(0, 500_00).map(Cents)


@given(
    st.builds(
        ChargeStory, words=st.just("Office visit"), service_date=st.dates(date(2024, 1, 1), TODAY), charged=CENTS,
        insurance_paid=st.lists(st.tuples(st.just("Summit"), CENTS), max_size=2),
        adjusted=st.lists(st.tuples(st.sampled_from(sorted(REASON_WORDS)), st.integers(-9_00, 9_00).map(Cents)),
                          max_size=3),
        patient_paid=CENTS, pending=st.lists(st.tuples(st.just("Summit"), CENTS), max_size=1),
        owes=st.integers(-50_00, 50_00).map(Cents), moved=st.sampled_from([None, *sorted(REASON_WORDS)]),
        first_plan=st.sampled_from([None, "Summit"]), void=st.booleans(),
        last_day=st.one_of(st.none(), st.dates(TODAY, date(2027, 2, 1))),
    )
)  # fmt: skip
def test_the_spanish_story_has_no_english_word_and_ends_like_the_english_one(story):
    told = explain_spanish.tell_charge(story, TODAY)
    words = set(told.replace(".", " ").replace(",", " ").split())
    assert not words & {"The", "the", "on", "from", "to", "paid", "cost", "you", "You", "because", "off", "visit"}
    assert told.endswith((".", ")."))
    assert set(explain_spanish.REASON_WORDS) == set(REASON_WORDS)


@given(st.integers(-50_00, 50_00), st.integers(0, 3), CENTS, CENTS, CENTS)
def test_what_is_owed_in_all_is_never_a_bill_below_zero(owes, services, credit, pending, lacking):
    story = GuarantorStory(Cents(owes), services, TODAY, credit, pending, lacking)
    told = explain_spanish.tell_guarantor(story, TODAY)
    assert "-$" not in told
    assert ("saldo a favor" in told) == (story.over > 0)


@given(st.lists(st.tuples(st.text("abc ", max_size=90), st.integers(0, 10**7)), min_size=1, max_size=30))
def test_a_large_sheet_keeps_every_amount_on_its_pages(rows):
    shown = tuple(("1", words, str(cents)) for words, cents in rows)
    sheet = PlainSheet("Title", "Practice", ("Street",), (("Fact", "1"),), (Grid("Grid", ("a", "b", "c"), shown),),
                       ("Words " * 40,), ("Sign here",), ("Ana Ortiz",), large=True)  # fmt: skip
    marks = marks_of(sheet)
    texts = [mark for mark in marks if mark[0] == "text"]
    assert all(0 < mark[5] < 792 for mark in texts)
    said = [mark[6] for mark in texts]
    assert all(str(cents) in said for _, cents in rows)
    assert len(text_of(plain_sheet_pdf(sheet))) == sheets_of(marks)
