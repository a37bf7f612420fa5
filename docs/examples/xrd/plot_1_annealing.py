"""
Is this powder one phase? Before and after annealing
====================================================

A verdict in words, what was seen, and below which amount nothing could have been seen. Without
``candidates`` all phases of the library are asked for.
"""

import references
import xrd

library = references.load()
candidates = [library.phase(name) for name in ("LiCl", "Li2S", "Li3P", "Li3PO4", "Li7PS6")]
measured = xrd.example("unannealed")  # your own: xrd.read("FILE.xrdml").patterns[0]
before = xrd.check(measured, "Li6PS5Cl", candidates=candidates)
print(before.verdict)
print(before.sentence)

# %%
drawn = xrd.purity_figure(before, title="Before annealing", note="synthetic")

# %%
# And after. What appeared and what went is told with its uncertainty: what is assumed of the
# structures is the same in both patterns and cancels.
after = xrd.check(xrd.example("annealed"), "Li6PS5Cl", candidates=candidates)
print(after.verdict)
print(after.sentence)

found = xrd.compare(before, after)
print(found.sentence)
for one in found.changes:
    if one.change not in {"not_seen", "unchanged"}:
        print(f"{one.name:9} {one.change:10} {100 * one.difference:+.2f} ± {100 * one.u:.2f} %")

# %%
# The lines by which the second phases were seen, close up:
zoomed = xrd.zoom_figure(before, title="Before annealing", note="synthetic")
