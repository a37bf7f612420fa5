"""XRD: patterns, phases, verdicts."""
