"""The symmetry operations of a CIF: as it lists them, or of the space group that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from references.files import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

    from .crystal import Floats, Integers

__all__ = ["number_of", "operations_of", "text_of"]

MAX_OPERATIONS = 192
"""Of the largest group in a face-centred cell."""
NUMBERS = ("_space_group_IT_number", "_symmetry_Int_Tables_number")


def operations_of(
    read: Any, block: Any, path: str | Path
) -> tuple[str, int, Integers, Floats, list[str]]:
    """Symbol and number as stated, and the operations: as listed, or else of the symbol."""
    import gemmi

    library: Any = gemmi
    named: Any = read.spacegroup
    stated: Any = (
        library.find_spacegroup_by_name(read.spacegroup_hm) if read.spacegroup_hm else None
    )
    number = number_of(block, *NUMBERS) or int(getattr(stated or named, "number", 0))
    notes: list[str] = []
    if read.symops:
        rotations, translations = _listed(list(read.symops), path)
    else:
        if named is None and 1 <= number <= 230:
            standard: Any = library.find_spacegroup_by_number(number)
            cell: Any = read.cell
            named = library.find_spacegroup_by_name(standard.hm, cell.alpha, cell.gamma)
            notes.append(f"no symbol of a space group, number {number}: standard setting taken")
        if named is None:
            raise DataFileError(
                path,
                "names no space group that is known, and lists no symmetry operations",
                action="add _space_group_symop_operation_xyz or _space_group_name_H-M_alt",
            )
        open_origin = named.ext in {"1", "2"} and ":" not in str(read.spacegroup_hm)
        if open_origin and not read.spacegroup_hall:
            notes.append(f"{named.hm} has two origins and the file names none: {named.xhm()} taken")
        rotations, translations = _arrays(list(named.operations()))
    symbol = str(read.spacegroup_hm or (named.xhm() if named is not None else ""))
    return symbol, number, rotations, translations, notes


def _listed(triplets: list[str], path: str | Path) -> tuple[Integers, Floats]:
    """Operations as a file lists them; they must be a group, or atoms would be missing."""
    import gemmi

    try:
        operations = [gemmi.Op(triplet) for triplet in triplets]
    except (ValueError, RuntimeError) as error:
        raise DataFileError(
            path, f"has a symmetry operation that is none ({error})", action="mend it"
        ) from None
    rotations, translations = _arrays(operations)
    if not _is_group(rotations, translations):
        raise DataFileError(
            path,
            f"lists {len(triplets)} symmetry operations that do not form a group",
            action="list each operation once and leave none out, or give the symbol alone",
        )
    return rotations, translations


def _arrays(operations: list[Any]) -> tuple[Integers, Floats]:
    import gemmi

    rotations = np.array([op.rot for op in operations], dtype=float) / gemmi.Op.DEN
    translations = np.array([op.tran for op in operations], dtype=float) / gemmi.Op.DEN
    return np.round(rotations).astype(np.int64), translations % 1.0


def _is_group(rotations: Integers, translations: Floats) -> bool:
    """Whether the product of any two operations is one of them, and none comes twice."""
    if len(rotations) > MAX_OPERATIONS or (abs(np.linalg.det(rotations)).round(6) != 1).any():
        return False

    def keys(turned: Integers, moved: Floats) -> set[bytes]:
        steps = np.round(moved * 24).astype(np.int64) % 24
        rows = np.concatenate([turned.reshape(-1, 9), steps.reshape(-1, 3)], axis=1)
        return {row.tobytes() for row in np.ascontiguousarray(rows)}

    own = keys(rotations, translations)
    if len(own) != len(rotations):
        return False
    products = np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 3, 3)
    moved = np.einsum("aij,bj->abi", rotations, translations) + translations[:, None]
    return keys(products, moved.reshape(-1, 3)) == own


def number_of(block: Any, *tags: str) -> int:
    """A whole number that a block states; 0 where it states none."""
    stated = text_of(block, *tags)
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 4 else 0


def text_of(block: Any, *tags: str) -> str:
    """What a block says under the first of some tags that it has; empty where it says nothing."""
    import gemmi

    for tag in tags:
        given = block.find_value(tag)
        if given is not None and not gemmi.cif.is_null(given):
            return str(gemmi.cif.as_string(given)).strip()
    return ""
