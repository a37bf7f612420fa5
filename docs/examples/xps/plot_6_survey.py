"""
What is in the sample at all? A survey
======================================

Elements from a survey with fractions and limits, and which of their lines lie in the way of the
core levels that are to be fitted.
"""

# %%
# A survey of a coated electrolyte is made from the library's lines and cross-sections.
import numpy as np

import references
import xps
from references.rounding import plus_minus

library = references.load()
PHOTON = 1486.6
MADE = {"Li": 25, "P": 5, "S": 22, "Cl": 15, "C": 15, "O": 10, "Ga": 4, "In": 4}

energy = np.arange(0.0, 1200.0, 1.0)
rate = np.full(energy.size, 300.0)
for symbol, amount in MADE.items():
    for line in library.element(symbol).lines:
        section = line.section(PHOTON)
        if section is None or line.energy.best > 1190:
            continue
        # Fast electrons come from deeper; those that lost energy are the step behind each line.
        seen = 0.02 * amount * section.value / 1000 * (PHOTON - line.energy.best) ** 0.75 / 100
        apart = (energy - line.energy.best) / 1.0
        rate += 60 * seen * np.exp(-0.5 * apart**2) + 2 * seen / (1 + np.exp(-apart / 2))
counts = np.random.default_rng(5).poisson(20 * rate)
measured = xps.spectrum(
    energy, counts, photon_energy=PHOTON, dwell_time=0.1, scans=1, region="Survey"
)

# %%
found = xps.survey(measured, registry=library)
for one in found.elements:
    share = "" if one.row is None else f"{plus_minus(one.row.estimate.scaled(100))} at%"
    print(f"{one.element:3} {one.standing:9} {share:>16}   {one.level}")

# %%
drawn = xps.survey_figure(found, title="Coated electrolyte", note="synthetic")

# %%
# Before S 2p is fitted, this says what else lies inside its window:
for one in found.overlaps:
    if one.share is not None:
        print(
            f"{one.core_level:6} holds {one.intruder:9} about {100 * one.share:.0f} % of its signal"
        )
