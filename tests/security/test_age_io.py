import io
import os
import shutil
import subprocess
from hashlib import sha256

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medbill_desktop.security import age_io

ONE, ONE_PUBLIC = age_io.new_identity()
TWO, TWO_PUBLIC = age_io.new_identity()
STRANGER, _ = age_io.new_identity()
PLAIN = bytes(range(256)) * 1200  # five chunks of 64 KiB, the last one part


class FailsAt:
    """A medium that takes so many bytes and then fails, as a full disk or a pulled stick does."""

    def __init__(self, room: int) -> None:
        self.room, self.data = room, bytearray()

    def write(self, data: bytes) -> int:
        if len(self.data) + len(data) > self.room:
            raise OSError(28, "No space left on device")
        self.data += data
        return len(data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200_000))
def test_what_was_encrypted_comes_back_for_every_recipient(plain):
    sealed = age_io.encrypt_bytes(plain, [ONE_PUBLIC, TWO_PUBLIC])
    for identity in (ONE, TWO, TWO.decode()):
        assert age_io.decrypt_bytes(sealed, [identity]) == plain


def test_a_stream_says_what_reached_the_target():
    target = io.BytesIO()
    passed = age_io.encrypt_stream(io.BytesIO(PLAIN), target, [ONE_PUBLIC])
    back = io.BytesIO()
    plain = age_io.decrypt_stream(io.BytesIO(target.getvalue()), back, [ONE])
    assert back.getvalue() == PLAIN
    assert passed.size == len(target.getvalue())
    assert passed.sha256 == sha256(target.getvalue()).hexdigest()
    assert (plain.size, plain.sha256) == (len(PLAIN), sha256(PLAIN).hexdigest())


def test_the_trap_is_still_there():
    """pyrage alone reports success for a cut file: when this fails, the recording writer may be looked at again."""
    whole = len(age_io.encrypt_bytes(PLAIN[:1000], [ONE_PUBLIC]))
    target = FailsAt(whole - 600)
    pyrage.encrypt_io(io.BytesIO(PLAIN[:1000]), target, [pyrage.x25519.Recipient.from_str(ONE_PUBLIC)])
    assert len(target.data) < whole


def rooms(whole: int) -> list[int]:
    """Every 4 KiB, and the last 9,000 bytes in steps of seven and one by one near the end."""
    return sorted({*range(0, whole, 4096), *range(max(whole - 9000, 0), whole, 7), *range(max(whole - 40, 0), whole)})


def test_a_target_that_fails_at_any_byte_is_never_success():
    smallest = min(len(age_io.encrypt_bytes(PLAIN, [ONE_PUBLIC])) for _ in range(200))
    # rage puts a stanza of random size into the header, so the room left is counted from the smallest file seen
    for room in rooms(smallest - 300):
        with pytest.raises(OSError, match="No space left") as caught:
            age_io.encrypt_stream(io.BytesIO(PLAIN), FailsAt(room), [ONE_PUBLIC])
        assert caught.value.errno == 28


def test_a_plain_target_that_fails_at_any_byte_is_never_success():
    sealed = age_io.encrypt_bytes(PLAIN, [ONE_PUBLIC])
    for room in rooms(len(PLAIN)):
        with pytest.raises(OSError, match="No space left"):
            age_io.decrypt_stream(io.BytesIO(sealed), FailsAt(room), [ONE])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("size", [0, 1, 100, 8192, 70_000])
def test_a_full_device_is_an_error(size):
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        age_io.encrypt_stream(io.BytesIO(bytes(size)), full, [ONE_PUBLIC])


def test_a_target_that_takes_bytes_one_by_one_gets_them_all():
    class Narrow:
        data = bytearray()

        def write(self, data: bytes) -> int:
            self.data += data[:1000]
            return len(data[:1000])

    age_io.encrypt_stream(io.BytesIO(PLAIN), Narrow(), [ONE_PUBLIC])
    assert age_io.decrypt_bytes(bytes(Narrow.data), [ONE]) == PLAIN


