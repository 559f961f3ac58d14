"""The page of the editions: the newest first, each with its explorer, its quality report and its ranking."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stclusters.publish.files import replaced
from stclusters.publish.folder import published_editions, read_contents
from stclusters.publish.frame import framed, shown

LINKS = {"explorer.html": "Explorer", "quality.html": "Quality report", "ranking.csv": "Ranking (CSV)"}
TITLE = "Science and technology clusters"


def write_index(published: Path) -> None:
    """Writes `index.html` of the editions that are in the folder, unless it is there already."""
    folders = published_editions(published)
    text = framed(TITLE, f"{len(folders)} edition{'' if len(folders) == 1 else 's'}", "".join(map(_section, folders)))
    path = published / "index.html"
    if path.is_file() and path.read_bytes() == text.encode():
        return
    with replaced(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="\n")


def _section(folder: Path) -> str:
    links = [
        f'<a href="{folder.name}/{file}">{label}</a>' for file, label in LINKS.items() if (folder / file).is_file()
    ]
    facts = _facts(read_contents(folder))
    return (
        f'<section><h2>Edition {folder.name}</h2><p class="explain">{shown(facts)}</p>'
        f'<p class="links">{" · ".join(links)}</p></section>\n'
    )


def _facts(contents: Mapping[str, Any]) -> str:
    source, clusters = contents.get("source"), contents.get("clusters")
    name = source.get("name") if isinstance(source, dict) else None
    told = (
        name,
        f"{clusters:,} clusters" if isinstance(clusters, int) else None,
        f"run {contents['run_id']}" if contents.get("run_id") else None,
        f"stclusters {contents['version']}" if contents.get("version") else None,
    )
    return "; ".join(str(each) for each in told if each)
