"""How many people live round clusters: a population raster (Sedona), or the gazetteer's places."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import BadInput, SessionNotReady
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.paths import spark_path
from stclusters.run import Run
from stclusters.sphere import lat_of, lon_of

NEAR_DEG = 0.05  # people so near to a cluster's points live round it (published: 0.05 degrees)
TIE_DEG = 1e-9  # 0.1 mm: what a distance of exactly that may be off
CELL_DEG = 0.0125  # points are looked at by cells of this size first
HALF_DIAGONAL_DEG = CELL_DEG / 2**0.5
TILE = 64  # pixels of a side of the tiles that a raster is cut into
SQUARES = 10  # squares of 1/10 degree: where no cluster is near, no pixel is looked at


def population_round(point_labels: DataFrame, people: DataFrame) -> DataFrame:
    """`cluster_id` and `population` of every cluster: people within 0.05 degrees of one of its points, counted once.

    `people` has `lon`, `lat` and `people` (not negative) of pixels' centres or places. Distance is in degrees of
    longitude and latitude, as it is for the published rankings, and goes over 180 degrees. The points are not drawn as
    polygons: a centre counts if it is near, exactly. Cells of points that are near or far as a whole spare the rest.
    """
    spots = _spots(point_labels)
    cells = spots.groupBy("cluster_id", "x", "y").agg(F.count("*").alias("points"))
    centres = people.where("people > 0").withColumn("centre", F.expr("ST_Point(lon, lat)"))
    pairs = centres.join(  # a row a pixel and cell of points near it: some fifty a pixel
        cells.withColumn("middle", F.expr(f"ST_Point((x + 0.5D) * {CELL_DEG}, (y + 0.5D) * {CELL_DEG})")),
        F.expr(f"ST_Distance(centre, middle) <= {NEAR_DEG + HALF_DIAGONAL_DEG + TIE_DEG}"),
        how="inner",
    )
    key = ["cluster_id", "lon", "lat", "people"]
    whole = F.expr(f"ST_Distance(centre, middle) <= {NEAR_DEG - HALF_DIAGONAL_DEG}")
    judged = pairs.groupBy(*key).agg(
        F.max(whole).alias("inside"), F.collect_list(F.when(~whole, F.struct("x", "y"))).alias("cells")
    )
    open_pairs = judged.where(~F.col("inside")).select(*key, F.inline("cells"))
    measured = F.expr(f"ST_Distance(ST_Point(lon, lat), ST_Point(at_lon, at_lat)) <= {NEAR_DEG + TIE_DEG}")
    reached = open_pairs.join(spots, ["cluster_id", "x", "y"], how="inner")  # a row a pixel at an edge and point by it
    inside = judged.where("inside").select(*key).unionByName(reached.where(measured).select(*key).distinct())
    summed = inside.groupBy("cluster_id").agg(F.sum(F.col("people").cast("decimal(38,9)")).alias("population"))
    clusters = point_labels.where(F.col("cluster_id").isNotNull()).select("cluster_id").distinct()
    population = F.coalesce(F.col("population").cast("double"), F.lit(0.0))
    return clusters.join(summed, "cluster_id", how="left").select("cluster_id", population.alias("population"))


def _spots(point_labels: DataFrame) -> DataFrame:
    """The points of clusters with their cell; those near 180 degrees on both sides of it."""
    lon, point = F.col("lon"), F.col("point_id")
    located = point_labels.where(F.col("cluster_id").isNotNull()).select(
        "cluster_id", lon_of(point).alias("lon"), lat_of(point).alias("at_lat")
    )
    near = 180 - 2 * NEAR_DEG
    turned = F.when(lon > near, F.array(lon, lon - 360)).when(lon < -near, F.array(lon, lon + 360))
    spots = located.withColumn("at_lon", F.explode(F.coalesce(turned, F.array(lon))))
    return spots.select(
        "cluster_id",
        "at_lon",
        "at_lat",
        F.floor(F.col("at_lon") / CELL_DEG).alias("x"),
        F.floor(F.col("at_lat") / CELL_DEG).alias("y"),
    )


def people_of(run: Run, point_labels: DataFrame) -> tuple[DataFrame, str]:
    """`lon`, `lat`, `people`, of the place's raster or else of the gazetteer, and the word for that source."""
    path = run.place.population
    if path is None:
        return people_of_places(read_gazetteer(run.spark), point_labels), "gazetteer"
    people = read_raster(run.spark, path, point_labels)
    files = _files_of(path)
    run.record.inputs.append(
        {"population": path.name, "files": len(files), "bytes": sum(f.stat().st_size for f in files)}
    )
    return people, path.name


def people_of_places(places: DataFrame, point_labels: DataFrame) -> DataFrame:
    """`lon`, `lat`, `people` of a gazetteer's places in the squares that hold points of clusters. Persisted."""
    square = F.floor(F.col("lat") * SQUARES) * 10_000 + F.floor(F.col("lon") * SQUARES)
    near = places.withColumn("square", square).where(_is_in("square", _squares(point_labels)))
    return near.groupBy("lon", "lat").agg(F.sum("population").cast("double").alias("people")).persist()


