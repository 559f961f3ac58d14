"""How a world of so many rows is cut into blocks that are made one by one, each from its own counters."""

from __future__ import annotations

from dataclasses import dataclass

from stclusters.errors import BadInput
from stclusters.world import declared

KINDS = ("patent", "article")
BLOCK_ROWS = 100_000  # address rows of a block
FEWEST, MOST = 100_000, 300_000_000
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Block:
    """Some documents of one kind: the first one's number, how many, and their address rows.

    `earlier`: they are of the year before the window of edition 2024. `number` counts the blocks of the kind.
    """

    kind: str
    earlier: bool
    number: int
    first_document: int
    documents: int
    rows: int


@dataclass(frozen=True)
class Plan:
    """A world: its size in address rows and its seed.

    `year_before` adds a fifth of the rows, documents of the year before the window, so that edition 2023 has its five
    years too. `skew` is the part of the rows that is put at one coordinate.
    """

    rows: int
    seed: int
    year_before: bool = False
    skew: float = 0.0

    def __post_init__(self) -> None:
        if not FEWEST <= self.rows <= MOST:
            raise BadInput(f"--rows {self.rows}: a world has {FEWEST:,} to {MOST:,} address rows, give such a number.")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise BadInput(f"--seed {self.seed}: give a whole number from 0 to {LARGEST_SEED}.")
        if not 0 <= self.skew < 1:
            raise BadInput(f"--skew {self.skew}: is a part of the rows, give a number from 0 up to 1.")

    def rows_of(self, kind: str) -> int:
        """Address rows of a kind, in the published proportion."""
        inventors = _part(self.rows, declared.INVENTOR_ADDRESSES, declared.FULL_ROWS)
        return inventors if kind == "patent" else self.rows - inventors

    def documents_of(self, kind: str) -> int:
        """Documents of a kind, in the published proportion to the rows."""
        return _part(self.rows, declared.PATENTS if kind == "patent" else declared.ARTICLES, declared.FULL_ROWS)

    @property
    def threshold(self) -> float:
        """The published density threshold in proportion to the rows, to a tenth.

        >>> Plan(3_113_661, 1).threshold
        450.0
        """
        return _part(10 * declared.THRESHOLD, self.rows, declared.FULL_ROWS) / 10

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return sum(blocks for _, _, blocks in self._parts())

    def block(self, number: int) -> Block:
        """The block of a number from 0."""
        of_kind = dict.fromkeys(KINDS, 0)
        for kind, earlier, blocks in self._parts():
            if number < blocks:
                return self._cut(kind, earlier, number, blocks, of_kind[kind])
            number -= blocks
            of_kind[kind] += blocks
        raise IndexError(number)

    def _parts(self) -> list[tuple[str, bool, int]]:
        """Kind, whether of the year before, and number of blocks of each part of the world."""
        parts = [(kind, earlier) for earlier in (False, True)[: 1 + self.year_before] for kind in KINDS]
        return [(kind, earlier, -(-self._size(kind, earlier)[1] // BLOCK_ROWS)) for kind, earlier in parts]

    def _size(self, kind: str, earlier: bool) -> tuple[int, int]:
        """Documents and rows of a part."""
        years = declared.YEARS if earlier else 1
        return self.documents_of(kind) // years, self.rows_of(kind) // years

    def _cut(self, kind: str, earlier: bool, place: int, blocks: int, before: int) -> Block:
        documents, rows = (
            [part * whole // blocks for part in (place, place + 1)] for whole in self._size(kind, earlier)
        )
        first = documents[0] + (self.documents_of(kind) if earlier else 0)
        return Block(kind, earlier, before + place, first, documents[1] - documents[0], rows[1] - rows[0])


def _part(whole: int, part: int, of: int) -> int:
    """The product whole * part / of, rounded to the nearest whole number."""
    return (2 * whole * part + of) // (2 * of)
