"""`medbill screenshots`: all that a person can see of the program, in both sizes and themes (UX Proof)."""

import shutil
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from medbill_desktop.cli.output import Exit, Output
from medbill_desktop.training import founding
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN

if TYPE_CHECKING:
    from medbill_desktop.ui.gallery import Album

MINUTES = 30


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", required=True)
    parser.add_argument("--seed", type=int, default=founding.SEED, metavar="N")
    parser.add_argument("--patients", type=int, default=founding.PATIENTS, metavar="N")
    parser.add_argument("--page", default="", metavar="KEY", help="one page alone, such as payments")
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, metavar="N", help="stop then, and say what is missing"
    )


def run(args: Namespace, out: Output) -> int:
    folder = args.out.expanduser().absolute()
    album = photographed(folder, out, seed=args.seed, patients=args.patients, page=args.page, seconds=args.minutes * 60)
    out.result(
        {"pictures": [str(each) for each in album.pictures], "missing": album.missing, "cut": album.cut},
        _say(album, folder),
    )
    return Exit.FINDINGS if album.missing or album.cut else Exit.DONE


def photographed(
    folder: Path,
    out: Output,
    *,
    seed: int = founding.SEED,
    patients: int = founding.PATIENTS,
    page: str = "",
    seconds: float = MINUTES * 60,
) -> "Album":
    """Make a training practice and photograph it, each theme on a copy: what was pressed in one shows in no other."""
    from medbill_desktop.ui import gallery, office_day  # Qt is loaded only where there are pages to show

    folder.mkdir(parents=True, exist_ok=True)
    base = Path(tempfile.mkdtemp(prefix=".practice-", dir=folder))
    album = gallery.Album(folder, seconds)
    try:
        founding.found(base / "practice", seed, patients, out).office.close()
        for choice in gallery.THEMES:
            shutil.copytree(base / "practice", base / choice)
            with office_day.opened(open_office(base / choice, training=True)) as day:
                name, password = TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password
                gallery.photograph(day, name, password, album, out, choice=choice, only=page)
            if not page:
                with office_day.opened(open_office(base / f"new-{choice}", training=True)) as day:
                    gallery.photograph_arrival(day, album, choice=choice)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return album


def _say(album: "Album", folder: Path) -> list[str]:
    lines = [f"{len(album.pictures)} pictures in {folder}."]
    lines += [f"Not photographed: {each}" for each in album.missing]
    for name, sentences in album.cut.items():
        lines += ["", name, *(f"  {each}" for each in sentences)]
    return lines