def read_raster(spark: SparkSession, path: Path, point_labels: DataFrame) -> DataFrame:
    """`lon`, `lat` (of its centre), `people` of each pixel in the squares of a raster that hold points of clusters.

    `path` is a GeoTIFF of population counts in EPSG:4326 (GHS-POP), or a folder of such files that do not overlap; a
    pixel without data counts nobody. Raises `BadInput` for a file that is no such raster, `SessionNotReady` where the
    jar that reads rasters is missing. The frame is persisted.
    """
    _ask_for_reader(spark)
    read = spark.read.format("binaryFile").load([spark_path(file) for file in _files_of(path)])
    rasters = read.select("path", F.expr("RS_FromGeoTiff(content)").alias("raster"))
    _ask_form(rasters)
    squares = _squares(point_labels)
    tiles = rasters.where(_holds_any("raster", squares)).select(
        F.expr(f"RS_TileExplode(raster, {TILE}, {TILE})").alias("x", "y", "tile")
    )
    held = tiles.where(F.arrays_overlap(_squares_of(*_bounds("tile")), _literal(squares))).select(
        F.expr("RS_MetaData(tile)").alias("grid"),
        F.expr("RS_BandNoDataValue(tile, 1)").alias("none"),
        F.posexplode(F.expr("RS_BandAsArray(tile, 1)")).alias("number", "value"),
    )
    column, row = F.col("number") % F.col("grid.gridWidth"), F.floor(F.col("number") / F.col("grid.gridWidth"))
    told = ~F.isnan("value") & ~F.col("value").eqNullSafe(F.col("none"))
    people = (
        held.where(F.col("value").isNotNull() & told)
        .select(
            (F.col("grid.upperLeftX") + (column + 0.5) * F.col("grid.scaleX")).alias("lon"),
            (F.col("grid.upperLeftY") + (row + 0.5) * F.col("grid.scaleY")).alias("lat"),
            F.col("value").alias("people"),
        )
        .persist()
    )
    with ExitStack() as on_error:
        on_error.callback(people.unpersist)
        if not people.where("people < 0").isEmpty():
            raise BadInput(f"{path}: has pixels with fewer than no people: give a raster of population counts.")
        if not people.groupBy("lon", "lat").count().where("count > 1").isEmpty():
            raise BadInput(f"{path}: some of its rasters overlap: keep one of each area.")
        on_error.pop_all()
    return people


def _files_of(path: Path) -> list[Path]:
    files = sorted(path.glob("*.tif")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise BadInput(f"{path}: is no GeoTIFF and no folder of .tif files: set population in the place file to one.")
    return files


def _ask_for_reader(spark: SparkSession) -> None:
    try:
        spark.sql("SELECT RS_Width(RS_MakeEmptyRaster(1, 1, 1, 0D, 0D, 1D))").collect()
    except Exception as error:
        if "geotools" not in str(error) and "NoClassDef" not in str(error):
            raise
        raise SessionNotReady(
            "The jar that reads rasters, geotools-wrapper, is not on the class path: run scripts/setup, and see "
            "spark.jars in conf/spark.conf; without population in the place file it is not needed."
        ) from error


def _ask_form(rasters: DataFrame) -> None:
    """Raises `BadInput` for the first file that is not one band or more of longitudes and latitudes."""
    grid = F.expr("RS_MetaData(raster)")
    forms = rasters.select("path", grid.alias("grid")).select("path", "grid.srid", "grid.skewX", "grid.skewY")
    try:
        rows = forms.orderBy("path").collect()  # a row a file
    except Exception as error:
        raise BadInput(f"The population raster cannot be read ({str(error).splitlines()[0][:200]}).") from error
    for row in rows:
        if row["srid"] != 4326 or row["skewX"] or row["skewY"]:
            raise BadInput(f"{row['path']}: is not in EPSG:4326: give the raster in degrees (WGS 84).")


def _squares(point_labels: DataFrame) -> list[int]:
    """The squares of 1/10 degree that can hold a pixel near a cluster, each as one number: an area, not rows."""
    cells = _spots(point_labels).select((F.col("x") * CELL_DEG).alias("lon"), (F.col("y") * CELL_DEG).alias("lat"))
    reach = NEAR_DEG + TIE_DEG
    west, south = F.col("lon") - reach, F.col("lat") - reach
    found = _squares_of(west, F.col("lon") + CELL_DEG + reach, south, F.col("lat") + CELL_DEG + reach)
    return [row["square"] for row in cells.distinct().select(F.explode(found).alias("square")).distinct().collect()]


def _squares_of(west: Column, east: Column, south: Column, north: Column) -> Column:
    def along(low: Column, high: Column) -> Column:
        return F.sequence(F.floor(low * SQUARES), F.floor(high * SQUARES))

    return F.flatten(
        F.transform(along(south, north), lambda y: F.transform(along(west, east), lambda x: y * 10_000 + x))
    )


def _bounds(raster: str) -> tuple[Column, Column, Column, Column]:
    """West, east, south and north of a raster without skew, degrees."""
    box = f"RS_Envelope({raster})"
    return F.expr(f"ST_XMin({box})"), F.expr(f"ST_XMax({box})"), F.expr(f"ST_YMin({box})"), F.expr(f"ST_YMax({box})")


def _holds_any(raster: str, squares: list[int]) -> Column:
    """Whether a raster, however large, reaches one of the squares."""
    west, east, south, north = _bounds(raster)

    def reaches(square: Column) -> Column:
        y = F.floor((square + 5_000) / 10_000)  # x is from -1801 to 1801
        x = square - y * 10_000
        return x.between(F.floor(west * SQUARES), F.floor(east * SQUARES)) & y.between(
            F.floor(south * SQUARES), F.floor(north * SQUARES)
        )

    return F.exists(_literal(squares), reaches)


def _is_in(column: str, squares: list[int]) -> Column:
    return F.expr(f"{column} IN ({', '.join(map(str, squares))})") if squares else F.lit(False)


def _literal(squares: list[int]) -> Column:
    return F.expr(f"CAST(array({', '.join(map(str, squares))}) AS array<bigint>)")