@pytest.mark.parametrize("taken", [0, None])
def test_a_target_that_takes_nothing_is_an_error(taken):
    class Deaf:
        def write(self, data: bytes):
            return taken

    with pytest.raises(OSError, match="takes no more"):
        age_io.encrypt_stream(io.BytesIO(PLAIN), Deaf(), [ONE_PUBLIC])


class Cancelled(Exception):
    pass


@pytest.mark.parametrize("after", [0, 1, 5, 30])
def test_a_source_that_fails_is_heard_as_it_spoke(after):
    class Source:
        left = after

        def read(self, size: int) -> bytes:
            if not self.left:
                raise Cancelled
            self.left -= 1
            return bytes(size)

    with pytest.raises(Cancelled):
        age_io.encrypt_stream(Source(), io.BytesIO(), [ONE_PUBLIC])


@pytest.mark.parametrize("recipients", [[], [ONE_PUBLIC], [ONE_PUBLIC, ONE_PUBLIC]])
def test_fewer_keys_than_asked_make_no_file(recipients):
    target = io.BytesIO()
    with pytest.raises(age_io.TooFewRecipients, match="At least 2"):
        age_io.encrypt_stream(io.BytesIO(PLAIN), target, recipients, least=2)
    assert target.getvalue() == b""


def test_a_key_of_somebody_else_is_told_from_damage():
    sealed = age_io.encrypt_bytes(PLAIN, [ONE_PUBLIC])
    with pytest.raises(age_io.NotForThisKey):
        age_io.decrypt_bytes(sealed, [STRANGER])


def test_every_cut_and_flip_is_damage():
    sealed = age_io.encrypt_bytes(PLAIN[:70_000], [ONE_PUBLIC])
    places = sorted({*range(0, len(sealed), 997), *range(400), *range(len(sealed) - 40, len(sealed))})
    for at in places:
        with pytest.raises(age_io.AgeDamaged):
            age_io.decrypt_bytes(sealed[:at], [ONE])
        flipped = bytearray(sealed)
        flipped[at] ^= 1
        with pytest.raises((age_io.AgeDamaged, age_io.NotForThisKey)):
            age_io.decrypt_bytes(bytes(flipped), [ONE])


@pytest.mark.parametrize("head", [b"", b"age-encryption.org/v1\n-> X25519 ", b"age-encryption.org/v1\n"])
def test_a_header_that_does_not_end_is_given_up_early(head):
    class Endless:
        read_so_far = 0

        def read(self, size: int) -> bytes:
            Endless.read_so_far += size
            assert Endless.read_so_far < 1 << 20
            return head if Endless.read_so_far == size and head else b"A" * size

    with pytest.raises(age_io.AgeDamaged):
        age_io.decrypt_stream(Endless(), io.BytesIO(), [ONE])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_junk_is_damage(junk):
    with pytest.raises(age_io.AgeDamaged):
        age_io.decrypt_bytes(junk, [ONE])
    with pytest.raises(age_io.AgeDamaged):
        age_io.decrypt_bytes(b"age-encryption.org/v1\n" + junk, [ONE])


@pytest.mark.parametrize("line", ["", "AGE-SECRET-KEY-1", "age1", "\u00e9", bytearray(b"\xff")])
def test_what_is_no_key_is_refused(line):
    with pytest.raises(age_io.BadKey):
        age_io.recipient_of(line)
    assert not age_io.is_recipient("age1qqqq")
    with pytest.raises(age_io.BadKey):
        age_io.encrypt_bytes(b"", ["age1qqqq"])


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("age") is None, reason="needs the command age (package age)")
def test_the_age_command_opens_ours_and_we_open_its(tmp_path):
    keys, sealed = tmp_path / "keys.txt", tmp_path / "sealed.age"
    keys.write_bytes(bytes(TWO) + b"\n")
    sealed.write_bytes(age_io.encrypt_bytes(PLAIN, [ONE_PUBLIC, TWO_PUBLIC]))
    assert subprocess.run(["age", "-d", "-i", keys, sealed], capture_output=True, check=True).stdout == PLAIN
    theirs = subprocess.run(["age", "-r", ONE_PUBLIC], input=PLAIN, capture_output=True, check=True).stdout
    assert age_io.decrypt_bytes(theirs, [ONE]) == PLAIN
