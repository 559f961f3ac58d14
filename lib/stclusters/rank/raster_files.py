"""The population rasters that a path names: GeoTIFF files, zip archives of them, or a folder of both; checked."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stclusters.errors import BadInput

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

NEAR_DEG = 0.05  # people so near to a cluster's points are counted (published: 0.05 degrees)
TIE_DEG = 1e-9  # 0.1 mm: what a distance of exactly that may be off
TIFF = (".tif", ".tiff")
ZIP = ".zip"
CHUNK = 256  # pixels of a side that are read at once, rounded to whole blocks of the file
CACHE_MB = 256  # what GDAL keeps of decoded blocks: a chunk fills half of it at most
LARGEST_BLOCK_MB = 512  # a block is decoded whole, in every task


@dataclass(frozen=True)
class Raster:
    """Where the pixels of one raster are, and in which pieces they are read.

    `name` is what GDAL opens, `shown` what errors name. The centre of the first pixel is at (`lon`, `lat`); the steps
    are degrees per column and per row. A chunk is `chunk_rows` by `chunk_columns` pixels, whole blocks of the file.
    """

    name: str
    shown: str
    lon: float
    lat: float
    lon_step: float
    lat_step: float
    rows: int
    columns: int
    chunk_rows: int
    chunk_columns: int

    @property
    def chunks_across(self) -> int:
        """How many chunks lie side by side."""
        return -(-self.columns // self.chunk_columns)

    def columns_near(self, lon: Floats) -> tuple[Longs, Longs]:
        """First and last column whose centre can be near each longitude; the last before the first where none is."""
        return _reach(lon, self.lon, self.lon_step, self.columns)

    def rows_near(self, lat: Floats) -> tuple[Longs, Longs]:
        """First and last row whose centre can be near each latitude; the last before the first where none is."""
        return _reach(lat, self.lat, self.lat_step, self.rows)


def _reach(at: Floats, first: float, step: float, size: int) -> tuple[Longs, Longs]:
    ends = np.stack([(at - NEAR_DEG - first) / step, (at + NEAR_DEG - first) / step])
    slack = 1e-6  # of a pixel; the distance decides
    low, high = np.ceil(ends.min(axis=0) - slack), np.floor(ends.max(axis=0) + slack)
    return np.maximum(low, 0).astype(np.int64), np.minimum(high, size - 1).astype(np.int64)


def find_rasters(path: Path) -> list[Raster]:
    """The rasters of a GeoTIFF, of a zip archive, or of a folder of both, in the order of their names.

    Raises BadInput, with the file and the cause, for a file that is no GeoTIFF of one band of numbers in EPSG:4326
    with its north up or down, and for two rasters that cover the same area.
    """
    rasters = [describe_raster(*member) for file in raster_files(path) for member in _members(file)]
    _check_overlap(rasters)
    return rasters


def raster_files(path: Path) -> list[Path]:
    """The files of the path, by name: itself, or the files of the folder that end as GeoTIFF or zip files do."""
    files = [path]
    if path.is_dir():
        suffixes = (*TIFF, ZIP)
        files = [
            file for file in sorted(path.iterdir()) if file.name.lower().endswith(suffixes) and file.name[0] not in "._"
        ]
    if not files or not all(file.is_file() for file in files):
        raise BadInput(
            f"{path}: is no GeoTIFF and no folder of .tif or .zip files: set population in the place file to one."
        )
    return files


def _members(file: Path) -> list[tuple[str, str]]:
    """What GDAL opens, and what errors name, of each raster in a file."""
    absolute = str(file.absolute())
    if file.suffix.lower() != ZIP:
        return [(absolute, str(file))]
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(f"{file}: is no zip archive that can be read ({error}): fetch it again.") from error
    tiffs = [name for name in sorted(names) if name.lower().endswith(TIFF) and not name.startswith("__MACOSX/")]
    if not tiffs:
        raise BadInput(
            f"{file}: has no .tif or .tiff file in it: give a zip archive as GHSL publishes it, or a GeoTIFF."
        )
    return [(f"/vsizip/{{{absolute}}}/{name}", f"{file}/{name}") for name in tiffs]


def describe_raster(name: str, shown: str) -> Raster:
    """The raster of a file. Raises BadInput where it is none that can be used."""
    import rasterio  # an expensive import, and only where a raster is named
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(name, driver="GTiff") as file:
                return _checked(file, name, shown)
    except RasterioError as error:
        raise BadInput(f"{shown}: is no GeoTIFF that can be read ({one_line(error)}).") from error


def one_line(error: Exception) -> str:
    """The message of an error, short and on one line; of its cause, where it has one."""
    return " ".join(str(error.__cause__ or error).split())[:200].rstrip(".")


def _checked(file: Any, name: str, shown: str) -> Raster:
    if file.count != 1:
        raise BadInput(
            f"{shown}: has {file.count} bands: give a raster of one band, the number of people in each pixel."
        )
    if "complex" in file.dtypes[0]:
        raise BadInput(f"{shown}: has pixels of type {file.dtypes[0]}: give a raster of population counts.")
    _check_position(file, shown)
    high, wide = file.block_shapes[0]
    block_mb = high * wide * np.dtype(file.dtypes[0]).itemsize / 1e6
    if block_mb > LARGEST_BLOCK_MB:
        raise BadInput(
            f"{shown}: is stored in blocks of {block_mb:,.0f} MB, each to be read whole: rewrite it in tiles "
            "(gdal_translate -co TILED=YES -co BIGTIFF=YES)."
        )
    at = file.transform
    in_cache = max(1, int(CACHE_MB / 2 / max(block_mb, 1e-9)))
    high *= min(-(-CHUNK // high), in_cache)
    wide *= min(-(-CHUNK // wide), max(1, in_cache * file.block_shapes[0][0] // high))
    return Raster(name, shown, at.c + at.a / 2, at.f + at.e / 2, at.a, at.e, file.height, file.width, high, wide)


def _check_position(file: Any, shown: str) -> None:
    """Raises BadInput where the pixels are not at known degrees of longitude and latitude."""
    cure = "give the raster in degrees (EPSG:4326), as GHSL publishes it"
    if file.crs is None:
        raise BadInput(f"{shown}: has no coordinate reference system: {cure}.")
    if file.crs.to_epsg() != 4326 and file.crs.to_authority() != ("OGC", "CRS84"):
        code = ":".join(file.crs.to_authority() or ())
        title = file.crs.to_wkt().partition('"')[2].partition('"')[0]
        raise BadInput(f"{shown}: is not in EPSG:4326 but in {code or 'another system'} ({title}): {cure}.")
    at = file.transform
    if at.b or at.d or at.a <= 0 or at.e == 0 or at.is_identity:
        raise BadInput(f"{shown}: is rotated, mirrored or without a position: {cure}.")
    south, north = sorted((at.f, at.f + at.e * file.height))
    if at.c < -361 or at.c + at.a * file.width > 361 or south < -91 or north > 91:
        raise BadInput(f"{shown}: lies outside the degrees of the globe: {cure}.")
    if max(at.a, abs(at.e)) > 2 * NEAR_DEG:
        raise BadInput(
            f"{shown}: has pixels of {max(at.a, abs(at.e)):g} degrees, too coarse to count within {NEAR_DEG} degrees: "
            "give the raster of 30 or of 3 arc seconds."
        )


def _check_overlap(rasters: list[Raster]) -> None:
    """Raises BadInput where the pixels of two rasters cover the same area, or those of one raster on both its sides."""
    for one, other in combinations_with_replacement(rasters, 2):
        for turn in (-360.0, 0.0, 360.0):
            if one is other and turn == 0:
                continue
            across = _shared(one.lon, one.lon_step, one.columns, other.lon + turn, other.lon_step, other.columns)
            along = _shared(one.lat, one.lat_step, one.rows, other.lat, other.lat_step, other.rows)
            if across and along:
                both = "its two sides" if one is other else f"{other.shown}"
                raise BadInput(f"{one.shown}: covers the same area as {both}: keep one of each area.")


def _shared(first: float, step: float, size: int, other: float, other_step: float, other_size: int) -> bool:
    """Whether two ranges of pixels share more than half a pixel."""
    low, high = sorted((first - step / 2, first + step * (size - 0.5)))
    other_low, other_high = sorted((other - other_step / 2, other + other_step * (other_size - 0.5)))
    return min(high, other_high) - max(low, other_low) > min(abs(step), abs(other_step)) / 2
