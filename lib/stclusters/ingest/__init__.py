"""Step 1, ingest: sources to addresses, documents and fields, and to rejects with a reason."""
