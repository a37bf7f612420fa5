"""What the command line calls an option, in the page's own words.

Findings and refusals are written for who typed a command. In the page the same thing is set in a
field, or in the recipe with which the page begins; this is the one place that says where.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..recognition import Technique

__all__ = ["FIELDS", "in_recipe", "in_the_page"]


def in_recipe(name: str) -> str:
    """Say that something is set in the recipe with which the page begins."""
    return f"`{name}` in the recipe (`peakwright serve --recipe`)"


EVERYWHERE = {
    "--recipe": "`peakwright serve --recipe`",
    "--library": "`peakwright serve --library`",
}
FIELDS: dict[Technique, dict[str, str]] = {
    "xps": {
        "--charge-shift": "“charge shift”",
        "--charge-reference": "“or by line”",
        "--species": "“add”",
        "--region": "the list of regions",
        "--spectrum": "the list of regions",
        "--sample": "the list of regions",
        "--background": "“background”",
        "--elements": in_recipe("elements"),
        "--statistic": in_recipe("statistic"),
        "--basis": in_recipe("fractions.basis"),
        "--denominator": in_recipe("fractions.denominator"),
        "--sensitivity-set": in_recipe("fractions.sensitivity_set"),
        "--transmission": in_recipe("fractions.transmission"),
        "--split": in_recipe("fractions.split"),
        "--limit": in_recipe("fractions.limit"),
    },
    "xrd": {
        "--phase": "“main phase”",
        "--candidates": in_recipe("candidates"),
        "--radiation": "“radiation”",
        "--elements": "“elements of the sample”",
        "--limit": "“must be seen”",
        "--scan": "“scan”",
        "--instrument": in_recipe("instrument"),
        "--background-file": in_recipe("background_file"),
        "--background": in_recipe("background_file"),
    },
    "tofsims": {
        "--ions": "“ions”",
        "--normalise": "“divided by”",
        "--window": "“judged from, to”",
        "--margin": "“margin”",
        "--elements": "“elements”",
        "--region": "“region”",
        "--half-width": "“half width”",
        "--calibrate": in_recipe("calibrate"),
        "--scale": in_recipe("scale"),
        "--lock": in_recipe("lock"),
        "--background": in_recipe("background"),
        "--overlaps": in_recipe("overlaps"),
        "--field-correction": in_recipe("field_correction"),
        "--raster": in_recipe("raster"),
        "--shots": in_recipe("shots"),
        "--seconds-per-scan": in_recipe("seconds_per_scan"),
        "--dead-time": in_recipe("dead_time_ns"),
    },
}
"""Where the options of each technique's command are set."""
HERE: dict[str, str] = {"`peakwright tofsims render`": "in the page, on the left"}
"""Commands whose answer the page shows anyhow."""
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")


def in_the_page(text: str, technique: Technique) -> str:
    """Give a sentence with the page's words for options of the command line.

    What can be set neither in the page nor in a recipe is said to be the command line's.

    Examples
    --------
    >>> in_the_page("declare one, for instance --charge-shift 0", "xps")
    'declare one, for instance “charge shift” 0'
    >>> in_the_page("name another one with --out", "xps")
    'name another one with --out of the command line'
    >>> in_the_page("`peakwright xps fit --out DIR` writes one", "xps")
    '`peakwright xps fit --out DIR` writes one'
    """
    known = EVERYWHERE | FIELDS[technique]
    parts = re.split(r"(`[^`]*`)", text)  # what is quoted is a command, to be typed as it is
    return "".join(
        HERE.get(part, part)
        if part.startswith("`")
        else OPTION.sub(lambda f: known.get(f[0], f"{f[0]} of the command line"), part)
        for part in parts
    )
