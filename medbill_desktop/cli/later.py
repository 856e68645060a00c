"""Commands of the claim cycle, which this version does not have yet."""

from argparse import ArgumentParser, Namespace

from medbill_desktop.cli.output import Exit, Output


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("rest", nargs="*", help="comes later")


def run(args: Namespace, out: Output) -> int:
    out.refuse("later", f"`medbill {args.command}` comes later; this version does not have it.")
    return Exit.USAGE
