"""The packaged gazetteer as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql import SparkSession

from stclusters.errors import BadInput
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.sphere import Floats, Longs
from stclusters.world.basins import city_key

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Gazetteer:
    """Populated places as arrays; regions may be None."""

    name: Texts
    economy: Texts
    region: Texts
    lon: Floats
    lat: Floats
    population: Longs

    def number_of(self, city: str) -> int:
        """The number of NAME:ECONOMY[:REGION], the most populous of that name."""
        name, economy, region = city_key(city)
        named = (self.name == name) & (self.economy == economy)
        found = np.flatnonzero(named & (self.region == region) if region else named)
        if not len(found):
            raise BadInput(f"{city}: is not in the gazetteer: mend its name in data/world_basins.csv.")
        return int(found[np.argmax(self.population[found])])

    def extended(self, economy: Texts, lon: Floats, lat: Floats, population: int) -> Gazetteer:
        """With more places at the end, nameless and of the same population."""
        more = len(lon)
        return Gazetteer(
            name=np.append(self.name, np.full(more, "", object)),
            economy=np.append(self.economy, economy),
            region=np.append(self.region, np.full(more, None, object)),
            lon=np.append(self.lon, lon),
            lat=np.append(self.lat, lat),
            population=np.append(self.population, np.full(more, population, np.int64)),
        )


def gazetteer_arrays(spark: SparkSession) -> Gazetteer:
    """The packaged gazetteer (GeoNames), in its own order of places: some 235,000, whatever the size of a world."""
    rows = read_gazetteer(spark).select("place_id", "name", "economy", "region", "lon", "lat", "population").toArrow()
    rows = rows.sort_by("place_id")
    text = {name: np.asarray(rows[name].to_pylist(), object) for name in ("name", "economy", "region")}
    number = {name: rows[name].to_numpy() for name in ("lon", "lat", "population")}
    return Gazetteer(**text, **number)
