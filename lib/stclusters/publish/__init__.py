"""Step 6, publish: result tables to CSV, GeoParquet and a page."""
