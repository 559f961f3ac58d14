"""Method and place, read from conf/, checked when read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stclusters.economy import UNKNOWN
from stclusters.errors import SettingsError
from stclusters.kinds import check_kind
from stclusters.paths import is_within
from stclusters.stored import schema_name

YearsBefore = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
PlaceName = Annotated[str, Field(pattern=r"^[^,]*[^,\s][^,]*(,[^,]*[^,\s][^,]*)?, *[A-Z]{2}$")]
EconomyCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,31}$")]


class _Settings(BaseModel):
    """Frozen settings that refuse a key they do not know and a value of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Merge(_Settings):
    """Two places, as "City, ECONOMY" or "City, REGION, ECONOMY", whose clusters are to merge or to stay apart."""

    places: tuple[PlaceName, PlaceName]
    merge: bool
    reason: str = Field(min_length=1)

    @field_validator("places", mode="before")
    @classmethod
    def _tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class Limits(_Settings):
    """What stops a release; shares are from 0 to 1, and a count changes by its ratio to that of the edition before."""

    least_located: float = Field(default=0.9, ge=0, le=1)
    most_without_address: float = Field(default=0.1, ge=0, le=1)
    most_elsewhere: float = Field(default=0.05, ge=0, le=1)
    most_count_change: float = Field(default=0.5, ge=0)
    most_share_change: float = Field(default=0.05, ge=0, le=1)


class Method(_Settings):
    """What changes the numbers; conf/method.toml says what each setting means and where its default is from."""

    radius_m: float = Field(ge=1, le=500_000)
    min_weight: float = Field(gt=0, le=1e15)
    author_weight: Literal["equal"] | Annotated[float, Field(gt=0, le=1e6)] = "equal"
    patent_years: YearsBefore
    article_years: YearsBefore
    patent_types: tuple[str, ...] = ()
    article_types: tuple[str, ...] = ()
    longitudes_to_360: bool = False
    coast_tolerance_m: float = Field(default=25_000, ge=0, le=100_000)
    economy_groups: dict[EconomyCode, EconomyCode] = {}
    label_share: float = Field(default=0.01, ge=0, le=1)
    merge_distance_m: float = Field(default=5_000, ge=0, le=50_000)
    merges: tuple[Merge, ...] = ()
    top_clusters: int = Field(default=100, ge=1)
    compared_years: int = Field(default=1, ge=0, le=100)
    bootstrap_replicates: int = Field(default=1_000, ge=0, le=10_000)
    sensitivity_radii_m: tuple[Annotated[float, Field(ge=1, le=500_000)], ...] = ()
    sensitivity_weights: tuple[Annotated[float, Field(gt=0, le=1e6)], ...] = ()
    quality: Limits = Limits()

    @field_validator(
        *("patent_years", "article_years", "patent_types", "article_types", "merges"),
        *("sensitivity_radii_m", "sensitivity_weights"),
        mode="before",
    )
    @classmethod
    def _tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("patent_years", "article_years")
    @classmethod
    def _from_to(cls, years: tuple[int, int]) -> tuple[int, int]:
        if years[0] < years[1]:
            raise ValueError("the first number is the earlier year, so it is the larger one, as in [5, 1]")
        return years

    @field_validator("bootstrap_replicates")
    @classmethod
    def _none_or_enough(cls, replicates: int) -> int:
        if 0 < replicates < 40:
            raise ValueError("an interval of 95 % takes 40 replicates or more; 0 takes none")
        return replicates

    @field_validator("economy_groups")
    @classmethod
    def _in_one_step(cls, groups: dict[str, str]) -> dict[str, str]:
        if UNKNOWN in groups or UNKNOWN in groups.values() or set(groups) & set(groups.values()):
            raise ValueError(f"an economy is put in a group in one step, and {UNKNOWN} is in none")
        return groups

    def window(self, kind: str, edition: int) -> tuple[int, int]:
        """First and last year of the documents of a kind that an edition counts; `BadInput` for an unknown kind.

        >>> Method(radius_m=15000, min_weight=4500, patent_years=(5, 1), article_years=(6, 2)).window("patent", 2024)
        (2019, 2023)
        """
        first, last = {"patent": self.patent_years, "article": self.article_years}[check_kind(kind)]
        return edition - first, edition - last


class _Source(_Settings):
    """Where an input is, and what must be said of it."""

    folder: Path
    name: str
    licence: str
    attribution: str
    redistribute: bool
    note: str = ""

    @field_validator("folder", "institutions", mode="before", check_fields=False)
    @classmethod
    def _path(cls, value: Any) -> Any:
        return Path(value) if isinstance(value, str) and value.strip() else value

    @property
    def places(self) -> tuple[Path, ...]:
        """Every file or folder that is read."""
        return (self.folder,)


