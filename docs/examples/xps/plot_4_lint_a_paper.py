"""
What is impossible in a table from a paper
==========================================

Positions typed from a publication, reviewed by the rules that also judge our own fits.
"""

# %%
# The table is what a paper's supporting information prints (this one is made up, with faults that
# are common). ``peakwright xps lint TABLE.csv`` reads such a file from the command line.
import references
from references import Severity
from xps.claims_table import from_table
from xps.io.claims_table import parse_claims_table
from xps.lint import review

TABLE = """\
core_level,species,line,position_eV,fwhm_eV,energy_reference
S 2p,PS4^3-,2p3/2,161.72,1.10,C 1s 284.8
S 2p,PS4^3-,2p1/2,162.91,1.10,C 1s 284.8
S 2p,Li2S,2p3/2,160.53,0.98,C 1s 284.8
S 2p,Li2S,2p1/2,161.95,1.62,C 1s 284.8
Cl 1s,LiCl,,198.88,1.30,C 1s 284.8
In 3d,In metal,3d5/2,445.90,1.20,C 1s 284.8
"""

library = references.load()
# Your own: read_claims_table("TABLE.csv").
table = parse_claims_table("table.csv", TABLE.encode())
claims = from_table(table, library, elements=["Li", "P", "S", "Cl", "In"])

findings = review(claims, library)
for finding in findings:
    if finding.severity is Severity.ERROR:
        print(f"{finding.subject}: {finding.reported}; known: {finding.reference}")
        print(f"    {finding.message} [{finding.rule}]\n")

# %%
# Beside what cannot be as stated there is what somebody should look at. Each rule's threshold, and
# where it comes from, has its paragraph in :doc:`/rules`.
for finding in findings:
    if finding.severity is Severity.WARNING:
        print(f"{finding.subject} [{finding.rule}]")

# %%
# Where the stated lines lie, and where the library knows the species they are said to be:
import matplotlib.pyplot as plt

from references.plot import INK, PALETTE, STYLE

plt.rcParams.update(STYLE)
stated = [line for line in claims.lines if line.species and not line.minor]
drawn, axes = plt.subplots(figsize=(3.5, 1.7), layout="constrained")
for i, line in enumerate(stated):
    known = library.line(line.level.symbol, line.species).energy
    span = [known.low - known.best, known.high - known.best]
    axes.plot(span, [i, i], lw=7, color=PALETTE[5], alpha=0.4)
    axes.plot(line.position.value - known.best, i, "o", color=PALETTE[1], ms=4)
axes.axvline(0, color=INK, lw=0.7)
axes.set_yticks(range(len(stated)), [f"{line.label} {line.name}" for line in stated])
axes.set(xlabel="stated - known binding energy / eV", ylim=(-0.6, len(stated) - 0.4))
axes.invert_yaxis()
axes.tick_params(axis="y", which="both", length=0)
