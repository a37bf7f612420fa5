"""
What the techniques say of each species
=======================================

XPS, TOF-SIMS and XRD of one sample in one table: present, compatible, below a limit, undecided, or
not to be seen, and a finding where they contradict each other.
"""

# %%
# Three files of one sample, each with its recipe. The jobs are those of ``peakwright xps fit``,
# ``xrd check`` and ``tofsims profile``; ``peakwright batch`` runs them over many files.
import tempfile
from pathlib import Path

import references
import tofsims
import xps
import xrd
from peakwright.agreement import agree
from peakwright.jobs.tofsims.profile import ProfileJob
from peakwright.jobs.xps.fit import FitJob
from peakwright.jobs.xrd.check import CheckJob
from tofsims.recipe import Recipe as Ions
from xrd.recipe import Recipe as Powder

library = references.load()
spectra = xps.Recipe(
    charge=(xps.Charge(shift=0.32, u=0.1),),
    envelope=(
        xps.envelope("P 2p", ["PS4", "Li3P"]),
        xps.envelope("Cl 2p", ["LiCl"]),
    ),
)
powder = Powder(candidates=("LiCl", "Li2S", "Li3P"), instrument=xrd.Instrument(radiation="Cu Ka"))
ions = Ions(ions=("Cl-", "PS3-", "GaCl-", "In-"))

with tempfile.TemporaryDirectory() as made:
    folder = Path(made)
    pattern = folder / "powder.xy"
    pattern.write_text(xrd.xy_text(xrd.example("unannealed")))
    run = tofsims.write_itm(folder / "layer.itm", tofsims.example(side=32, scans=60))
    results = {
        "xps": FitJob.of_recipe(spectra).run(Path(xps.example_path()), library).document,
        "xrd": CheckJob(recipe=powder).run(pattern, library).document,
        "tofsims": ProfileJob(recipe=ions).run(run, library).document,
    }

found = agree(results, library)

# %%
TECHNIQUES = "xps", "tofsims", "xrd"
print(f"{'':12}" + "".join(f"{technique:15}" for technique in TECHNIQUES))
for species in found.species:
    said = [{str(one.says) for one in found.of(species, which)} for which in TECHNIQUES]
    print(f"{species:12}" + "".join(f"{', '.join(sorted(words)) or '-':15}" for words in said))

# %%
# Why, with the numbers it rests on:
for one in found.of("LiCl"):
    print(f"{one.technique}: {one.says}, by {one.by or '-'}; {one.why}")

# %%
# And where they contradict each other, given what each of them can see:
for finding in found.findings:
    print(f"{finding.severity} [{finding.rule}] {finding.subject}: {finding.message}")

# %%
# The same as a figure. ``peakwright report FOLDER`` writes the whole as one page.
import matplotlib.pyplot as plt

from references.plot import STYLE

COLOURS = {
    "present": "#0072B2",
    "compatible": "#56B4E9",
    "below limit": "#E69F00",
    "undecided": "#bbbbbb",
    "cannot see": "#eeeeee",
}
plt.rcParams.update(STYLE)
drawn, axes = plt.subplots(figsize=(3.5, 0.6 + 0.17 * len(found.species)), layout="constrained")
for row, species in enumerate(found.species):
    for column, technique in enumerate(TECHNIQUES):
        for one in found.of(species, technique)[:1]:
            axes.barh(row, 0.94, 0.86, left=column, color=COLOURS[one.says])
for says, colour in COLOURS.items():
    axes.barh(0, 0, color=colour, label=says)
axes.set_yticks(range(len(found.species)), found.species)
axes.set_xticks([0.47, 1.47, 2.47], ["XPS", "TOF-SIMS", "XRD"])
axes.tick_params(which="both", length=0)
axes.minorticks_off()
axes.set(xlim=(0, 3), ylim=(len(found.species) - 0.4, -0.6))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1)
