"""The packaged gazetteer as an index in memory: which places have a name."""

from __future__ import annotations

import io
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources

import pyarrow as pa
import pyarrow.parquet as pq

from stclusters.ingest.texts.names import search_keys

NAME, BARE_NAME, ALTERNATE = 0, 1, 2  # a key is that of the name, of the name without suffix, of an alternate name
SHORTEST_ALTERNATE = 3  # letters of an alternate name in Latin script
COLUMNS = ("place_id", "name", "economy", "region", "lon", "lat", "population", "is_capital")


@dataclass(frozen=True, eq=False)
class Places:
    """The places of a gazetteer by number, and their keys in order: 210 MB in a process for the packaged ones."""

    place_id: array[int]
    name: pa.StringArray
    economy: Sequence[str]
    region: Sequence[str | None]
    lon: array[float]
    lat: array[float]
    population: array[int]
    is_capital: list[bool]
    keys: tuple[memoryview, bytes]  # where each key begins, and all of them
    place: array[int]  # of each key
    kind: array[int]  # of each key

    @cached_property
    def region_codes(self) -> frozenset[tuple[str, str | None]]:
        """The first-order regions that have places: economy and code."""
        return frozenset(zip(self.economy, self.region, strict=True))

    @cached_property
    def largest(self) -> dict[tuple[str, str | None], int]:
        """The place of most persons in each first-order region."""
        found: dict[tuple[str, str | None], int] = {}
        for at, region in enumerate(zip(self.economy, self.region, strict=True)):
            if region not in found or self.population[at] > self.population[found[region]]:
                found[region] = at
        return found

    def named(self, key: str) -> Sequence[tuple[int, int]]:
        """The places that have the key: number and kind of the key."""
        return self._find(key)

    @cached_property
    def _find(self) -> Callable[[str], Sequence[tuple[int, int]]]:
        starts, letters = self.keys
        number = len(starts) - 1

        def at(position: int) -> bytes:
            return letters[starts[position] : starts[position + 1]]

        @lru_cache(maxsize=50_000)
        def find(key: str) -> tuple[tuple[int, int], ...]:
            sought, found = key.encode(), []
            position = bisect_left(range(number), sought, key=at)
            while position < number and at(position) == sought:
                found.append((self.place[position], self.kind[position]))
                position += 1
            return tuple(found)

        return find


def key_table(named: Iterable[tuple[str, str, Iterable[str]]]) -> pa.Table:
    """The keys of places given by name, economy and alternate names, in order: `key`, `place` (its number), `kind`."""
    rows: list[tuple[bytes, int, int]] = []
    for number, (name, economy, alternates) in enumerate(named):
        own = search_keys(name, economy)
        rows += [(key.encode(), number, NAME if at == 0 else BARE_NAME) for at, key in enumerate(own)]
        others = {key for other in alternates for key in search_keys(other, economy)}
        others = {key for key in others - set(own) if len(key) >= SHORTEST_ALTERNATE or not key.isascii()}
        rows += [(key.encode(), number, ALTERNATE) for key in others]
    rows.sort()
    keys = pa.array([key.decode() for key, _, _ in rows], pa.string())
    numbers = (pa.array([row[at] for row in rows], kind) for at, kind in ((1, pa.int32()), (2, pa.int8())))
    return pa.table(dict(zip(("key", "place", "kind"), (keys, *numbers), strict=True)))


def index_places(places: pa.Table, keys: pa.Table) -> Places:
    """The index of places with the columns `COLUMNS` and of their keys (`key_table`)."""
    columns = {name: places[name].combine_chunks() for name in COLUMNS}
    key = keys["key"].combine_chunks()
    _, starts, letters = key.buffers()
    numbers = {"place_id": "q", "lon": "d", "lat": "d", "population": "q"}
    same: dict[str, str] = {}

    def codes(name: str) -> list[str]:
        return [same.setdefault(code, code) for code in columns[name].to_pylist()]

    return Places(
        **{name: array(kind, columns[name].to_numpy().tobytes()) for name, kind in numbers.items()},
        name=columns["name"],
        economy=codes("economy"),
        region=codes("region"),
        is_capital=columns["is_capital"].to_pylist(),
        keys=(memoryview(starts).cast("i")[key.offset : key.offset + len(key) + 1], letters.to_pybytes()),
        place=array("i", keys["place"].combine_chunks().to_numpy().tobytes()),
        kind=array("b", keys["kind"].combine_chunks().to_numpy().tobytes()),
    )


@cache
def packaged_places() -> Places:
    """The places that the package ships: read once in a process, from a folder, a wheel or a zip."""
    data = resources.files("stclusters").joinpath("data")
    read = (
        pq.read_table(io.BytesIO(data.joinpath(f"{name}.parquet").read_bytes())) for name in ("gazetteer", "place_keys")
    )
    return index_places(*read)
