"""What a plain letter page is made of, in usual and in large letters."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the last `money` columns are set to the right, `strong` rows in bold."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    money: int = 1
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """`addressee` is whom a letter goes to; `large` sets everything in 18 points."""

    title: str
    practice: str
    lines: tuple[str, ...]  # address and phone
    facts: tuple[tuple[str, str], ...] = field(repr=False)
    grids: tuple[Grid, ...] = field(repr=False)
    paragraphs: tuple[str, ...] = field(default=(), repr=False)
    signatures: tuple[str, ...] = ()  # what stands under each line to sign on
    addressee: tuple[str, ...] = field(default=(), repr=False)
    large: bool = False
