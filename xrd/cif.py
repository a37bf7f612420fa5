"""Reading a CIF through gemmi: one block with sites, its cell, its operations.

The only room that knows gemmi's small-molecule structures. What is wrong with a file is a
:class:`DataFileError` that names the place; what it leaves open is a note.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError, read_bytes

from .crystal import SAME_ATOM, metric_of, returns, vectors_of
from .operations import number_of, operations_of, text_of
from .structure import Structure

if TYPE_CHECKING:
    from pathlib import Path

    from .crystal import Floats, Integers

__all__ = ["read_cif", "read_cif_text"]

MAX_BYTES = 20_000_000
MAX_SITES = 500
MAX_ATOMS = 2000
LENGTHS = (1.0, 200.0)
"""Of cell edges that can be [Angstrom]."""
FLAT = 0.05
"""Volume of a cell over that of a box of its edges; flatter ones are mistakes."""
COORDINATES = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
B_OF_U = 8 * math.pi**2
ANISOTROPIC = tuple(f"_atom_site_aniso_B_{ij}" for ij in ("11", "22", "33", "12", "13", "23"))


def read_cif(path: str | Path) -> Structure:
    """Read the structure of a CIF file.

    Raises
    ------
    DataFileError
        As :func:`read_cif_text`, or if the file is missing, unreadable or too large.
    """
    # Names of authors come in any encoding; all that is read here is ASCII.
    return read_cif_text(read_bytes(path, max_bytes=MAX_BYTES).decode(errors="replace"), path)


def read_cif_text(text: str, path: str | Path) -> Structure:
    """Read the structure of a CIF's text.

    Parameters
    ----------
    text : str
        What the file holds.
    path : path
        What it is called, for messages.

    Raises
    ------
    DataFileError
        If it is no CIF; has no block with sites, or several; lacks a cell, a space group or
        coordinates; or is beyond what a powder pattern can be computed of.
    """
    block, notes = _block_with_sites(_document(text, path), path)
    read = _small_structure(block, path)
    # gemmi takes 0 for a coordinate that has no column.
    if not read.sites or not all(block.find_loop(tag) for tag in COORDINATES):
        raise DataFileError(
            path,
            "has sites without a label or without one of their coordinates",
            where=f"data block {block.name}",
            action="give _atom_site_label, _atom_site_fract_x, _y and _z in one loop",
        )
    if len(read.sites) > MAX_SITES:
        raise DataFileError(
            path,
            f"has {len(read.sites)} sites, more than the {MAX_SITES} of a powder's phase",
            action="give the structure in its full symmetry",
        )
    cell = _cell(read, path)
    symbol, number, rotations, translations, said = operations_of(read, block, path)
    xyz = np.array([site.fract.tolist() for site in read.sites], dtype=float)
    fillings = np.array([site.occ for site in read.sites], dtype=float)
    labels = tuple(str(site.label) for site in read.sites)
    elements = tuple(str(site.element.name) for site in read.sites)
    _check_sites(labels, elements, xyz, fillings, path)
    kept: Integers = (returns(xyz, rotations, translations, vectors_of(cell)) < SAME_ATOM).sum(
        axis=1
    )
    multiplicity = np.maximum(1, np.round(len(rotations) / kept)).astype(np.int64)
    if multiplicity.sum() > MAX_ATOMS:
        raise DataFileError(
            path,
            f"has {multiplicity.sum()} atoms a cell, more than the {MAX_ATOMS} of a powder's phase",
            action="check its symmetry, or give the structure in a smaller cell",
        )
    b_iso, open_b = _displacement(read, block, path)
    return Structure(
        name=str(block.name),
        cell=cell,
        space_group=number,
        symbol=symbol,
        labels=labels,
        elements=elements,
        xyz=xyz,
        occupancy=fillings * multiplicity / len(rotations),
        b_iso=b_iso,
        multiplicity=multiplicity,
        rotations=rotations,
        translations=translations,
        stated_formula=text_of(block, "_chemical_formula_sum"),
        stated_units=number_of(block, "_cell_formula_units_Z"),
        notes=(*notes, *said, *open_b),
    )


def _document(text: str, path: str | Path) -> Any:
    import gemmi

    try:
        return gemmi.cif.read_string(text)
    except (ValueError, RuntimeError) as error:
        said = " ".join(str(error).removeprefix("string:").split())[:200]
        raise DataFileError(
            path, f"is not CIF ({said})", action="mend that place, or export the CIF again"
        ) from None


def _small_structure(block: Any, path: str | Path) -> Any:
    import gemmi

    try:
        return gemmi.make_small_structure_from_block(block)
    except (ValueError, RuntimeError) as error:
        raise DataFileError(
            path,
            f"is CIF, but no structure ({' '.join(str(error).split())[:200]})",
            where=f"data block {block.name}",
            action="mend that value, or export the CIF again",
        ) from None


def _block_with_sites(document: Any, path: str | Path) -> tuple[Any, list[str]]:
    """The one block that has coordinates; several structures are never chosen from silently."""
    with_sites = [block for block in document if len(block.find_values(COORDINATES[0]))]
    if not with_sites:
        raise DataFileError(
            path,
            "has no atom sites (_atom_site_fract_x, _y, _z), so no intensities can be computed",
            action="give a CIF with the structure, not the cell alone",
        )
    if len(with_sites) > 1:
        names = ", ".join(str(block.name) for block in with_sites[:5])
        raise DataFileError(
            path,
            f"holds {len(with_sites)} structures ({names})",
            action="save the one that is meant in a file of its own",
        )
    block = with_sites[0]
    if len(document) == 1:
        return block, []
    return block, [f"of {len(document)} data blocks, {block.name} has the sites"]


def _cell(read: Any, path: str | Path) -> tuple[float, ...]:
    cell = tuple(float(x) for x in read.cell.parameters)
    if not read.cell.is_crystal():
        raise DataFileError(
            path,
            "has no cell (_cell_length_a to _cell_angle_gamma)",
            action="add the six cell parameters",
        )
    low, high = LENGTHS
    determinant = -1.0
    if all(math.isfinite(x) for x in cell) and all(low <= x <= high for x in cell[:3]):
        determinant = float(np.linalg.det(metric_of(cell)))
    if not determinant > (FLAT * math.prod(cell[:3])) ** 2:
        shown = ", ".join(f"{x:g}" for x in cell)
        raise DataFileError(
            path,
            f"has a cell that cannot be ({shown})",
            action=f"edges are {low:g} to {high:g} Angstrom, angles in degrees",
        )
    return cell


def _check_sites(
    labels: tuple[str, ...],
    elements: tuple[str, ...],
    xyz: Floats,
    fillings: Floats,
    path: str | Path,
) -> None:
    for label, element, place, filling in zip(labels, elements, xyz, fillings, strict=True):
        if not (abs(place) < 100).all():
            raise DataFileError(
                path,
                "has no coordinates that are numbers",
                where=f"site {label}",
                action="add x, y, z",
            )
        if element == "X":
            raise DataFileError(
                path,
                "is of no known element",
                where=f"site {label}",
                action="name it in _atom_site_type_symbol, or remove the site",
            )
        if not 0 <= filling <= 1 + 1e-3:
            raise DataFileError(
                path,
                f"has occupancy {filling:g}, which is not between 0 and 1",
                where=f"site {label}",
                action="give the share of the site that is full",
            )


def _displacement(read: Any, block: Any, path: str | Path) -> tuple[Floats, list[str]]:
    """B of each site from whichever of B, U, anisotropic U or B the file has."""
    anisotropic = _anisotropic_b(read, block)
    b_iso, missing = np.zeros(len(read.sites)), list[str]()
    for index, site in enumerate(read.sites):
        if site.u_iso:
            b_iso[index] = site.u_iso * B_OF_U
        elif site.aniso.nonzero():
            b_iso[index] = read.cell.calculate_u_eq(site.aniso) * B_OF_U
        elif site.label in anisotropic:
            b_iso[index] = anisotropic[site.label]
        else:
            missing.append(str(site.label))
        if not abs(b_iso[index]) < 1000:
            raise DataFileError(
                path,
                f"has displacement parameter B = {b_iso[index]:g} Angstrom^2",
                where=f"site {site.label}",
                action="B is 0.2 to 5 in most crystals, U is B / 79",
            )
    said = f"no displacement parameter for {', '.join(missing)}: B = 0 taken"
    return b_iso, [said] if missing else []


def _anisotropic_b(read: Any, block: Any) -> dict[str, float]:
    import gemmi

    tensor: Any = gemmi.SMat33d
    found: dict[str, float] = {}
    for row in block.find(["_atom_site_aniso_label", *ANISOTROPIC]):
        values = [gemmi.cif.as_number(row[i]) for i in range(1, 7)]
        if all(math.isfinite(value) for value in values):
            found[row.str(0)] = float(read.cell.calculate_u_eq(tensor(*values)))
    return found
