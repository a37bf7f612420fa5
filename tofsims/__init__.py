"""TOF-SIMS: ion events -> cube -> depth profile, uniformity."""
