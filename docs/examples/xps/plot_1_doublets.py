"""
S 2p with constrained doublets
==============================

Two sulfur species, each a doublet whose splitting and area ratio are known, and Ga 3s below them.
"""

# %%
# The spectrum is put on the scale of adventitious carbon: C 1s is fitted, and what it is off by is
# added to every region. In a sample with gallium its own level says how large Ga 3s may be, so both
# regions go into one sample.
import references
import xps
from references.rounding import plus_minus

library = references.load()
spectra = xps.read(xps.example_path()).spectra  # your own: xps.read("FILE.vms").spectra


def region(core_level):
    return xps.find_region(spectra, core_level)[0]


carbon = xps.fit(region("C 1s"), xps.envelope("C 1s", ["C-C", "C-O", "Li2CO3"]))
scale = xps.by_line(carbon, "C-C", library)
print(f"{scale.how}: shift {scale.shift:+.2f} eV, u {scale.u:.2f} eV")

# %%
# The recipe names the species; windows, splittings, ratios and widths come from the library with
# their uncertainties.
work = [
    (xps.calibrate(region("Ga 2p"), scale), xps.envelope("Ga 2p", ["Ga0", "GaCl3"])),
    (
        xps.calibrate(region("S 2p"), scale),
        xps.envelope("S 2p", ["PS4", "Li2S"], elements=["Ga"]),
    ),
]
gallium, sulfur = xps.fit_sample(work, library)

print(sulfur.assessment, f"reduced chi2 {sulfur.chi2_reduced:.2f}")
for line in sulfur.lines:
    print(
        f"{line.component:6} {line.line:8} "
        f"{plus_minus(line.position):>18} eV  fwhm {plus_minus(line.fwhm)} eV"
    )

# %%
# The figure has the size of a journal's column. ``drawn.savefig("s2p.svg")`` keeps it.
drawn = xps.figure(sulfur, title="S 2p", note="synthetic")

# %%
# What to review before it is published:
for finding in sulfur.findings:
    print(f"{finding.severity}: {finding.message}\n")
