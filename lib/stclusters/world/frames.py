"""The tables of a synthetic world as Spark frames: every row is made where it is needed, from counters alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession

from stclusters.sphere import MICRO, Floats, Longs
from stclusters.world import declared
from stclusters.world.basins import read_basins
from stclusters.world.fields import SCIENCE, science_chances, technology_chances, technology_symbols
from stclusters.world.flows import Flows, build_flows, mixing_units
from stclusters.world.gazetteer import gazetteer_arrays
from stclusters.world.geography import Places, build_places
from stclusters.world.plan import KINDS, Block, Plan
from stclusters.world.rows import TWO_FIELDS, draw, make_addresses, make_documents, make_years

ID = {"patent": "synthetic-p", "article": "synthetic-a"}
ADDRESSES = "document_id string, kind string, person_id string, lon double, lat double, economy string, accuracy string"
DOCUMENTS = "document_id string, kind string, year int, type string"
DOCUMENT_FIELDS = "document_id string, kind string, ipc string, field string"


@dataclass(frozen=True)
class World:
    """All that the rows of a world are drawn from: some megabytes, whatever its size."""

    plan: Plan
    places: Places
    flows: dict[str, Flows]
    technology: tuple[Floats, Longs]

    @classmethod
    def of(cls, spark: SparkSession, plan: Plan) -> World:
        """The world of a plan, with the packaged gazetteer."""
        places = build_places(gazetteer_arrays(spark))
        pairs = mixing_units(places, [basin.cities for basin in read_basins()])
        flows = {kind: build_flows(places, pairs, number) for number, kind in enumerate(KINDS)}
        return cls(plan, places, flows, technology_chances(places))


def addresses(spark: SparkSession, world: World, partitions: int) -> DataFrame:
    """The address rows: `plan.rows` and those of the year before, if any; the same for every number of partitions."""
    return _frame(spark, world, partitions, ADDRESSES, address_rows)


def documents(spark: SparkSession, world: World, partitions: int) -> DataFrame:
    """One row a document."""
    return _frame(spark, world, partitions, DOCUMENTS, document_rows)


def document_fields(spark: SparkSession, world: World, partitions: int) -> DataFrame:
    """One or two IPC symbols a patent, one science field an article."""
    return _frame(spark, world, partitions, DOCUMENT_FIELDS, field_rows)


def _frame(
    spark: SparkSession, world: World, partitions: int, schema: str, make: Callable[[World, Block], pa.RecordBatch]
) -> DataFrame:
    shared = spark.sparkContext.broadcast(world)

    def rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield make(shared.value, shared.value.plan.block(number))

    blocks = world.plan.blocks
    return spark.range(0, blocks, 1, min(partitions, blocks)).mapInArrow(rows, schema)


def address_rows(world: World, block: Block) -> pa.RecordBatch:
    """The rows of `addresses` of a block."""
    flows, seed = world.flows[block.kind], world.plan.seed
    drawn = make_documents(flows, seed, block)
    made = make_addresses(world.places, flows, seed, drawn, world.plan.skew)
    persons = pa.array(made.person, mask=made.person == 0).cast(pa.string())
    return _batch(
        ADDRESSES,
        _ids(block).take(pa.array(made.document)),
        _same(block.kind, block.rows),
        persons,
        pa.array(made.lon_micro / MICRO),
        pa.array(made.lat_micro / MICRO),
        _named(world.places.economies, world.places.economy[made.place]),
        _named(declared.ACCURACIES, made.accuracy),
    )


def document_rows(world: World, block: Block) -> pa.RecordBatch:
    """The rows of `documents` of a block."""
    flows, seed = world.flows[block.kind], world.plan.seed
    years = make_years(world.places, flows, seed, make_documents(flows, seed, block))
    kind = {"patent": "application", "article": "article"}[block.kind]
    return _batch(
        DOCUMENTS,
        _ids(block),
        _same(block.kind, block.documents),
        pa.array(years.astype(np.int32)),
        _same(kind, block.documents),
    )


def field_rows(world: World, block: Block) -> pa.RecordBatch:
    """The rows of `document_fields` of a block."""
    seed, count = world.plan.seed, block.documents
    if block.kind == "article":
        number = np.searchsorted(science_chances(), draw(seed, block, "science", count), side="right")
        nothing = pa.nulls(count, pa.string())
        return _batch(DOCUMENT_FIELDS, _ids(block), _same(block.kind, count), nothing, _named(list(SCIENCE), number))
    chances, profile = world.technology
    home = make_documents(world.flows[block.kind], seed, block).home
    bounds = chances[profile[home], :-1]
    first = (draw(seed, block, "field", count)[:, None] >= bounds).sum(axis=1)
    chance = draw(seed, block, "second_field", count)
    has_second = np.flatnonzero(chance < TWO_FIELDS)
    second = ((chance[has_second] / TWO_FIELDS)[:, None] >= bounds[has_second]).sum(axis=1)
    symbols = [symbol for _, symbol in technology_symbols()]
    document = np.concatenate([np.arange(count), has_second])
    return _batch(
        DOCUMENT_FIELDS,
        _ids(block).take(pa.array(document)),
        _same(block.kind, len(document)),
        _named(symbols, np.concatenate([first, second])),
        pa.nulls(len(document), pa.string()),
    )


def _ids(block: Block) -> pa.Array:
    numbers = pa.array(np.arange(block.first_document, block.first_document + block.documents)).cast(pa.string())
    return pc.binary_join_element_wise(ID[block.kind], numbers, "")


def _same(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text), count)


def _named(names: list[str] | tuple[str, ...], number: Longs) -> pa.Array:
    return pa.array(list(names)).take(pa.array(number))


def _batch(schema: str, *columns: pa.Array) -> pa.RecordBatch:
    names = [column.split()[0] for column in schema.split(", ")]
    return pa.RecordBatch.from_arrays(list(columns), names=names)
