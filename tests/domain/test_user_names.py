"""Names by which people sign in: every trick of Unicode is normalised once or refused (SECURITY A3, K26)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.user_names import look_alike, normalised, problems_of
from medbill_desktop.security.passwords import BadName, fold_name


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Ångström", "José O'Brien-Núñez", "Иван Петров", "Γιώργος Παππάς", "王小明", "田中 さくら", "김민준",
        "أحمد علي", "Nguyễn Thị Hồng", "D\u2019Angelo", "Ana Pérez, Jr.", "王 Wei", "X\u0301ola", "Maria José",
    ],
)  # fmt: skip
def test_names_of_the_world_are_taken(name):
    assert problems_of(name, ["Somebody Else"]) == ()
    fold_name(normalised(name))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "at least one letter"),
        ("  \t ", "can't be seen"),
        ("A\u200bna", "U\\+200B"),
        ("\u202eanA", "U\\+202E"),
        ("Ana\u2066", "U\\+2066"),
        ("An\u00ada", "U\\+00AD"),
        ("Ana\n", "U\\+000A"),
        ("A\x00na", "U\\+0000"),
        ("Ana\ufeff", "U\\+FEFF"),
        ("Ana 🦊", "can't hold"),
        ("<b>Ana</b>", "can't hold"),
        ("Ana_1", "can't hold"),
        ("12345", "at least one letter"),
        ("\u0301Ana", "accents"),
        ("A\u0323\u0310\u0311\u0312na", "accents"),
        ("-Ana", "accents"),
        ("A" * 81, "at most 80"),
        ("\u0410na", "Cyrillic and Latin"),
        ("An\u03b1", "Greek and Latin"),
        ("Иван Ivan", "Cyrillic and Latin"),
    ],
)  # fmt: skip
def test_a_trick_is_refused_and_named(name, words):
    found = problems_of(name, [])
    assert len(found) == 1
    assert found[0].field == "name"
    assert __import__("re").search(words, found[0].text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Рауа", "Paya"),  # Cyrillic all through
        ("АННА", "AHHA"),
        ("Ian Hill", "lan Hill"),
        ("Bill 1st", "Bill lst"),
        ("Ο\u03bf", "Oo"),
        ("D\u2019Angelo", "D'Angelo"),
        ("\uff21\uff4e\uff41", "Ana"),
        ("Ana  Pérez ", "Ana Pe\u0301rez"),
        ("ana pérez", "ANA PÉREZ"),
        ("O\ufb03ce Ann", "Office Ann"),
    ],
)  # fmt: skip
def test_names_that_look_alike_are_one(one, other):
    assert look_alike(one, other)
    assert look_alike(other, one)
    assert any(each.code == "look-alike" for each in problems_of(one, [other]))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zoe Berg", "Zoë Berg"), ("Ian Smith", "Lan Smith"), ("Ana", "Anna"), ("Иван", "Иванка"), ("Ali", "All")],
)
def test_names_that_differ_for_the_eye_stay_two(one, other):
    assert not look_alike(one, other)


@given(st.text(max_size=40))
def test_what_is_taken_is_kept_in_one_form_and_shows_all_of_itself(name):
    if problems_of(name, []):
        return
    kept = normalised(name)
    assert normalised(kept) == kept
    assert unicodedata.is_normalized("NFKC", kept)
    assert problems_of(kept, []) == ()
    assert not any(unicodedata.category(each)[0] in "C" for each in kept)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        again = unicodedata.normalize(form, name)
        assert fold_name(normalised(again)) == fold_name(kept)
    assert look_alike(name, kept)


@given(st.text(max_size=30))
def test_every_text_is_judged_without_a_fault(name):
    taken = problems_of(name, [name])
    assert taken  # nobody gets the name that somebody has
    try:
        fold_name(name)
    except BadName:
        assert problems_of(name, [])
