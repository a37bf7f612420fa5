"""Depth profiles in the browser: ions over depth, their images, and regions drawn on these."""
