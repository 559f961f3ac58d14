"""Who must be named with what is published: the source, and the data that the package ships."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from stclusters.publish.files import replaced
from stclusters.settings import Source

MAY = "Its rows may be passed on under that licence."
MAY_NOT = "Its rows may not be passed on: nothing here is a row of it, nor the coordinate of one."


def write_attribution(path: Path, source: Source) -> None:
    """Writes a text file with the licence and attribution of the source, and the notice of the shipped data."""
    shipped = files("stclusters").joinpath("data", "NOTICE").read_text(encoding="utf-8")
    told = [
        "Whoever passes these files on names:",
        f"{source.name}\n    Licence: {source.licence}\n    Attribution: {source.attribution}",
        *([f"    {source.note}"] if source.note else []),
        f"    {MAY if source.redistribute else MAY_NOT}",
    ]
    with replaced(path) as unfinished:
        unfinished.write_text("\n".join(told) + "\n\n" + shipped, encoding="utf-8")
