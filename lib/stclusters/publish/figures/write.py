"""The pictures of one edition, written to a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stclusters.publish.figures import NAMES
from stclusters.publish.figures.charts import first_bars, foreign_shares, top_fields
from stclusters.publish.figures.maps import links_map, world_map
from stclusters.publish.figures.style import style, write
from stclusters.publish.files import remove


def write_figures(folder: Path, data: Mapping[str, Any]) -> list[str]:
    """SVG and PNG files in the folder, of the data that `explorer_data` gives; the names of the files.

    A picture for which the data have nothing is not there, nor one of an earlier run. Equal data give equal bytes.
    """
    clusters = [dict(zip(data["clusters"]["columns"], row, strict=True)) for row in data["clusters"]["rows"]]
    written = []
    with style():
        for name in NAMES:
            made = PICTURES[name](data, clusters) if clusters else None
            if made:
                written += write(made, folder, name)
            else:
                for kind in ("svg", "png"):
                    remove(folder / f"{name}.{kind}")
    return written


PICTURES = {
    "clusters_map": world_map,
    "first_clusters": first_bars,
    "top_fields": lambda data, _: top_fields(data),
    "foreign_collaboration": foreign_shares,
    "links_map": links_map,
}
