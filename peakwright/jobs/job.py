"""What every job is, and what it gives when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from references.registry import Registry
    from references.words import Finding, Row

__all__ = ["Done", "Job", "no_progress", "read_job"]


SCHEMAS = ("peakwright.xps.recipe/1", "peakwright.xrd.recipe/1", "peakwright.tofsims.recipe/1")
LONGEST = 10_000_000
"""No recipe file is longer than this [bytes]."""


def no_progress(step: str = "") -> None:
    """Tell nobody which step begins."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Done:
    """A job that is done.

    Attributes
    ----------
    technique : str
        ``"xps"``, ``"xrd"`` or ``"tofsims"``.
    document : mapping
        What ``--json`` prints and ``result.json`` holds: the same bytes for the same input.
    rows : tuple of Row
    recipe_toml : str
        The recipe that repeats it.
    inputs : tuple of Path
        The files it was made from.
    findings : tuple of Finding
        All of them: of the file and of the result.
    exit_code : int
        0 clean, 1 with error findings or a negative verdict, 3 undecidable.
    result : object
        The technique's own: a :class:`.xps.document.Fitted`, a :class:`xrd.verdict.Purity`, or a
        :class:`tofsims.verdict.Uniformity`.
    draw : callable
        Given a remark, makes the figures and tables beside the document: file name to content.
    """

    technique: str
    document: Mapping[str, object]
    rows: tuple[Row, ...]
    recipe_toml: str
    inputs: tuple[Path, ...]
    findings: tuple[Finding, ...]
    exit_code: int
    result: Any
    draw: Callable[[str], dict[str, bytes]]

    def write(self, out: Path, *, caption: str = "") -> tuple[Path, ...]:
        """Write the result's folder; give the files written.

        Raises
        ------
        DataFileError
            As :func:`peakwright.store.write_results`.
        """
        from ..store import write_results

        return write_results(
            out,
            self.document,
            self.rows,
            self.recipe_toml,
            lambda: self.draw(caption),
            inputs=self.inputs,
        )


class Job(Protocol):
    """A recipe of some technique, ready to be applied to a file."""

    @property
    def technique(self) -> str:
        """``"xps"``, ``"xrd"`` or ``"tofsims"``."""
        ...

    def toml(self) -> str:
        """Give the recipe as TOML; the same text for the same recipe."""
        ...

    def run(
        self, path: Path, registry: Registry, begin: Callable[[str], None] = no_progress
    ) -> Done:
        """Do it to one file.

        Parameters
        ----------
        path : Path
        registry : Registry
        begin : callable
            Called with a step's name when the step begins.

        Raises
        ------
        DataFileError, InputError
            If the file cannot be read, or has not what the recipe is for.
        """
        ...


def read_job(path: Path) -> Job:
    """Read a recipe of any technique from a TOML file.

    Raises
    ------
    DataFileError
        If it cannot be read, is no recipe, or its schema is not known; with the path to the field.
    """
    import tomllib

    from references.files import DataFileError, read_text

    text = read_text(path, max_bytes=LONGEST)
    try:
        schema = tomllib.loads(text).get("schema")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataFileError(path, f"is not TOML ({error})") from None
    if schema == "peakwright.xps.recipe/1":
        from xps.recipe import from_toml

        from .xps.fit import FitJob

        return FitJob.of_recipe(from_toml(text, name=str(path)), path)
    if schema == "peakwright.xrd.recipe/1":
        from xrd.recipe import from_toml

        from .xrd.check import CheckJob

        return CheckJob(recipe=from_toml(text, name=str(path)), folder=path.parent)
    if schema == "peakwright.tofsims.recipe/1":
        from tofsims.recipe import from_toml

        from .tofsims.profile import ProfileJob

        return ProfileJob(recipe=from_toml(text, name=str(path)), folder=path.parent)
    raise DataFileError(
        path,
        "is no recipe of a job" if schema is None else f"has the schema {schema!r}",
        where="schema",
        action=f"expected one of {', '.join(SCHEMAS)}",
    )
