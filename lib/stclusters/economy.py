"""The word for an economy that nothing tells."""

UNKNOWN = "UNKNOWN"  # an economy of its own: never foreign and never domestic
