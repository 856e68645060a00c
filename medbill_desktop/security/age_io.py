"""age files as streams and as bytes (SECURITY B4-B6).

Danger: pyrage 1.4.0 swallows the error of a writer in the last 8 KiB, and a full disk then looks like success. Every
stream goes through a writer of ours that remembers its own failure. pyrage's `*_file` functions also hold the GIL;
only `*_io` is used.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Protocol

import pyrage

from medbill_desktop.domain.problems import Refused

_LONGEST_HEADER: Final = 1 << 16  # ours have two to four recipients, a few hundred bytes
_END_OF_HEADER: Final = b"\n---"
_NO_MATCH: Final = "No matching keys found"


class Source(Protocol):
    """What can be read from: a file, a tar made on the fly."""

    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Passed:
    """What went into the target: its size and its SHA-256 as hex."""

    size: int
    sha256: str


class AgeDamaged(Refused):
    """An encrypted file is cut, changed or not an age file; nothing that came out of it may be believed."""

    def __init__(self) -> None:
        super().__init__("The encrypted file is damaged or incomplete.")


class NotForThisKey(Refused):
    """An encrypted file is whole as far as can be seen, but was made for other keys."""

    def __init__(self) -> None:
        super().__init__("The encrypted file was made for other keys than this one.")


class TooFewRecipients(Refused):
    """A file that fewer keys could open than was asked; it is not made."""

    def __init__(self, least: int) -> None:
        super().__init__(f"At least {least} different keys must be able to open this file; it was not made.")


class BadKey(Refused):
    """A line that is no age key: mistyped, cut, or something else."""

    def __init__(self) -> None:
        super().__init__("This is not a key, or it was mistyped.")


def new_identity() -> tuple[bytearray, str]:
    """Return a new X25519 identity line (74 characters, secret) and its recipient `age1...`."""
    made = pyrage.x25519.Identity.generate()
    return bytearray(str(made).encode("ascii")), str(made.to_public())


def recipient_of(identity: str | bytearray) -> str:
    """Return the public `age1...` of an identity line; raises BadKey."""
    return str(_identity(identity).to_public())


def is_recipient(text: str) -> bool:
    """Tell whether the text is an X25519 recipient with a right checksum."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text)) == text
    except pyrage.RecipientError:
        return False


def encrypt_stream(source: Source, target: Sink, recipients: Sequence[str], *, least: int = 1) -> Passed:
    """Encrypt until the source ends; raises what source or target raised, at whichever byte, or TooFewRecipients.

    Only a full read-back of what the medium kept proves that it is there (SECURITY B8).
    """
    made = _recipients(recipients, least)
    reader, writer = _Reader(source), _Writer(target)
    try:
        pyrage.encrypt_io(reader, writer, made)
    except (pyrage.EncryptError, OSError):
        _raise_recorded(reader, writer)
        raise
    _raise_recorded(reader, writer)
    return writer.passed()


def decrypt_stream(source: Source, target: Sink, identities: Iterable[str | bytearray]) -> Passed:
    """Decrypt to the end; raises what source or target raised, AgeDamaged, NotForThisKey or BadKey.

    Danger: whole 64 KiB chunks reach the target before damage further on is found. Believe nothing until it returns.
    """
    made = [_identity(each) for each in identities]
    reader, writer = _HeadedReader(source), _Writer(target)
    try:
        pyrage.decrypt_io(reader, writer, made)
    except (pyrage.DecryptError, OSError) as error:
        _raise_recorded(reader, writer)
        raise (NotForThisKey() if str(error) == _NO_MATCH else AgeDamaged()) from None
    _raise_recorded(reader, writer)
    return writer.passed()


def encrypt_bytes(plain: bytes | bytearray, recipients: Sequence[str], *, least: int = 1) -> bytes:
    """Encrypt what fits into memory: a draft, a data key."""
    target = io.BytesIO()
    encrypt_stream(io.BytesIO(plain), target, recipients, least=least)
    return target.getvalue()


def decrypt_bytes(data: bytes, identities: Iterable[str | bytearray]) -> bytearray:
    """Decrypt what fits into memory; the caller wipes it."""
    target = _Gathered()
    decrypt_stream(io.BytesIO(data), target, identities)
    return target.data


class _Gathered:
    """A target in memory that can be wiped, which BytesIO can't."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> int:
        self.data += data
        return len(data)


class _Reader:
    """Hands bytes to pyrage and remembers why the source failed; pyrage keeps only the text of it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.error: BaseException | None = None

    def read(self, size: int, /) -> bytes:
        if self.error is not None:
            raise OSError("the source failed before")
        try:
            return self._source.read(size)
        except BaseException as error:
            self.error = error
            raise OSError("the source failed") from None


class _HeadedReader(_Reader):
    """Gives up where the header does not end: pyrage gathers it in memory, however long it is (SECURITY F14)."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._head: bytearray | None = bytearray()

    def read(self, size: int, /) -> bytes:
        data = super().read(size)
        if self._head is not None:
            self._head += data
            if _END_OF_HEADER in self._head:
                self._head = None
            elif len(self._head) > _LONGEST_HEADER:
                self.error = AgeDamaged()
                raise OSError("the header does not end")
        return data


class _Writer:
    """Takes bytes from pyrage, counts and hashes them, and remembers why the target failed."""

    def __init__(self, target: Sink) -> None:
        self._target = target
        self._size, self._hash = 0, sha256()
        self.error: BaseException | None = None

    def write(self, data: bytes, /) -> int:
        if self.error is not None:
            raise OSError("the target failed before")
        try:
            self._write_whole(data)
        except BaseException as error:
            self.error = error
            raise OSError("the target failed") from None
        self._size += len(data)
        self._hash.update(data)
        return len(data)

    def flush(self) -> None:
        if self.error is not None:
            raise OSError("the target failed before")

    def passed(self) -> Passed:
        return Passed(self._size, self._hash.hexdigest())

    def _write_whole(self, data: bytes) -> None:
        """A raw file may take a part only; a buffered one must be flushed by who owns it."""
        taken = self._target.write(data)
        while taken != len(data):
            if not taken:
                raise OSError("the target takes no more")
            data = data[taken:]
            taken = self._target.write(data)


def _raise_recorded(reader: _Reader, writer: _Writer) -> None:
    error = writer.error or reader.error
    if error is not None:
        raise error from None


def _identity(line: str | bytearray) -> Any:
    try:
        return pyrage.x25519.Identity.from_str(line if isinstance(line, str) else line.decode("ascii"))
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise BadKey from None


def _recipients(lines: Sequence[str], least: int) -> list[Any]:
    distinct = sorted(set(lines))
    if len(distinct) < least or not distinct:
        raise TooFewRecipients(max(least, 1))
    try:
        return [pyrage.x25519.Recipient.from_str(each) for each in distinct]
    except pyrage.RecipientError:
        raise BadKey from None
