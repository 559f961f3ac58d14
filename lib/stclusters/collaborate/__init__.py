"""Step 5, collaborate: places to foreign collaboration and links."""
