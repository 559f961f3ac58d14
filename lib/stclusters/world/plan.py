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
    """Some documents of one kind: the first one's number, how many, and their address rows."""

    kind: str
    number: int
    first_document: int
    documents: int
    rows: int


@dataclass(frozen=True)
class Plan:
    """A world: its size in address rows and its seed."""

    rows: int
    seed: int

    def __post_init__(self) -> None:
        if not FEWEST <= self.rows <= MOST:
            raise BadInput(f"--rows {self.rows}: a world has {FEWEST:,} to {MOST:,} address rows, give such a number.")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise BadInput(f"--seed {self.seed}: give a whole number from 0 to {LARGEST_SEED}.")

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
    def blocks(self) -> list[int]:
        """Number of blocks of patents and of articles."""
        return [-(-self.rows_of(kind) // BLOCK_ROWS) for kind in KINDS]

    def block(self, number: int) -> Block:
        """The block of a number from 0: patents first."""
        of_patents, of_articles = self.blocks
        kind, place, blocks = ("patent", number, of_patents)
        if number >= of_patents:
            kind, place, blocks = ("article", number - of_patents, of_articles)
        rows, documents = (
            [part * whole // blocks for part in (place, place + 1)]
            for whole in (self.rows_of(kind), self.documents_of(kind))
        )
        return Block(kind, place, documents[0], documents[1] - documents[0], rows[1] - rows[0])


def _part(whole: int, part: int, of: int) -> int:
    """The product whole * part / of, rounded to the nearest whole number."""
    return (2 * whole * part + of) // (2 * of)
