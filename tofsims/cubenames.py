"""Images of ions in a cube: by their names, and by their windows where those have no ion's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from references.ion import ion
from references.words import Finding, InputError, Severity

from .ions import joined, members_of
from .profile import ProfileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from references.ion import Ion

__all__ = ["named_in_cube"]


def named_in_cube(cube: xr.Dataset, ions: Sequence[Ion]) -> tuple[xr.Dataset, list[Finding]]:
    """Give the images of ions, each once.

    An image has the name that the cube has for it, which may be that of several ions that were
    counted together. Where that is no ion's but a label, the ions are taken by the window that
    their masses lie in.

    Parameters
    ----------
    cube : Dataset
    ions : sequence of Ion

    Returns
    -------
    Dataset
        The cube of these ions, in their order.
    list of Finding
        Which images are taken by their windows, and which hold more than one ion.

    Raises
    ------
    ProfileError
        If a cube has no image of one, or several, or only that of another ion.

    Examples
    --------
    >>> from tofsims import ion_cube
    >>> cube = ion_cube(["m/z 35", "S-"], np.ones((2, 3, 4, 4)),
    ...                 window=[(34.9, 35.0), (31.9, 32.0)])
    >>> held, found = named_in_cube(cube, [ion("Cl-")])
    >>> held["ion"].values.tolist(), found[0].rule
    (['Cl-'], 'sims_named_by_window')
    """
    names = [str(name) for name in cube["ion"].values]
    taken: dict[int, list[str]] = {}
    for known in ions:
        members = taken.setdefault(_row_of(cube, names, known), [])
        members.append(known.key)
    found: list[Finding] = []
    labels: list[str] = []
    for row, members in taken.items():
        name = names[row]
        label = name if _ions_behind(name) else joined(*members)
        labels.append(label)
        if label != name:
            found.append(
                _said(
                    "named_by_window",
                    label,
                    f"the image that the cube calls {name[:40]} is taken for it, by the window "
                    "that its mass lies in; other ions there are counted too",
                )
            )
        if len(members_of(label)) > 1:
            found.append(
                _said("counted_as_one", label, "they are counted in one window, as one profile")
            )
    return cube.isel(ion=list(taken)).assign_coords(ion=labels), found


def _row_of(cube: xr.Dataset, names: list[str], known: Ion) -> int:
    """Place of the image of an ion."""
    found = [i for i, name in enumerate(names) if known.key in _ions_behind(name)]
    if not found and "window_low" in cube.coords:
        low, high = cube["window_low"].values, cube["window_high"].values
        there: list[int] = np.flatnonzero((low <= known.mz) & (known.mz < high)).tolist()
        found = [i for i in there if not _ions_behind(names[i])]
        if there and not found:
            raise ProfileError(
                f"the cube has no image of {known.key}: at m/z {known.mz:.4f} is its window of "
                f"{' and of '.join(names[i] for i in there)}; ask for that, or make a cube of both "
                "ions from the events"
            )
    if len(found) != 1:
        what = f"{len(found)} images" if found else "no image"
        raise ProfileError(
            f"the cube has {what} of {known.key} (m/z {known.mz:.4f}); it holds "
            + ", ".join(names[:12])
            + (" ..." if len(names) > 12 else "")
        )
    return found[0]


def _ions_behind(name: str) -> list[str]:
    """Ions that an image is called by, as they are written here; none of a label."""
    try:
        return [ion(part).key for part in members_of(name)]
    except InputError:
        return []


def _said(rule: str, subject: str, message: str) -> Finding:
    return Finding(rule=f"sims_{rule}", severity=Severity.INFO, subject=subject, message=message)
