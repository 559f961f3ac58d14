"""Step 2, cluster: addresses to points, labels and clusters."""
