"""Step 3, place: addresses to the places of every document."""