class Tables(_Source):
    """A folder of canonical tables."""

    kind: Literal["tables"] = "tables"


class OpenAlex(_Source):
    """A folder of the OpenAlex snapshot; `institutions`: a folder or a file of ROR that has the coordinates instead.

    `include_xpac`: whether works of OpenAlex's expansion pack (`is_xpac`) count.
    """

    kind: Literal["openalex"]
    institutions: Path | None = None
    include_xpac: bool = False

    @property
    def places(self) -> tuple[Path, ...]:
        """Every file or folder that is read."""
        return (self.folder,) if self.institutions is None else (self.folder, self.institutions)


class PatentsView(_Source):
    """A folder of PatentsView's tables; the year that counts, and what wins where a location is far from its city."""

    kind: Literal["patentsview"]
    year_of: Literal["grant", "filing"] = "grant"
    location_conflict: Literal["file", "gazetteer"] = "file"


class GeocodedPatstat(_Source):
    """A folder of PATSTAT's tables and the open geocodes; PATSTAT is licensed: none of its rows may be passed on."""

    kind: Literal["geocoded_patstat"]
    redistribute: Literal[False]


Source = Annotated[Tables | OpenAlex | PatentsView | GeocodedPatstat, Field(discriminator="kind")]


class Place(_Settings):
    """Where inputs and outputs are; the inputs apart, nothing here can change a number.

    `tables` is a folder, or a schema of a catalog as `catalog.schema`.
    """

    tables: str = Field(min_length=1)
    published: Path
    spark_conf: Path | None = None
    population: Path | None = None
    source: Source

    @field_validator("published", "spark_conf", "population", mode="before")
    @classmethod
    def _path(cls, value: Any) -> Any:
        return Path(value) if isinstance(value, str) and value.strip() else value

    @field_validator("published")
    @classmethod
    def _no_address(cls, published: Path) -> Path:
        if ":/" in str(published):
            raise ValueError("is an address: name a folder that the driver sees")
        return published

    @field_validator("source", mode="before")
    @classmethod
    def _tables_unless_told(cls, value: Any) -> Any:
        return {"kind": "tables"} | value if isinstance(value, dict) else value

    @field_validator("tables")
    @classmethod
    def _schema_or_folder(cls, tables: str) -> str:
        if "." in tables and "/" not in tables and schema_name(tables) is None:
            raise ValueError(
                "is neither a schema nor a folder: write catalog.schema without blanks and backquotes, or ./FOLDER"
            )
        return tables

    @property
    def folders(self) -> dict[str, Path]:
        """The folders of the outputs by their keys; `tables` is none where the tables are in a schema."""
        tables = {} if schema_name(self.tables) else {"tables": Path(self.tables)}
        return {**tables, "published": self.published}

    @model_validator(mode="after")
    def _outputs_apart(self) -> Place:
        """Neither holds the other: maintenance removes files among the tables, and published folders are replaced."""
        tables = self.folders.get("tables")
        if tables and (is_within(self.published, tables) or is_within(tables, self.published)):
            raise ValueError(
                f"tables = {str(tables)!r} and published = {str(self.published)!r} are one folder, or one is in the "
                "other: choose two folders apart from each other"
            )
        return self

    @model_validator(mode="after")
    def _inputs_apart_from_outputs(self) -> Place:
        if "://" in self.tables:
            raise ValueError(f"tables = {self.tables!r} is an address: name a folder that every node sees")
        for source in self.source.places:
            for name, output in self.folders.items():
                if is_within(source, output):
                    raise ValueError(
                        f"{name} = {str(output)!r} contains the input {source.resolve()}: choose another folder for it"
                    )
        return self


S = TypeVar("S", bound=_Settings)


def read_method(path: Path) -> Method:
    """The method settings of a TOML file; `SettingsError` names the file and every key that is wrong."""
    return _read(path, Method)


def read_place(path: Path) -> Place:
    """The place settings of a TOML file; `SettingsError` names the file and every key that is wrong."""
    return _read(path, Place)


def _read(path: Path, model: type[S]) -> S:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read ({error.strerror}): name a settings file that is there."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML ({error}): mend that line.") from error
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{path}: {'; '.join(_wrong(item) for item in error.errors())}.") from error


def _wrong(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if not key:  # of several settings, which the sentence names
        return str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "missing":
        return f"{key}: is missing, add it"
    if item["type"] == "union_tag_invalid":
        return f"{key}.kind: is one of {item['ctx']['expected_tags']}, found {item['ctx']['tag']!r}"
    if item["type"] == "extra_forbidden":
        return f"{key}: is not a setting, remove it or mend its name"
    return f"{key}: {item['msg'].removeprefix('Value error, ')}, found {item['input']!r}"[:400]
