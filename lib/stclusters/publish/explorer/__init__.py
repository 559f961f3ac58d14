"""The explorer: one HTML file with ranking, briefs, fields, collaboration, map and method."""
