"""Which ions of the sample's elements could lie in a window, and which the peaks here tell apart.

Each ion's neighbours by mass (:mod:`tofsims.interferences`) against the width that peaks of the
measurement have. Isotopologues of the ion itself are none of them: they are its isotope pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from references.ion import ion
from references.words import InputError

from .interferences import interferences
from .isotopes import families

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr

    from references.ion import Ion

    from .masscal import Calibration

__all__ = ["Neighbour", "neighbours", "table_of"]

COLUMNS: tuple[str, ...] = (
    "ion", "interferent", "dm_mu", "needs", "measured", "resolved", "guard", "atoms", "fraction",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """An ion that could be counted as another.

    Attributes
    ----------
    ion, interferent : str
    apart : float
        m/z of the interferent less the ion's [u].
    needs : float
        Mass resolution that tells two equal peaks apart,
    measured : float or None
        and that of the peaks here; ``None`` where no peak was measured.
    guard : tuple of str
        Other isotopologues of the ion in the profile, whose ratio would give it away.
    atoms : int
        Of the interferent.
    fraction : float
        Natural fraction of its isotopes.
    """

    ion: str
    interferent: str
    apart: float
    needs: float
    measured: float | None
    guard: tuple[str, ...]
    atoms: int
    fraction: float

    @property
    def is_resolved(self) -> bool | None:
        """Whether it is told apart here; ``None`` where no peak was measured."""
        return None if self.measured is None else self.measured >= self.needs

    def to_dict(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        values = (
            self.ion, self.interferent, 1000.0 * self.apart, self.needs, self.measured,
            self.is_resolved, " ".join(self.guard) or None, self.atoms, self.fraction,
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))


def neighbours(
    profile: xr.Dataset,
    asked: Iterable[str],
    elements: Sequence[str],
    calibration: Calibration | None = None,
) -> tuple[Neighbour, ...]:
    """List what could lie beside ions of a profile.

    Parameters
    ----------
    profile : Dataset
        All its ions; their isotopologues are guards.
    asked : iterable of str
        Ions of which it is listed; what is no single ion is passed over.
    elements : sequence of str
        In the sample and on it; without any there is no list.
    calibration : Calibration, optional
        Whose peaks tell the mass resolution.

    Returns
    -------
    tuple of Neighbour
        Ion by ion, the hardest to tell apart first.

    Raises
    ------
    InputError
        If an element is none, or there are too many.

    Examples
    --------
    >>> from tofsims import depth_profile
    >>> made = depth_profile(["Ga-", "[71Ga]-"], [[9.0], [6.0]])
    >>> found = neighbours(made, ["Ga-"], ["S", "Cl"])
    >>> found[1].interferent, round(1000 * found[1].apart, 2), found[1].guard
    ('[37Cl][32S]', 12.4, ('[71Ga]-',))
    """
    if not elements:
        return ()
    names = [str(name) for name in profile["ion"].values]
    guards = {
        names[i]: tuple(names[k] for k in rows if k != i)
        for rows in families(profile)
        for i in rows
    }
    found: list[Neighbour] = []
    for name in asked:
        known = _known(name)
        if known is None:
            continue
        measured = None if calibration is None else known.mz / float(calibration.fwhm(known.mz))
        found += [
            Neighbour(
                ion=name,
                interferent=one.ion,
                apart=one.apart,
                needs=one.resolution,
                measured=measured,
                guard=guards.get(name, ()),
                atoms=one.atoms,
                fraction=one.fraction,
            )
            for one in interferences(known, elements)
            if not one.is_isotopologue
        ]
    return tuple(found)


def table_of(found: Iterable[Neighbour]) -> str:
    """Write the list as a table with commas."""
    import csv
    import io

    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for one in found:
        told = one.to_dict()
        numbers = {key: f"{v:.6g}" for key, v in told.items() if isinstance(v, float)}
        rows.writerow(told | numbers)
    return text.getvalue()


def _known(name: str) -> Ion | None:
    try:
        return ion(name)
    except InputError:
        return None
