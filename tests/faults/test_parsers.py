"""What reads text from outside: no XML but through defusedxml, and that refuses bombs (SECURITY F15)."""

import ast
from pathlib import Path

import defusedxml
import pytest
from defusedxml import ElementTree

PACKAGE = Path(__file__).resolve().parents[2] / "medbill_desktop"
READERS = ("xml", "lxml", "xmlrpc", "plistlib", "xmltodict", "bs4", "html5lib")
EVIL = ("pickle", "marshal", "shelve", "yaml", "dill")  # reading any of these runs what it reads
BOMB = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "' + "&b;" * 100 + '"><!ENTITY d "' + "&c;" * 100 + '">]><a>&d;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'


def imported(text):
    """Yield the name of every module that a source imports, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield node.module


def dangerous(text):
    return {name for name in imported(text) if name.split(".")[0] in (*READERS, *EVIL)}


def test_the_scanner_finds_a_parser_wherever_it_is_imported():
    assert dangerous("def f():\n    import xml.sax.handler\n    from pickle import loads\nimport os") == {
        "xml.sax.handler", "pickle"
    }  # fmt: skip


def test_no_room_reads_xml_with_a_parser_that_can_be_bombed_or_runs_what_it_reads():
    found = {str(path.relative_to(PACKAGE)): dangerous(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("text", [BOMB, OUTSIDE], ids=["a billion laughs", "an entity from outside"])
def test_the_parser_that_may_be_used_refuses_what_is_hostile(text):
    with pytest.raises(defusedxml.DefusedXmlException):
        ElementTree.fromstring(text)
