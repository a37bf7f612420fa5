"""XPS: spectra, envelopes, fits."""
