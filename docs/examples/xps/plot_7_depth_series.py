"""
A depth profile of spectra
==========================

One recipe over all spectra of an etch series, each with the uncertainty budget of a single fit.
"""

# %%
# Twelve spectra in which Li3P fades are made of one fit and new counts. The engine is compiled the
# first time it is used on a machine, which takes a minute; from then on a spectrum takes
# milliseconds, and a map of ten thousand half a minute.
import numpy as np
import xarray as xr

import xps

recipe = xps.envelope("P 2p", ["PS4", "Li3P"])
one = xps.example("P 2p")
first = xps.fit(one, recipe)
curves = first.curves
li3p = sum(curves.lines[i] for i, line in enumerate(first.lines) if line.component == "Li3P")

etched = np.arange(12) * 30.0
left = 2.0 * np.exp(-etched / 120)
random = np.random.default_rng(3)
counts = xr.DataArray(
    [random.poisson(curves.envelope + (share - 1) * li3p) for share in left],
    dims=("etch_time", "binding_energy"),
    coords={
        "etch_time": ("etch_time", etched, {"units": "s"}),
        "binding_energy": ("binding_energy", curves.energy, {"units": "eV"}),
    },
    name="counts",
)

# %%
# Your own: ``xps.stack(xps.read("FILE.vms").spectra)``, or any array of counts.
series = xps.fit_series(counts, recipe)
for time in etched[::3]:
    here = 100 * series.sel(etch_time=time, species="Li3P")
    low, high = float(here["fraction_low"]), float(here["fraction_high"])
    span = f"{low:.1f} .. {high:.1f}" if np.isfinite(low) else f"< {high:.1f}"  # an upper limit
    print(f"{time:4.0f} s  {float(here['fraction']):5.2f} %, 95 %: {span} %")

# %%
drawn = xps.profile_figure(series, title="P 2p", note="synthetic")
