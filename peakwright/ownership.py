"""Refuse to work beside a distribution that owns one of our import names.

Distributions named ``xps`` and ``xrd`` exist. Installed beside peakwright they write into the same
folders, and which module an import finds is then an accident.
"""

from __future__ import annotations

import sys
from pathlib import PurePath

__all__ = ["OwnershipError", "check", "rivals", "started_by_command"]

CONTESTED = ("xps", "xrd")


class OwnershipError(ImportError):
    """Another distribution owns one of our import names: which one, and what to uninstall."""


def rivals() -> tuple[str, ...]:
    """Give the names of installed distributions that own one of our import names.

    Returns
    -------
    tuple of str
        Out of ``xps`` and ``xrd``; one metadata query each, no scan of the environment.

    Examples
    --------
    >>> rivals()
    ()
    """
    from importlib.metadata import PackageNotFoundError, distribution

    found: list[str] = []
    for name in CONTESTED:
        try:
            distribution(name)
        except PackageNotFoundError:
            continue
        found.append(name)
    return tuple(found)


def check() -> None:
    """Refuse where another distribution owns one of our import names.

    Raises
    ------
    OwnershipError
        One sentence that names the distribution and says what to uninstall.

    Examples
    --------
    >>> check()
    """
    found = rivals()
    if found:
        names = " and ".join(repr(name) for name in found)
        raise OwnershipError(
            f"another distribution is installed that owns the import name {names}, which "
            f"peakwright needs for itself; run `python -m pip uninstall {' '.join(found)} "
            "peakwright`, then install peakwright again, or use an environment of its own"
        )


def started_by_command() -> bool:
    """Whether this process is the ``peakwright`` command rather than a user's program."""
    return PurePath(sys.argv[0] if sys.argv else "").stem == "peakwright"
