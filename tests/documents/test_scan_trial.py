"""A hostile scan is ended, not waited for, and takes nothing of this process with it (SECURITY F16)."""

import sys
import time

import pytest

from medbill_desktop.documents import scan_trial
from medbill_desktop.documents.scan_trial import examine_apart
from medbill_desktop.documents.scans import PDFIUM
from medbill_desktop.domain.problems import Refused
from tests.scans import a_bomb, a_drawing_bomb, a_pdf, a_picture

PATIENT = 120.0  # a busy machine


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (a_picture("PNG"), ("png", 1, 640, 400)),
        (a_pdf(3), ("pdf", 3, 612, 792)),
        (a_drawing_bomb(levels=2, pages=3, bad=3), ("pdf", 3, 612, 792)),
    ],
)
def test_what_is_whole_is_known_as_in_this_process(content, wanted):
    scan = examine_apart(content, PATIENT)
    assert (scan.format, scan.pages, scan.width, scan.height) == wanted


@pytest.mark.parametrize(
    ("content", "said"), [(a_bomb(), "pixels"), (a_pdf()[:300], "damaged"), (b"GIF89a", "neither")]
)
def test_a_refusal_comes_back_in_its_words(content, said):
    with pytest.raises(Refused, match=said):
        examine_apart(content, PATIENT)


@pytest.mark.parametrize("bad", [1, 3])
def test_a_page_that_draws_for_years_is_refused_whichever_it_is(bad):
    content, began = a_drawing_bomb(pages=3, bad=bad), time.monotonic()
    assert len(content) < 5_000
    with pytest.raises(Refused, match=r"too long|damaged"):  # by its time, or by the memory that it asks for
        examine_apart(content, 8.0)
    assert time.monotonic() - began < PATIENT
    assert not PDFIUM.locked()


def test_a_child_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(scan_trial, "_CHILD", "import time; time.sleep(600)")
    with pytest.raises(Refused, match="too long"):
        examine_apart(a_pdf(), 0.5)


def test_a_child_that_dies_is_a_damaged_file(monkeypatch):
    monkeypatch.setattr(scan_trial, "_CHILD", "import os; os.abort()")
    with pytest.raises(Refused, match="damaged"):
        examine_apart(a_pdf(), PATIENT)


def test_neither_name_nor_bytes_of_a_scan_are_on_the_command_line(monkeypatch):
    seen = []
    real = scan_trial.subprocess.run
    monkeypatch.setattr(scan_trial.subprocess, "run", lambda *a, **k: seen.append(a[0]) or real(*a, **k))
    examine_apart(a_pdf(words="Canary Whitfield"), PATIENT)
    assert seen == [[sys.executable, "-I", "-c", scan_trial._CHILD, *sys.path]]
