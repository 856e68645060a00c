import io
import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medbill_desktop.domain.problems import DiskFull
from medbill_desktop.security import age_io, bundle
from medbill_desktop.security.bundle import BundleDamaged, BundleTooNew, Manifest, MemberFacts, NotThisKit

ROOM = 1 << 30
MADE = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
IDENTITY, RECIPIENT = (each.decode() if isinstance(each, bytearray) else each for each in age_io.new_identity())
OTHER, OTHER_RECIPIENT = (each.decode() if isinstance(each, bytearray) else each for each in age_io.new_identity())
BOTH = [RECIPIENT, OTHER_RECIPIENT]
DEK = "5e" * 32


def quiet(done):
    pass


def digest(data):
    return MemberFacts(len(data), sha256(data).hexdigest())


def manifest(database, keys):
    return Manifest(
        app="0.1.0", schema=1, vault="ab" * 16, kind="practice", epoch=3, made_at=MADE, dek=DEK,
        database=digest(database), key_file=digest(keys), receivable_cents=123, journal_cents=0, last_posting_id=9,
        rows=(("audit", 4), ("patient", 2)), audit_seq=4, audit_head="cd" * 32, previous="",
    )  # fmt: skip


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "vault.3.db"
    path.write_bytes(bytes(range(256)) * 700 + b"odd end")
    return path


def sealed(database, keys=b"{keys}", said=None):
    target = io.BytesIO()
    said = said or manifest(database.read_bytes(), keys)
    facts = bundle.seal(said, database, keys, target, BOTH, quiet)
    return target.getvalue(), facts


def opened(data, folder, identity=IDENTITY, room=ROOM):
    folder.mkdir(exist_ok=True)
    return bundle.open_bundle(io.BytesIO(data), identity, folder, room, quiet)


def tarred(members, tamper=lambda info: None, end=1024):
    out = b""
    for name, data in members:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tamper(info)
        out += info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)
    return age_io.encrypt_bytes(out + bytes(end), BOTH)


@pytest.mark.parametrize("identity", [IDENTITY, OTHER], ids=["kit", "practice"])
def test_what_was_sealed_comes_out_for_either_key(database, tmp_path, identity):
    data, facts = sealed(database)
    found = opened(data, tmp_path / "out", identity)
    assert found.manifest == manifest(database.read_bytes(), b"{keys}")
    assert (found.key_file, found.database.read_bytes()) == (b"{keys}", database.read_bytes())
    assert (found.tar, found.bundle) == (facts.tar, facts.bundle)
    assert found.database.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["vault.3.db"], "manifest and keys stay in memory"


def test_the_same_input_makes_the_same_tar(database):
    assert sealed(database)[1].tar == sealed(database)[1].tar


def test_reading_back_gives_the_same_facts(database):
    data, facts = sealed(database)
    assert bundle.read_back(io.BytesIO(data), [OTHER], quiet) == facts


def test_one_recipient_makes_no_bundle(database):
    target = io.BytesIO()
    with pytest.raises(age_io.TooFewRecipients):
        bundle.seal(manifest(database.read_bytes(), b"k"), database, b"k", target, [RECIPIENT, RECIPIENT], quiet)
    assert target.getvalue() == b""


def test_another_key_is_told_and_nothing_comes_out(database, tmp_path):
    stranger = age_io.new_identity()[0].decode()
    with pytest.raises(NotThisKit):
        opened(sealed(database)[0], tmp_path / "out", stranger)
    with pytest.raises(NotThisKit, match="not a recovery kit line"):
        opened(sealed(database)[0], tmp_path / "out", "AGE-SECRET-KEY-1NONSENSE")
    assert list((tmp_path / "out").iterdir()) == []


def edges(size, chunk=64 * 1024):
    """Yield the places around each border of age's chunks in the file, and its ends."""
    header = size % (chunk + 16)
    places = {0, 1, size - 1, size - 17}
    for border in range(header, size + 1, chunk + 16):
        places |= {border - 1, border, border + 1}
    for border in range(chunk, size, chunk):
        places |= {border - 1, border, border + 1}
    return sorted(each for each in places if 0 <= each < size)


