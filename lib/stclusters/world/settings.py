"""The place file and the method file of a synthetic world."""

from __future__ import annotations

import json
from pathlib import Path

from stclusters.errors import SettingsError
from stclusters.world.plan import Plan

PLACE = """\
# A synthetic world: no row of it is of a real document.
# Made by scripts/make_world.py --rows {rows} --seed {seed}{more}
tables = {tables}
published = {published}
spark_conf = "conf/spark.conf"

[source]
folder = {folder}
name = "Calibrated world (synthetic)"
licence = "CC BY 4.0"
attribution = "Synthetic; places by GeoNames (CC BY 4.0), cluster outputs after the GII 2024"
redistribute = true
note = "Synthetic: every row is made up. Clusters follow the published table of 2024, the rest follows population."
"""


def write_settings(plan: Plan, out: Path, project: Path) -> None:
    """Writes `place.toml` and `method.toml` into the folder of a world; the input is its folder `input`."""
    folder = out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: json.dumps(str(folder / part)) for name, part in _PARTS.items()}
    more = (" --year-before" if plan.year_before else "") + (f" --skew {plan.skew}" if plan.skew else "")
    place = PLACE.format(rows=plan.rows, seed=plan.seed, more=more, **paths)
    (folder / "place.toml").write_text(place, encoding="utf-8")
    (folder / "method.toml").write_text(scaled_method(plan, project / "conf" / "method.toml"), encoding="utf-8")


_PARTS = {"tables": "tables", "published": "published", "folder": "input"}


def scaled_method(plan: Plan, method: Path) -> str:
    """The text of the method file with `min_weight` in proportion to the rows of the world."""
    lines = method.read_text(encoding="utf-8").splitlines()
    at = [number for number, line in enumerate(lines) if line.startswith("min_weight")]
    if len(at) != 1:
        raise SettingsError(f"{method}: has no line min_weight = ...: name a method file that has one.")
    lines[at[0]] = f"min_weight = {plan.threshold}  # the published 4,500 in proportion to {plan.rows:,} rows"
    return "\n".join(lines) + "\n"
