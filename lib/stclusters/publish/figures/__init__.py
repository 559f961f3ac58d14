"""Pictures for reports: SVG and PNG of what the explorer shows."""

NAMES = ("clusters_map", "first_clusters", "top_fields", "foreign_collaboration", "links_map")
FILES = {f"figures/{name}.{kind}" for name in NAMES for kind in ("svg", "png")}
