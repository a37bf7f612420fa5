"""What numba has compiled gives the same bits in every process, the first one too.

numba keeps a compiled function on the disk together with copies of those it calls, and where sums
may be taken in any order ("fastmath") a copy need not take them as the function does. In the
process that compiles, calls go to the functions themselves; in one that finds the caller kept they
would go to the copies.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["load_in_order", "seems_kept"]


def load_in_order(module: Mapping[str, Any]) -> int:
    """Load what is kept of a module's compiled functions, each before those that call it.

    Parameters
    ----------
    module : mapping
        The module's names, in the order of its lines: ``globals()`` at its end.

    Returns
    -------
    int
        How many were loaded; none where nothing is kept yet, for then all are compiled.

    Notes
    -----
    numba has no word for what it keeps; where its own names for that change, nothing is loaded, and
    ``tests/references/test_compiled.py`` fails.

    Examples
    --------
    >>> load_in_order({"pi": 3.14})
    0
    """
    loaded = 0
    for function in module.values():
        for signature in _kept(function):
            function.compile(signature)
            loaded += 1
    return loaded


def _kept(function: Any) -> list[Any]:
    """Argument types of what is kept of a function, for this processor and these lines."""
    try:
        cache = function._cache  # noqa: SLF001 - see the notes
        kept = cache._cache_file._load_index()  # noqa: SLF001
        codegen = function.targetctx.codegen()
        return [key[0] for key in kept if key == cache._index_key(key[0], codegen)]  # noqa: SLF001
    except (AttributeError, TypeError, OSError):
        return []


def seems_kept(module: Path, function: str) -> bool:
    """Tell by the names of files whether a compiled function is kept; numba is not asked.

    Parameters
    ----------
    module : Path
        Its file.
    function : str

    Returns
    -------
    bool
        False too where it is kept for all modules of a user together, in a place of numba's own.

    Examples
    --------
    >>> seems_kept(Path(__file__), "load_in_order")
    False
    """
    name = f"{module.stem}.{function}-*.nbi"
    folder = os.environ.get("NUMBA_CACHE_DIR", "")
    found = Path(folder).glob(f"*/{name}") if folder else (module.parent / "__pycache__").glob(name)
    return any(True for _ in found)
