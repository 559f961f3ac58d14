"""The frame of a page without a script: head, policy and style, which needs no network."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files

LONGEST = 160  # characters of a text on a page


def framed(title: str, subtitle: str, body: str) -> str:
    """The page of a body, which is HTML; title and subtitle are texts. Only the page's own style is let in."""
    style = (files("stclusters.publish") / "frame.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{shown(title)}</h1><p>{shown(subtitle)}</p></header>\n"
        f"<main>\n{body}</main>\n</body>\n</html>\n"
    )


def shown(text: str) -> str:
    """A text as HTML: escaped, cut at 160 characters, and kept from turning the direction of what is around it.

    >>> shown("<b>")
    '<bdi>&lt;b&gt;</bdi>'
    """
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f"<bdi>{escape(short)}</bdi>"
