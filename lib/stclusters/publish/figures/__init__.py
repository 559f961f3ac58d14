"""Pictures for reports: SVG and PNG of what the explorer shows."""
