"""Sign in for one command: the password comes from a pipe or the terminal, never from arguments (SECURITY K29)."""

import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.installation import open_office, practice_folder
from medbill_desktop.usecases.kits import AskOwed, recovery_owed
from medbill_desktop.usecases.office import Office
from medbill_desktop.usecases.session import State

OWED: Final = (
    "The recovery kit was used. A new kit and new keys are owed: sign in at the window, which leads through it. Until"
    " then whoever has the old page opens what is written."
)


class UsageError(Exception):
    """The command line lacks something; the message says what."""


def add_arguments(parser: ArgumentParser) -> None:
    who = parser.add_argument_group("sign-in")
    who.add_argument("--user", metavar="NAME", help="who signs in; not needed for a training practice")
    who.add_argument(
        "--password-stdin", action="store_true", help="take the password from the first line of standard input"
    )
    who.add_argument(
        "--code", metavar="123456", default="",
        help="the code of the authenticator; with - it, or a recovery code, is read after the password",
    )  # fmt: skip


@contextmanager
def signed_in(args: Namespace) -> Iterator[Desk]:
    """Yield the desk of the person named; the practice is signed out of again whatever happens."""
    with opened(practice_folder(args.data)) as office:
        desk = office.sign_in(*_who(args, office))
        try:
            tell_what_is_owed(desk)
            yield desk
        finally:
            office.sign_out(force=True)


def tell_what_is_owed(desk: Desk) -> None:
    """Say on stderr what the window leads through: a backup made now still opens with the kit that was used (K21)."""
    if desk.may(recovery_owed) and desk.ask(recovery_owed, AskOwed()).pressing:
        print(OWED, file=sys.stderr)


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    """Yield the office of a folder that holds a practice; raises Refused where it can't be entered here."""
    if not folder.exists():
        raise Refused(f"There is no practice in {folder}. Name its folder with --data.")
    office = open_office(folder)
    try:
        match office.look():
            case State.NO_PRACTICE:
                raise Refused(f"There is no practice in {folder}. Name its folder with --data.")
            case State.NOT_ENROLLED:
                raise Refused("This computer is not enrolled in that practice. Use the recovery kit in the window.")
            case _:
                yield office
    finally:
        office.close()


def _who(args: Namespace, office: Office) -> tuple[str, str, str]:
    """Return name, password and code; a code that is not spent within a minute has no place in an argument."""
    if args.code not in ("", "-") and not re.fullmatch(r"[0-9]{3}[ -]?[0-9]{3}", args.code):
        raise UsageError("A recovery code is typed, not given as an argument: --code - asks for it.")
    if args.user is None:
        if office.prefill is None:
            raise UsageError("Say who signs in: --user NAME --password-stdin")
        return office.prefill.name, office.prefill.password, args.code
    if args.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        return args.user, password, sys.stdin.readline().strip() if args.code == "-" else args.code
    if not sys.stdin.isatty():
        raise UsageError("Give the password on the first line of standard input, and say so: --password-stdin")
    password = getpass("Password: ")
    return args.user, password, getpass("Code: ").strip() if args.code == "-" else args.code
