"""Checking one powder pattern: whether it is the one phase, and how little would not show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..job import Done, no_progress
from .given import candidates_named, is_structure_file, name_of, pattern_of, phase_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from references.phase import Phase
    from references.registry import Registry
    from xrd.recipe import Recipe
    from xrd.structure import Structure
    from xrd.verdict import Purity

    from .given import Given

__all__ = ["CheckJob", "check_done", "figures_of"]

COMMAND = "xrd check"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckJob:
    """Check the pattern of a file.

    Parameters
    ----------
    recipe : Recipe
        What the powder should be.
    folder : Path
        Where files that the recipe names are, if it names them without their folder.
    libraries : tuple of Path
        Library files of the user's own.

    Examples
    --------
    >>> from xrd.recipe import Recipe
    >>> CheckJob(recipe=Recipe()).toml().splitlines()[1]
    'phase = "Li6PS5Cl"'
    """

    recipe: Recipe
    folder: Path = Path()
    libraries: tuple[Path, ...] = ()

    @property
    def technique(self) -> str:
        """XRD."""
        return "xrd"

    def toml(self) -> str:
        """Give the recipe as TOML."""
        from xrd.recipe import to_toml

        return to_toml(self.recipe)

    def run(
        self, path: Path, registry: Registry, begin: Callable[[str], None] = no_progress
    ) -> Done:
        """Check the pattern of a file.

        Parameters
        ----------
        path : Path
        registry : Registry
        begin : callable
            Called with a step's name when the step begins.

        Raises
        ------
        DataFileError, InputError
            If a file cannot be read, or has not what was asked for.
        """
        from xrd.purity import check

        recipe = self.recipe
        given = pattern_of(path, recipe.scan, recipe.instrument.radiation)
        main = self._phase(recipe.phase, registry)
        named = ",".join(str(self._placed(name, registry)) for name in recipe.candidates)
        empty = self._background()
        found = check(
            given.measured,
            main,
            candidates=candidates_named(named, registry, name_of(main)),
            library=registry,
            instrument=recipe.instrument,
            background=None if empty is None else pattern_of(empty, None).measured,
            limit=recipe.limit_percent / 100.0,
            elements=recipe.elements,
            progress=begin,
        )
        request = {"command": COMMAND, "options": self._options(registry)}
        return check_done(given, found, registry, self._written(registry), request=request)

    def _phase(self, name: str, registry: Registry) -> Phase | Structure:
        return phase_named(str(self._placed(name, registry)), registry)

    def _placed(self, name: str, registry: Registry) -> str | Path:
        """A phase's name; of a structure file where it is."""
        return self._file(name) if is_structure_file(name, registry, self.folder) else name

    def _file(self, name: str) -> Path:
        return self.folder / name

    def _background(self) -> Path | None:
        return self._file(self.recipe.background_file) if self.recipe.background_file else None

    def _options(self, registry: Registry) -> dict[str, object]:
        """What the document's recipe does not hold: which files it is that it names."""
        from ...request import told

        recipe = self.recipe
        placed = [self._placed(name, registry) for name in (recipe.phase, *recipe.candidates)]
        given: dict[str, Any] = {}
        if isinstance(placed[0], Path):
            given["phase"] = str(placed[0])
        if any(isinstance(one, Path) for one in placed[1:]):
            given["candidates"] = ",".join(map(str, placed[1:]))
        if (empty := self._background()) is not None:
            given["background_file"] = empty
        if self.libraries:
            given["library"] = self.libraries
        return told(given)

    def _written(self, registry: Registry) -> Recipe:
        """The recipe as a document has it: of files their names, wherever they are."""
        recipe = self.recipe

        def named(name: str) -> str:
            placed = self._placed(name, registry)
            return placed.name if isinstance(placed, Path) else name

        return recipe.model_copy(
            update={
                "phase": named(recipe.phase),
                "candidates": tuple(named(name) for name in recipe.candidates),
                "background_file": Path(recipe.background_file).name,
            }
        )


def check_done(
    given: Given,
    found: Purity,
    registry: Registry,
    recipe: Recipe,
    *,
    request: Mapping[str, object] | None = None,
) -> Done:
    """Give a verdict as a job that is done."""
    from xrd.recipe import to_toml

    from ...store import result_document

    findings = (*given.notes, *found.findings)
    body = found.to_dict()
    body["findings"] = [finding.to_dict() for finding in findings]
    body["recipe"] = recipe.model_dump(mode="json", by_alias=True)
    return Done(
        technique="xrd",
        document=result_document(
            "peakwright.xrd.check/1", [given.entry], registry, request=request, **body
        ),
        rows=tuple(found.rows()),
        recipe_toml=to_toml(recipe),
        inputs=(given.path,),
        findings=findings,
        exit_code=found.exit_code,
        result=found,
        draw=lambda caption: figures_of(found, caption),
    )


def figures_of(found: Purity, caption: str = "") -> dict[str, bytes]:
    """The pattern, the candidates' best lines, and the limits; file name to content."""
    from references.plot import rendered
    from xrd.plot import limits_figure, purity_figure, zoom_figure

    drawn: dict[str, Any] = {
        "pattern": purity_figure(found, note=caption),
        "candidates": zoom_figure(found, note=caption),
        "limits": limits_figure(found, note=caption),
    }
    return {
        f"{name}.{kind}": rendered(figure, kind)
        for name, figure in drawn.items()
        if figure is not None
        for kind in ("svg", "png")
    }
