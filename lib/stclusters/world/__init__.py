"""A synthetic world of addresses, calibrated to the published ranking of 2024."""
