from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import PAGE_HEIGHT, PAGE_WIDTH
from medbill_desktop.documents.statement import marks_of, sheets_of, statements_pdf
from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.envelopes import PROFILES, keep_out, safe_area
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.statement_rules import MESSAGE_STEPS, StatementRules, check_rules, message_field
from medbill_desktop.domain.statement_words import Language, date_in, service_in, words_in
from tests.documents.contents import PRACTICE, Steps, a_block, a_content
from tests.documents.test_statement import INCH, letters, opened, text_in, words_of

# Said where a line or a patient has no words of their own, in large print, and where nothing is due.
NOT_HERE = {"any_service", "date", "patient", "short_check_to", "your_credit", "nothing_due"}


@pytest.mark.parametrize("key", PROFILES)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("lines", [1, 25])
@pytest.mark.parametrize("large", [True, False])
def test_nothing_but_the_address_shows_in_the_window_in_any_letters_and_language(key, language, lines, large):
    profile, to = PROFILES[key], ("Wilhelmina Ångström-Fitzgerald", "2140 Tidewater Lane Apt 12", "Rockport, ME 04856")
    content = a_content(a_block(lines=lines), a_block("José N.", pending=5_00), envelope=key, addressee=to, credit=1_00,
                        language=language, large_print=large, step_words=words_in(language).steps[Step.CURRENT],
                        message=StatementRules().message(Step.FINAL, language))  # fmt: skip
    document = opened(statements_pdf([content], Steps()))
    shown = text_in(document[0], keep_out(profile, profile.address_window))
    assert letters("".join(char for char, _ in shown)) == letters("".join(to))
    safe = safe_area(profile, profile.address_window)
    for char, (left, top, right, bottom) in shown:
        if not char.isspace():
            assert left >= safe.left * INCH - 0.01
            assert right <= safe.right * INCH
            assert top >= safe.top * INCH
            assert bottom <= safe.bottom * INCH
    if profile.return_window is not None:
        upper = text_in(document[0], keep_out(profile, profile.return_window))
        assert letters("".join(char for char, _ in upper)) == letters(PRACTICE.name + "".join(PRACTICE.address))
    document.close()


@given(st.lists(st.integers(0, 14), min_size=1, max_size=3), st.booleans(), st.integers(0, 900_00),
       st.sampled_from(Language))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_large_letters_stay_on_the_sheet_and_leave_nothing_out(counts, credit, pending, language):
    blocks = [a_block(f"Nr{at} X.", lines=many, pending=pending) for at, many in enumerate(counts)]
    content = a_content(*blocks, credit=1_00 if credit else 0, large_print=True, language=language)
    marks = marks_of(content)
    texts = [mark for mark in marks if mark[0] == "text"]
    for _, _, size, _, x, y, words in texts:
        assert x >= 8, words
        assert x + fonts.width(words) * size <= PAGE_WIDTH - 8, words
        assert 8 <= y <= PAGE_HEIGHT - 8, words
    days = [date_in(language, line.service_date) for block in blocks for line in block.lines]
    said = [mark[6] for mark in texts]
    assert sum(any(words.startswith(f"{day}  ") for day in set(days)) for words in said) == len(days)
    assert said.count(format_cents(content.total_cents)) >= 1
    cut = next(mark[5] for mark in marks if mark[0] == "line" and mark[3])
    first = marks[: marks.index(("page",))]
    begin = next(at for at, mark in enumerate(first) if mark[0] == "line" and mark[3])
    assert all(mark[5] > cut for mark in first[:begin] if mark[0] == "text"), "the body runs into the coupon"
    seen = set()
    for mark in marks:
        if mark == ("page",):
            seen = set()
        elif mark[0] == "text" and mark[4] == 36.0:
            assert mark[5] not in seen, "two lines at one place"
            seen.add(mark[5])


def test_everything_but_the_windows_is_set_in_eighteen_points():
    marks = marks_of(a_content(a_block(lines=6), large_print=True))
    small = {mark[6] for mark in marks if mark[0] == "text" and mark[2] < 14}
    assert small <= {"Glen Abbott", "214 Tidewater Lane", "Rockport, ME 04856", *PRACTICE.address}
    assert sum(mark[2] == 18 for mark in marks if mark[0] == "text") > 20
    assert sheets_of(marks) > 1


def test_a_spanish_statement_has_no_english_words_of_ours():
    english, spanish = words_in(Language.ENGLISH), words_in(Language.SPANISH)
    content = a_content(a_block(lines=70, pending=3_00), a_block("José N.", lines=2), credit=1_00,
                        language=Language.SPANISH, step_words=spanish.steps[Step.REMINDER], message="")  # fmt: skip
    text = "\n".join(words_of(statements_pdf([content], Steps())))
    for name in english.__dataclass_fields__:
        word, other = getattr(english, name), getattr(spanish, name)
        if isinstance(word, str) and word != other and "{" not in word and name not in NOT_HERE:
            assert word not in text, name
            assert other in text, name
    assert "18 nov 2026" in text
    assert "11/18/2026" not in text


def test_services_and_dates_are_told_in_the_language():
    assert service_in(Language.SPANISH, "Office visit") == "Consulta"
    assert service_in(Language.SPANISH, "") == "Servicio médico"
    assert service_in(Language.SPANISH, "Own words of the practice") == "Own words of the practice"
    assert service_in(Language.ENGLISH, "Office visit") == "Office visit"
    assert date_in(Language.SPANISH, date(2026, 1, 2)) == "2 ene 2026"


def test_every_step_has_words_in_both_languages_and_both_are_judged():
    rules = StatementRules()
    said = {rules.message(step, language) for step in MESSAGE_STEPS for language in Language}
    assert len(said) == 8
    assert rules.message(Step.REVIEW) == rules.message(Step.FINAL)
    for step in MESSAGE_STEPS:
        for language in Language:
            name = message_field(step, language)
            (problem,) = check_rules(StatementRules(**{name: "x" * 301}))
            assert problem.field == name
