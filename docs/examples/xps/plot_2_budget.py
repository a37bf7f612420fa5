"""
Fractions, and where their uncertainty comes from
=================================================

A fraction of P 2p with its 95 % interval, and the parts of its standard uncertainty.
"""

import matplotlib.pyplot as plt

import xps
from references.plot import INK, PALETTE, STYLE
from references.rounding import interval, plus_minus

spectrum = xps.example("P 2p")  # your own: xps.read("FILE.vms").spectra
result = xps.fit(spectrum, xps.envelope("P 2p", ["PS4", "Li3P"]))

for row in result.fractions:
    percent = row.estimate.scaled(100)
    print(
        f"{row.subject:5} {plus_minus(percent):>14} %   95 %: {interval(percent):>13} %   "
        f"({row.basis} {row.denominator}, {percent.kind})"
    )

# %%
# The parts add up in quadrature. ``counting`` is all that a longer measurement would lower;
# ``constraints`` is what the library does not know better.
li3p = next(row for row in result.fractions if row.subject == "Li3P").estimate.scaled(100)
parts = li3p.u_parts.to_dict()
print(f"u = {li3p.u:.2f} %:", ", ".join(f"{name} {u:.2f}" for name, u in parts.items()))

# %%
plt.rcParams.update(STYLE)
drawn, axes = plt.subplots(figsize=(3.5, 1.6), layout="constrained")
axes.barh(list(parts), list(parts.values()), color=PALETTE[0], height=0.6)
axes.axvline(li3p.u, color=INK, linewidth=0.8)
axes.text(li3p.u, 3, " all parts", va="center")
axes.set(xlabel="standard uncertainty of Li3P / % of P 2p", xlim=(0, 1.3 * li3p.u))
axes.invert_yaxis()
axes.tick_params(axis="y", which="both", length=0)

# %%
# And what each input that other samples share would move, if it were one standard uncertainty
# higher: these cancel when two samples are compared.
for given in li3p.contributions:
    print(f"{given.source:32} {given.shift:+.3f} %")
