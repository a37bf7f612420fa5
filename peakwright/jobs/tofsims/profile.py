"""Following ions through one run: their depth profiles, and whether they are uniform."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from references.words import Severity

from ..job import Done, no_progress
from .given import MASK, Request
from .measured import judged
from .profile_table import profile_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from references.registry import Registry
    from tofsims.recipe import Recipe
    from tofsims.verdict import Uniformity

    from .measured import Judged

__all__ = ["ProfileJob", "figures_of", "profile_done"]

COMMAND = "tofsims profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileJob:
    """Follow ions through the run of a file.

    Parameters
    ----------
    recipe : Recipe
        Which ions, where and when.
    folder : Path
        Where a picture of a region is, if the recipe names it without its folder.
    libraries : tuple of Path
        Library files of the user's own.

    Examples
    --------
    >>> from tofsims.recipe import Recipe
    >>> ProfileJob(recipe=Recipe(ions=("Cl-",))).toml().splitlines()[1]
    'ions = ["Cl-"]'
    """

    recipe: Recipe
    folder: Path = Path()
    libraries: tuple[Path, ...] = ()

    @property
    def technique(self) -> str:
        """TOF-SIMS."""
        return "tofsims"

    def toml(self) -> str:
        """Give the recipe as TOML."""
        from tofsims.recipe import to_toml

        return to_toml(self.recipe)

    def run(
        self, path: Path, registry: Registry, begin: Callable[[str], None] = no_progress
    ) -> Done:
        """Follow the ions through the run of a file.

        Parameters
        ----------
        path : Path
        registry : Registry
        begin : callable
            Called with a scan's name when it is counted.

        Raises
        ------
        DataFileError, InputError
            If a file cannot be read, or has not what was asked for.
        """
        picture = self._picture()
        asked = Request.of(self.recipe)
        recipe = self.recipe
        if picture is not None:
            asked = replace(asked, region=f"{MASK}{picture}")
            recipe = recipe.model_copy(update={"region": f"{MASK}{picture.name}"})
        made = judged(path, asked, registry, begin)
        request = {"command": COMMAND, "options": self._options(picture)}
        return profile_done(made, registry, recipe, request=request)

    def _picture(self) -> Path | None:
        region = self.recipe.region
        return self.folder / region.removeprefix(MASK) if region.startswith(MASK) else None

    def _options(self, picture: Path | None) -> dict[str, object]:
        """What the document's recipe does not hold: which picture it is that it names."""
        from ...request import told

        given: dict[str, object] = {}
        if picture is not None:
            given["region"] = f"{MASK}{picture}"
        if self.libraries:
            given["library"] = self.libraries
        return told(given)


def profile_done(
    made: Judged,
    registry: Registry,
    recipe: Recipe,
    *,
    request: Mapping[str, object] | None = None,
) -> Done:
    """Give judged profiles as a job that is done."""
    from tofsims.recipe import to_toml

    from ...store import result_document

    found, findings = made.found, made.findings
    document = result_document(
        "peakwright.tofsims.profile/1",
        [made.measured.entry],
        registry,
        request=request,
        **found.to_dict(),
        findings=[finding.to_dict() for finding in findings],
        recipe=recipe.model_dump(mode="json", by_alias=True),
    )
    return Done(
        technique="tofsims",
        document=document,
        rows=tuple(found.rows()),
        recipe_toml=to_toml(recipe),
        inputs=(made.measured.path,),
        findings=findings,
        exit_code=_exit_code(made),
        result=found,
        draw=lambda caption: figures_of(found, caption),
    )


def _exit_code(made: Judged) -> int:
    """That of the verdict, but nothing is clean where a finding is an error."""
    code = made.found.exit_code
    wrong = any(finding.severity is Severity.ERROR for finding in made.findings)
    return 1 if wrong and code == 0 else code


def figures_of(found: Uniformity, caption: str = "") -> dict[str, bytes]:
    """Profiles and their changes, with a note above instead of the answer, and their tables."""
    from tofsims.plot import profile_figure, rendered, trend_figure

    drawn = {
        "profile": profile_figure(found, note=caption),
        "change": trend_figure(found, note=caption),
    }
    files = {
        f"{name}.{kind}": rendered(figure, kind)
        for name, figure in drawn.items()
        if figure is not None
        for kind in ("svg", "png")
    }
    files["profile.csv"] = profile_csv(found.shown)
    if found.interferences:
        from tofsims.neighbours import table_of

        files["interferences.csv"] = table_of(found.interferences).encode()
    return files