def test_a_cut_at_every_chunk_is_damage(database, tmp_path):
    data, _ = sealed(database)
    for number, place in enumerate(edges(len(data))):
        with pytest.raises((BundleDamaged, NotThisKit)):
            opened(data[:place], tmp_path / f"cut{number}")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flip_anywhere_is_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("flip")
    path = folder / "vault.3.db"
    path.write_bytes(b"page" * 20_000)
    whole, _ = sealed(path)
    # The length of a bundle differs from one to the next: age puts grease into the header.
    place = data.draw(st.integers(0, 10**6)) * len(whole) // (10**6 + 1)
    bad = bytearray(whole)
    bad[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((BundleDamaged, NotThisKit)):
        opened(bytes(bad), folder / "out")


def test_bytes_behind_the_end_are_damage(database, tmp_path):
    with pytest.raises(BundleDamaged):
        opened(sealed(database)[0] + b"x", tmp_path / "out")


def parts(database, keys=b"k"):
    return [
        ("manifest.json", bundle.manifest_bytes(manifest(database.read_bytes(), keys))),
        ("vault.3.db", database.read_bytes()),
        ("vault.keys", keys),
    ]


def test_the_crafted_tar_is_otherwise_good(database, tmp_path):
    assert opened(tarred(parts(database)), tmp_path / "out").key_file == b"k"


CRAFTED = {
    "another order": lambda p: [p[1], p[0], p[2]],
    "one too few": lambda p: p[:2],
    "one too many": lambda p: [*p, ("more", b"x")],
    "one twice": lambda p: [*p, p[2]],
    "outside": lambda p: [p[0], ("../vault.3.db", p[1][1]), p[2]],
    "absolute": lambda p: [p[0], ("/tmp/vault.3.db", p[1][1]), p[2]],
    "another epoch": lambda p: [p[0], ("vault.4.db", p[1][1]), p[2]],
    "another database": lambda p: [p[0], (p[1][0], p[1][1][:-1] + b"!"), p[2]],
    "another key file": lambda p: [*p[:2], ("vault.keys", b"K")],
    "an empty key file": lambda p: [*p[:2], ("vault.keys", b"")],
    "a huge manifest": lambda p: [("manifest.json", b" " * (1 << 20) + p[0][1]), *p[1:]],
    "a broken manifest": lambda p: [("manifest.json", b"{}"), *p[1:]],
    "a list for a manifest": lambda p: [("manifest.json", b"[1]"), *p[1:]],
}


@pytest.mark.parametrize("how", CRAFTED)
def test_a_crafted_tar_is_refused(database, tmp_path, how):
    with pytest.raises(BundleDamaged):
        opened(tarred(CRAFTED[how](parts(database))), tmp_path / "out")
    assert not (tmp_path / "vault.3.db").read_bytes().endswith(b"!")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_taken(database, tmp_path, kind):
    def tamper(info):
        if info.name == "vault.3.db":
            info.type, info.linkname = kind, "/etc/passwd"

    with pytest.raises(BundleDamaged):
        opened(tarred(parts(database), tamper), tmp_path / "out")


@pytest.mark.parametrize("end", [0, 512, 1023])
def test_a_tar_without_its_end_is_damage(database, tmp_path, end):
    with pytest.raises(BundleDamaged):
        opened(tarred(parts(database), end=end), tmp_path / "out")


def test_a_database_larger_than_the_room_is_refused_before_a_byte(database, tmp_path):
    with pytest.raises(DiskFull, match="room"):
        opened(sealed(database)[0], tmp_path / "out", room=database.stat().st_size - 1)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_newer_format_is_told_from_damage(database, tmp_path):
    plain = json.loads(parts(database)[0][1]) | {"format": 2, "surprise": True}
    newer = [("manifest.json", json.dumps(plain).encode()), ("attachments/1", b"x")]
    with pytest.raises(BundleTooNew, match="newer version"):
        opened(tarred(newer), tmp_path / "out")


@pytest.mark.parametrize(
    ("key", "value"),
    [("vault", "AB" * 16), ("dek", "5e"), ("epoch", 0), ("epoch", True), ("epoch", "3"), ("kind", "demo"),
     ("made_at", "2026-11-18T15:00:00"), ("made_at", 5), ("members", {}), ("audit", {"seq": -1, "head": "cd" * 32}),
     ("format", "1"), ("previous", "x")],
)  # fmt: skip
def test_a_manifest_is_read_strictly(database, key, value):
    plain = json.loads(parts(database)[0][1])
    assert bundle.parse_manifest(json.dumps(plain).encode()).epoch == 3
    with pytest.raises(BundleDamaged):
        bundle.parse_manifest(json.dumps(plain | {key: value}).encode())


def test_the_data_key_shows_in_no_repr(database):
    said = manifest(database.read_bytes(), b"k")
    assert DEK not in repr(said)
    assert DEK.encode() in bundle.manifest_bytes(said), "the test looks for the right thing"


def test_names_tell_the_vault_the_time_and_the_epoch():
    name = bundle.name_of("ab" * 16, MADE, 3)
    assert name == "abababab-20261118T150000Z-3.mbb.age"
    assert bundle.is_name_of("ab" * 16, name)
    assert bundle.short_vault_of(name) == "abababab"
    for other in ("cd" * 16, "ab" * 15 + "cd"):
        assert bundle.is_name_of(other, name) == (other[:8] == "abababab")
    for foreign in (name + ".part", name.upper(), "x" + name, name.replace("Z", ""), "photo.jpg"):
        assert not bundle.is_name_of("ab" * 16, foreign)


class Failing:
    """A medium that fails for good once it holds so many bytes."""

    def __init__(self, after):
        self.after, self.held = after, bytearray()

    def write(self, data):
        if len(self.held) + len(data) > self.after:
            raise OSError(28, "No space left on device")
        self.held += data
        return len(data)


def test_a_medium_that_fails_at_any_byte_is_never_taken_for_good(database, tmp_path):
    size, failed = len(sealed(database)[0]), 0
    said = manifest(database.read_bytes(), b"{keys}")
    for number, after in enumerate([*range(0, size, 4096), *range(size - 9000, size + 300, 211)]):
        medium = Failing(after)
        try:
            bundle.seal(said, database, b"{keys}", medium, BOTH, quiet)
        except OSError:
            failed += 1
        else:
            assert opened(bytes(medium.held), tmp_path / f"{number}").manifest == said
    assert failed > 60


def test_a_copy_that_became_shorter_is_noticed(database):
    said = manifest(database.read_bytes(), b"k")
    longer = replace(said, database=MemberFacts(said.database.size + 1, said.database.sha256))
    with pytest.raises(BundleDamaged, match="shorter"):
        bundle.seal(longer, database, b"k", io.BytesIO(), BOTH, quiet)
