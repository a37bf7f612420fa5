"""Powder patterns in the browser: phases on and off, candidates with their limits, the verdict."""
