"""Every action of the program has plain words in the audit log; those of older programs keep theirs."""

import importlib
import pkgutil

import pytest

from medbill_desktop import usecases
from medbill_desktop.domain.audit_terms import REASONS
from medbill_desktop.domain.audit_words import ACTIONS, EXPORTS, FAMILIES, READS, named_like, say_action, say_facts
from medbill_desktop.usecases.declare import REGISTRY

for module in pkgutil.iter_modules(usecases.__path__):
    importlib.import_module(f"medbill_desktop.usecases.{module.name}")
DECLARED = {
    action for name, case in REGISTRY.items() if not name.startswith("test.") for action in (name, case.audit or name)
}


def test_every_declared_action_has_words():
    assert sorted(DECLARED - ACTIONS.keys()) == []


def test_families_name_known_actions():
    assert set().union(*FAMILIES.values(), READS, EXPORTS) <= ACTIONS.keys()


def test_no_two_actions_read_alike_but_the_two_spellings_of_one():
    words = list(ACTIONS.values())
    assert {each for each in words if words.count(each) > 1} == {"Listed a guarantor's statements"}


def test_an_action_of_a_newer_program_reads_as_words():
    assert say_action("claim.batch_made") == "Claim: batch made"


@pytest.mark.parametrize(
    ("typed", "action"), [("wrote", "adjustment.write_off"), ("open rec", "patient.open"), ("", "audit.read")]
)
def test_an_action_is_found_by_the_beginning_of_its_words(typed, action):
    assert action in dict(named_like(typed))


def test_nothing_is_found_by_what_no_action_says():
    assert dict(named_like("zebra")) == {}


def test_facts_read_as_words():
    detail = {"cents": -1250, "clock_regressed": True, "roles": ["biller"], "changed": "birth_date, zip", "after": None}
    assert say_facts(detail) == (
        ("After", "—"),
        ("Amount", "(12.50)"),
        ("Changed", "birth date, zip"),
        ("Roles", "biller"),
        ("The clock went back", "yes"),
    )


def test_reasons_are_refusals_that_there_are():
    from medbill_desktop.domain import problems

    assert [each for each in REASONS if not hasattr(problems, each)] == []
