"""
How much of another phase could hide?
=====================================

Detection limits and upper limits of every candidate in a pattern that looks single-phase.
"""

import xrd

found = xrd.check(xrd.example("annealed"), "Li6PS5Cl")
print(found.sentence)

# %%
# ``upper_limit``: with 95 % confidence there is less. ``detection``: what would have been seen in
# 95 of 100 such patterns, with lines as wide as the main phase's; ``detection_broad``, with lines
# three times as wide, as small crystallites have.
for phase in found.phases:
    if phase.limits is not None:
        print(
            f"{phase.name:8} {phase.presence:13} at most {100 * phase.upper_limit:5.2f} %, "
            f"seen from {100 * phase.limits.detection:5.2f} %, "
            f"broad from {100 * phase.limits.detection_broad:5.2f} %"
        )

# %%
drawn = xrd.limits_figure(found, title="Annealed", note="synthetic")

# %%
# Phases of this chemistry without a known structure cannot be tested, and the verdict says so:
untested = [phase.name for phase in found.phases if phase.presence == "not_tested"]
print(f"{len(untested)} not tested: {', '.join(untested)}")
