"""
Did it fall? Two samples
========================

InCl3 before and after cycling, with the probability that it fell. What both samples share, such as
the asymmetry of the metal's line, cancels in the difference.
"""

# %%
# The second sample is made of the fit of the first: 15 % less InCl3, and new counts.
import numpy as np

import xps

recipe = xps.envelope("In 3d", ["In0", "InCl3"])
before = xps.example("In 3d")
first = xps.fit(before, recipe)

curves = first.curves
chloride = sum(curves.lines[i] for i, line in enumerate(first.lines) if line.component == "InCl3")
counts = np.random.default_rng(7).poisson(curves.envelope - 0.15 * chloride)
after = xps.spectrum(curves.energy, counts, dwell_time=0.1, scans=20, photon_energy=1486.6)
second = xps.fit(after, recipe)

# %%
found = xps.compare([first.fractions], [second.fractions])
for one in found.differences:
    print(
        f"{one.subject:5} {100 * one.value:+.1f} ± {100 * one.u:.1f} %, "
        f"95 %: {100 * one.low:+.1f} .. {100 * one.high:+.1f} %; "
        f"fell with probability {one.fell:.3g}; "
        f"{100 * one.detectable:.1f} % would have been found"
    )
for finding in found.findings:
    print(f"{finding.severity}: {finding.message}")

# %%
drawn = xps.comparison_figure(found.differences, names=("before", "after"), title="In 3d")

# %%
# The standard uncertainty of the difference is smaller than that of two independent numbers:
for one in found.differences:
    apart = np.hypot(one.a.u, one.b.u)
    print(f"{one.subject}: {100 * one.u:.2f} % against {100 * apart:.2f} %")
