import gc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn import zxcvbn

from medbill_desktop.security.passwords import BadName, Judgement, fold_name, judge, normal

CONTEXT = ("Riverside Clinic", "Rockport", "Ruth Calder")


def judged(password, has_totp=True, protected_file=False):
    return judge(password, context=CONTEXT, has_totp=has_totp, protected_file=protected_file)


@pytest.mark.parametrize(
    "password",
    [
        "vK9#mTq2wz",
        "correct horse battery staple",
        "lamp otter gravel seven",
        "ключ семь тополь ветер",
        "q" * 3 + "Zx8!mW4pLr",
    ],
)
def test_accepted(password):
    assert judged(password) == Judgement(True, judged(password).score, ())


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short1!", "at least 8"),
        ("Riverside-Clinic1", "fewer than 8 characters remain"),
        ("riverside.CLINIC.rockport.2026", "fewer than 8"),
        ("RuthCalder1979!", "fewer than 8"),
        ("MedBill-Desktop-2026", "fewer than 8"),
        ("password1234", "guessed too soon"),
        ("aaaaaaaaaaaaaaaaaaaa", "guessed too soon"),
        ("vK9#mTq2wz\tlamp", "typed again"),
        ("x" * 257, "at most 256"),
        ("", "at least 8"),
    ],
)
def test_refused_with_the_reason(password, says):
    found = judged(password)
    assert not found.ok
    assert any(says in problem for problem in found.problems), found.problems


def test_fifteen_characters_without_a_code_or_with_the_secret_in_a_file():
    assert judged("vK9#mTq2wz").ok
    for has_totp, protected_file in ((False, False), (True, True), (False, True)):
        assert "at least 15" in judged("vK9#mTq2wz", has_totp, protected_file).problems[0]
    assert judged("vK9#mTq2wz-lamp", False, True).ok


def test_256_characters_are_accepted():
    assert judged("lamp otter gravel " * 14 + "7#kW").ok


def test_composed_and_decomposed_are_one_password():
    composed = "café lampe otter 7#"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    assert normal(composed) == normal(decomposed)
    assert judged(composed) == judged(decomposed)


def test_the_password_is_not_kept():
    """The result of zxcvbn holds it; nothing reachable does after the judgement."""
    canary = "canary-" + "7Qz!wv" * 2
    found = judged(canary)
    assert canary not in repr(found)
    assert not results_about(canary)


def results_about(password):
    gc.collect()
    return [each for each in gc.get_objects() if type(each) is dict and each.get("password") == password]


def test_the_search_above_finds_a_result_that_is_kept():
    kept = zxcvbn("canary-kept")
    assert any(each is kept for each in results_about("canary-kept"))


def test_names_that_look_the_same_fold_to_the_same():
    assert fold_name("Ruth  Calder ") == fold_name("ruth calder")
    assert fold_name(unicodedata.normalize("NFD", "Zoë")) == fold_name("ZOË")
    assert fold_name("Straße") == fold_name("STRASSE")


@pytest.mark.parametrize(
    "name", ["", "  ", "Ruth\u202eredlaC", "Ru\u200bth", "Ruth\n", "Ru\x00th", "Ru\u2066th", "x" * 81]
)
def test_names_that_hide_something_are_refused(name):
    with pytest.raises(BadName):
        fold_name(name)


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(name):
    try:
        once = fold_name(name)
    except BadName:
        return
    assert fold_name(once) == once
