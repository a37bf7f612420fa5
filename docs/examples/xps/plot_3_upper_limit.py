"""
Is a species there? How much could hide
=======================================

Elemental phosphorus is asked for in P 2p, where none was put: the answer is an upper limit.
"""

import xps
from references import Kind
from references.rounding import interval, plus_minus

spectrum = xps.example("P 2p")
result = xps.fit(spectrum, xps.envelope("P 2p", ["PS4", "Li3P", "P0"]))

for row in result.fractions:
    percent = row.estimate.scaled(100)
    said = "at most, with 95 % confidence" if percent.kind is Kind.UPPER_LIMIT else "is there"
    print(f"{row.subject:5} {plus_minus(percent):>14} %   {interval(percent):>13} %   {said}")

# %%
# The limit is the upper end of the 95 % interval, taken along the likelihood, and it holds every
# part of u. In the figure the limit stands in the legend in place of a value.
drawn = xps.figure(result, title="P 2p", note="synthetic; P0 was asked for and is not in it")

# %%
# On the command line: ``peakwright xps fit FILE --region "P 2p" --species PS4,Li3P --limit P0``.
