"""The quality of an edition: what is measured, what stops a release, and the page that says so."""
