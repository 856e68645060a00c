"""A file that was chosen is opened without waiting, and is none where it is anything but plain."""

import os
import socket
from threading import Thread

import pytest

from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi import chosen_files
from medbill_desktop.edi.chosen_files import CHANGED, kind_of, opened_plain
from medbill_desktop.edi.csv_files import examine
from medbill_desktop.edi.own_codes import own_codes
from medbill_desktop.edi.text_lines import opened

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX")
READERS = (opened_plain, examine, opened)


def refusal_of(read, path):
    """Return what a reader says, or fail where it waits."""
    said = []

    def reads():
        try:
            read(path)
        except Refused as refused:
            said.append(str(refused))

    thread = Thread(target=reads, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it waits for somebody to write into the pipe"
    assert said, "it was read"
    return said[0]


@posix
@pytest.mark.parametrize("read", READERS)
def test_a_pipe_a_socket_a_device_and_a_folder_are_no_files_and_nobody_waits_for_them(tmp_path, read):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    link = tmp_path / "link.csv"
    link.symlink_to(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        for path in (pipe, link, tmp_path / "s", tmp_path, tmp_path / "/dev/zero"):
            assert "not a file" in refusal_of(read, path)


@posix
@pytest.mark.parametrize("read", READERS)
def test_a_link_in_a_circle_and_a_name_that_cannot_be_are_refused(tmp_path, read):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for name in ("a", "\0.csv", "x" * 5_000):
        assert "can't be opened" in refusal_of(read, tmp_path / name)
    assert "can't be found" in refusal_of(read, tmp_path / "gone.csv")


@posix
def test_a_pipe_that_took_the_place_of_the_file_meanwhile_is_refused_as_well(tmp_path, monkeypatch):
    path, pipe = tmp_path / "list.csv", tmp_path / "pipe"
    path.write_text("code\n99213\n")
    os.mkfifo(pipe)
    whole = os.open

    def swaps(name, flags, *more):
        os.replace(pipe, path)
        return whole(name, flags, *more)

    monkeypatch.setattr(chosen_files.os, "open", swaps)
    assert "not a file" in refusal_of(opened_plain, path)


def test_a_file_that_may_not_be_read_says_why(tmp_path, monkeypatch):
    def denied(name, flags, *more):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "list.csv"
    path.write_text("code\n")
    monkeypatch.setattr(chosen_files.os, "open", denied)
    for read in READERS:
        with pytest.raises(Refused, match="Permission denied"):
            read(path)


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"PK\x03\x04", "ZIP"), (b"%PDF-1.7", "PDF"), (b"\x1f\x8b\x08", "compressed"), (b"\xff\xfea\0", "UTF-16"),
     (b"code,words", ""), (b"", "")],
)  # fmt: skip
def test_what_is_no_text_is_told_by_its_first_bytes(head, kind):
    assert kind in kind_of(head)
    assert bool(kind) == bool(kind_of(head))


def test_a_list_that_grows_or_shrinks_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "codes.csv"
    for change in (b"code\n" + b"99213\n" * 9_000, b"code\n" + b"99213\n" * 3_000):
        path.write_bytes(b"code\n" + b"99213\n" * 6_000)
        rows = own_codes(opened(path))
        next(rows)
        path.write_bytes(change)
        with pytest.raises(Refused, match=CHANGED):
            list(rows)


def test_a_table_that_is_other_bytes_than_were_judged_is_refused_at_its_end(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(b"last,first\n" + b"Ortiz,Ana\n" * 400_000)
    file = examine(path)
    for change in (b"last,first\n" + b"Ortiz,Eva\n" * 400_000, b"", b"last,first\n" + b"\xff" * 4_000_000 + b"\n"):
        path.write_bytes(change)
        with pytest.raises(Refused):
            list(file.rows())
