"""`medbill demo`: figures that prove themselves, and nothing readable outside the vault (DESIGN 11, SECURITY P0)."""

import re
import shutil
import stat
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from medbill_desktop.training.affairs import TWINS
from medbill_desktop.training.history import DIAGNOSES
from medbill_desktop.training.people import People
from medbill_desktop.usecases.catalogs import demo_fees

PATIENTS = 60


def people(count=PATIENTS):
    return list(People(7, count, date.today(), 5))  # noqa: DTZ011


def seeded_words(count=PATIENTS):
    """Return every name, street and member id, as bytes in the forms in which they could lie on a disk."""
    words = set()
    for one in people(count):
        words |= {one.patient.last, one.patient.first, one.patient.street.split(" ", 1)[1], one.patient.mailing_name}
        words |= {policy.member_id for policy in one.policies}
    forms = {word.encode(encoding): word for word in words for encoding in ("utf-8", "utf-16-le")}
    return {form: word for form, word in forms.items() if len(form) >= 5}  # four bytes are found by chance in megabytes


def found_in(folder, words):
    hits = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            hits |= {(path.name, word) for needle, word in words.items() if needle in data}
            lower = data.lower()
            hits |= {(path.name, word) for needle, word in words.items() if needle.lower() in lower}
    return hits


def pdf_text(path):
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def test_the_document_has_the_promised_shape_and_the_figures_hold(demo):
    _, _, document = demo
    assert set(document) == {
        "patients", "charges", "claims", "statements", "postings", "trial_balance_cents", "receivable_cents", "audit",
        "backup", "outputs", "sign_in",
    }  # fmt: skip
    assert document["patients"] == PATIENTS + 1 + TWINS
    assert document["claims"] == 0
    assert document["trial_balance_cents"] == 0
    assert document["statements"] > 5
    assert document["postings"] > document["charges"] > PATIENTS
    assert document["audit"]["verified"] is True
    assert document["backup"]["verified"] is True
    assert Path(document["backup"]["path"]).stat().st_size == document["backup"]["bytes"]
    assert set(document["sign_in"]) == {"user", "password"}


def test_no_seeded_word_lies_readable_in_practice_backup_settings_or_log(demo):
    home, out, _ = demo
    words = seeded_words()
    assert len(words) > 200
    assert found_in(out / "practice", words) == set()
    assert found_in(out / "backups", words) == set()
    assert found_in(home.path, words) == set()


def test_the_scan_finds_a_word_that_is_planted(tmp_path):
    one = next(each for each in people() if each.policies)
    (tmp_path / "a.log").write_bytes(b"\0junk" + one.patient.last.upper().encode())
    (tmp_path / "b.log").write_bytes(one.policies[0].member_id.encode("utf-16-le"))
    assert {name for name, _ in found_in(tmp_path, seeded_words())} == {"a.log", "b.log"}


def test_the_papers_say_no_diagnosis_code_birth_date_or_member_id(demo):
    outputs, document = demo[2]["outputs"], demo[2]
    text = "\n".join(pdf_text(Path(path)) for path in (outputs["statements"], *outputs["receipts"]))
    assert text.count("Amount due") >= document["statements"]
    for code in (*DIAGNOSES, *(code.replace(".", "") for code in DIAGNOSES), *(fee.code for fee in demo_fees())):
        assert not re.search(rf"(?<![\w.]){re.escape(code)}(?![\w.])", text), code
    for one in people():
        born = one.patient.birth_date
        for shown in (born.isoformat(), f"{born:%m/%d/%Y}", f"{born.month}/{born.day}/{born.year}"):
            assert shown not in text
        for policy in one.policies:
            assert policy.member_id not in text


def test_what_the_demo_leaves_is_for_its_owner_alone(demo):
    _, out, _ = demo
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir() if path.is_file()} == {0o600}
    assert stat.S_IMODE((out / "practice").stat().st_mode) == 0o700


def test_the_same_seed_gives_the_same_figures(home, tmp_path):
    figures = []
    for name in ("one", "two"):
        done = home.medbill("demo", "--headless", "--seed", 5, "--patients", 12, "--out", tmp_path / name, "--json")
        assert done.code == 0, done.err
        document = done.json
        figures.append({key: document[key] for key in ("patients", "charges", "statements", "postings",
                                                       "trial_balance_cents", "receivable_cents")})  # fmt: skip
    assert figures[0] == figures[1]


def test_a_second_demo_into_the_same_folder_is_refused_and_touches_nothing(demo):
    home, out, _ = demo
    before = (out / "practice" / "vault.keys").read_bytes()
    again = home.medbill("demo", "--headless", "--out", out, "--json")
    assert (again.code, again.json["error"]["kind"]) == (3, "refused")
    assert (out / "practice" / "vault.keys").read_bytes() == before


def test_verify_opens_the_backup_with_the_kit(demo):
    home, _, document = demo
    done = home.medbill("verify", document["backup"]["path"], "--identity", document["backup"]["identity"], "--json")
    assert done.code == 0, done.err
    assert done.json["verified"] is True
    assert done.json["receivable_cents"] == document["receivable_cents"]


def test_a_cut_backup_is_damaged_and_a_foreign_kit_is_refused(demo, tmp_path):
    home, _, document = demo
    cut, foreign = tmp_path / "cut.mbb.age", tmp_path / "kit.txt"
    cut.write_bytes(Path(document["backup"]["path"]).read_bytes()[:-70_000])
    assert home.medbill("verify", cut, "--identity", document["backup"]["identity"]).code == 4
    assert home.medbill("verify", tmp_path / "gone", "--identity", document["backup"]["identity"]).code == 4
    foreign.write_text("AGE-SECRET-KEY-1QQQQ\n")
    assert home.medbill("verify", document["backup"]["path"], "--identity", foreign).code == 3


def test_a_fresh_computer_comes_back_from_backup_and_kit(demo, home, tmp_path):
    _, _, document = demo
    into = tmp_path / "practice"
    done = home.medbill(
        "restore", document["backup"]["path"], "--identity", document["backup"]["identity"], "--into", into, "--json"
    )
    assert done.code == 0, done.err
    assert set(done.json) == {"vault", "epoch", "users"}
    found = home.medbill("--data", into, "doctor", "--json").json
    assert found["figures"]["receivable_cents"] == document["receivable_cents"]
    assert found["figures"]["journal_sound"] is True
    assert found["audit"]["verified"] is True


@pytest.mark.long
def test_five_hundred_patients(home, tmp_path):
    done = home.medbill("demo", "--headless", "--seed", 7, "--patients", 500, "--out", tmp_path / "d", "--json")
    assert done.code == 0, done.err
    assert done.json["trial_balance_cents"] == 0
    assert done.json["audit"]["verified"] is True
    assert done.json["backup"]["verified"] is True
    words = seeded_words(500)
    assert found_in(tmp_path / "d" / "practice", words) == set()
    assert found_in(tmp_path / "d" / "backups", words) == set()
    shutil.rmtree(tmp_path / "d")
