"""
An image, and the profile of a region
=====================================

Gallium chloride is richer in a buried disc. The test of the field finds it, the image shows it,
and a region drawn on the image has a profile of its own.
"""

import tofsims
from references.ion import ion
from tofsims.region import disc

run = tofsims.example()
ions = [ion(name) for name in ("Cl-", "GaCl-")]
made = tofsims.reduce_events(run, ions, with_cube=True)
found = tofsims.check(made.profile, slices=made.slices)
for one in found.fields:
    print(one.sentence())

# %%
# Blocks of 4 x 4 pixels over the scans in which the disc lies, and the region that was drawn on
# them. Its profile comes from the same cube; divided by Cl-, which is even, it is free of what the
# beam did.
import matplotlib.pyplot as plt
from matplotlib.patches import Circle

from references.plot import PALETTE, STYLE

cube = made.counted.cube
region = disc(run.raster, x=38, y=29, radius=14)
buried = cube["counts"].sel(ion="GaCl-").isel(scan=slice(40, 80)).sum("scan")

plt.rcParams.update(STYLE)
drawn, (image, profiles) = plt.subplots(1, 2, figsize=(7, 2.7), layout="constrained")
shown = image.imshow(buried.coarsen(x=4, y=4).sum(), origin="lower", extent=(0, 64, 0, 64))
image.add_patch(Circle((38, 29), 14, fill=False, edgecolor="white", linewidth=1.2))
image.set(xlabel="x / pixels", ylabel="y / pixels", title="GaCl$^-$, 200 to 400 s")
drawn.colorbar(shown, ax=image, label="counts a block")

for i, (name, inside) in enumerate((("disc", region), ("outside", ~region))):
    profile = tofsims.profile_of_cube(cube, inside)
    gallium, chlorine = (tofsims.of_ion(profile, ion)["corrected"] for ion in ("GaCl-", "Cl-"))
    profiles.plot(profile["sputter_time"], gallium / chlorine, lw=1, color=PALETTE[i], label=name)
profiles.set(xlabel="sputter time / s", ylabel="GaCl$^-$ / Cl$^-$", ylim=(0, 0.13))
profiles.legend()
