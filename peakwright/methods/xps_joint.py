"""What regions that were fitted as one model share, from the document of ``xps joint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .given import estimate, finite, items, part, text
from .prose import listed, plus_minus, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["sentences"]

FITTED = {
    "charge_shift": ("a common charge shift", "eV", 1.0),
    "sensitivity_error": ("the error of the sensitivity factor", "%", 100.0),
}


def sentences(document: Mapping[str, Any]) -> list[str]:
    """Give the sentences on ties between regions; none for fits of single regions."""
    if "shared" not in document:
        return []
    recipe = part(document, "recipe")
    proportions = [_proportion(one) for one in items(recipe, "stoichiometry")]
    used = text(part(recipe, "sensitivity"), "set_name")
    found = [
        sentence(
            f"areas were tied by composition with the sensitivity factors of the set {used}:",
            "; ".join(proportions),
        )
        if proportions
        else "",
    ]
    told: list[str] = []
    for row in items(document, "shared"):
        quantity = text(row, "quantity")
        name, unit, factor = FITTED.get(quantity, (quantity.replace("_", " "), "", 1.0))
        value = estimate(row)
        if value is not None:
            size = plus_minus(value.scaled(factor))
            told.append(f"{name} of {text(row, 'subject')} ({size} {unit})".replace(" )", ")"))
    if told:
        verb = "was" if len(told) == 1 else "were"
        found.append(sentence(f"fitted with the lines {verb} {listed(told)}"))
    return found


def _proportion(given: Mapping[str, Any]) -> str:
    """A composition: parts with their numbers, held or known with an uncertainty."""
    parts = [
        f"{value:g} {name}"
        for name, told in part(given, "parts").items()
        if (value := finite(told)) is not None
    ]
    u = finite(given.get("u"))
    soft = text(given, "strength") == "soft"
    how = f"known to {100 * u:.2g} %" if soft and u else "held" if not soft else "softly"
    whole = text(given, "species")
    return f"{' to '.join(parts) or whole} ({how})"
