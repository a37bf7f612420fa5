"""
Is an ion uniform through the layer?
====================================

Depth profiles with the error bars of a counter with a dead time, and for each ion an interval of
its change: uniform within a margin, drifting, or not to be told.
"""

import tofsims
from references.ion import ion

run = tofsims.example()  # your own: tofsims.read("RUN.itm").runs[0]
ions = [ion(name) for name in ("Li-", "Cl-", "S-", "InCl-", "Ga-", "In-")]
made = tofsims.reduce_events(run, ions)
found = tofsims.check(made.profile, slices=made.slices, calibration=made.calibration)

for one in found.trends:
    print(one.sentence())

# %%
# Grey is the start of sputtering, which is not judged.
drawn = tofsims.profile_figure(found, title="Interlayer", note="synthetic")

# %%
# The whole interval has to lie within the grey margin to be called uniform.
trend = tofsims.trend_figure(found, title="Interlayer", note="synthetic")

# %%
# The mass scale was made anew from known ions, each left out once. What is taken for PO3- lies
# 97 ppm beside it: it is LiCl2- with one 37Cl, for there is no phosphate in the sample.
for known in made.calibration.anchors:
    print(f"{known.ion:7} m/z {known.mz:9.4f}  {known.left_out_ppm:+7.1f} ppm by the others")
