"""Step 4, rank: places to fractional counts, scores, ranks and fields."""
