"""
Mass fractions of a mixture
===========================

Three phases refined together; each fraction with the parts of its uncertainty.
"""

import references
import xrd
from references.rounding import interval, plus_minus

library = references.load()
phases = [xrd.structure(library.phase(name)) for name in ("Li6PS5Cl", "LiCl", "Li2S")]
# Your own: xrd.structure("FILE.cif"), and xrd.read("FILE.xy").patterns[0].
found = xrd.quantify(
    xrd.example("unannealed"), phases, instrument=xrd.Instrument(radiation="Cu Ka")
)

print(found.assessment, f"R_wp {found.refinement.r_wp:.3f}")
for part in found.parts:
    percent = part.fraction.scaled(100)
    shares = ", ".join(f"{name} {u:.2f}" for name, u in percent.u_parts.to_dict().items())
    print(f"{part.name:9} {plus_minus(percent):>14} %   95 %: {interval(percent)}   ({shares})")

# %%
# The pattern of three percent looks like nothing beside the rest; the intensities are drawn as
# their square root.
drawn = xrd.pattern_figure(found.refinement, title="Mixture", note="synthetic")

# %%
# What these numbers do not hold: a glass has no lines. With a weighed internal standard,
# ``xrd.quantify(..., standard=xrd.Standard(name="Al2O3", fraction=0.1))`` tells its mass too.
print(f"{len(found.findings)} findings to review")
