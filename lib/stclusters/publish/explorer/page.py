"""The page: its data put into the asset that explorer/ builds, safely; and the first page that leads to it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from stclusters.publish.files import replaced

MARK = "{{data}}"
FIRST_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'">
<meta http-equiv="refresh" content="0; url=explorer.html">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Science and technology clusters</title>
</head>
<body><main><h1>Science and technology clusters</h1><p><a href="explorer.html">Open the explorer</a></p></main></body>
</html>
"""


def write_explorer(path: Path, data: Mapping[str, object]) -> None:
    """One self-contained page at `path`, which it replaces, of the data that `explorer_data` gives."""
    with replaced(path) as unfinished:
        unfinished.write_text(page_text(data), encoding="utf-8", newline="\n")


def write_first_page(path: Path) -> None:
    """A page at `path`, which it replaces, that leads to explorer.html beside it."""
    with replaced(path) as unfinished:
        unfinished.write_text(FIRST_PAGE, encoding="utf-8", newline="\n")


def page_text(data: Mapping[str, object]) -> str:
    """The page of its data. The asset holds style, script and the policy that lets only these two run."""
    asset = (files("stclusters.publish") / "explorer" / "explorer.html").read_text(encoding="utf-8")
    before, _, after = asset.partition(MARK)  # once: the data are not searched
    return before + escaped_json(data) + after


def escaped_json(data: object) -> str:
    r"""JSON that stands safely in a `<script>` element: no `<`, `>`, `&`, U+2028 or U+2029 in it.

    >>> escaped_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda sign: f"\\u{ord(sign.group()):04x}", text)
