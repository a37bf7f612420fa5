"""TOF-SIMS: ion events, profiles, uniformity."""
