"""Fitting the regions of one file: lines, species fractions, findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..job import Done, no_progress
from .choices import Basis, Intervals
from .document import exit_code_of, fits_done
from .fractions import FractionRequest
from .request import Request, work_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import xarray as xr

    from references.registry import Registry
    from xps.envelope import Envelope
    from xps.monte_carlo import MonteCarlo, Replicas
    from xps.recipe import Recipe
    from xps.result import Fit

    from .request import Work

    Spectrum = tuple[xr.Dataset, Envelope]

__all__ = ["FitJob"]

COMMAND = "xps fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitJob:
    """Fit regions of a file.

    Parameters
    ----------
    request : Request
        What to fit.
    wanted : FractionRequest
        Which fractions are formed.
    intervals : Intervals
        From the covariance, along the likelihood, or as each value needs.
    seed : int
        Of the starts.
    monte_carlo : int or None
        How many replicas of each fit are drawn.
    libraries : tuple of Path
        Library files of the user's own.

    Examples
    --------
    >>> from pathlib import Path
    >>> import references, xps
    >>> recipe = xps.Recipe(envelopes=(xps.envelope("P 2p", ["PS4"]),))
    >>> done = FitJob.of_recipe(recipe).run(Path(xps.example_path()), references.load())
    >>> done.document["schema"], done.exit_code
    ('peakwright.xps.fit/1', 0)
    """

    request: Request
    wanted: FractionRequest = field(default_factory=FractionRequest)
    intervals: Intervals = Intervals.auto
    seed: int = 0
    monte_carlo: int | None = None
    libraries: tuple[Path, ...] = ()

    @classmethod
    def of_recipe(cls, recipe: Recipe, file: Path | None = None) -> FitJob:
        """Give the job that applies a recipe as it stands."""
        request = Request(recipe=recipe, recipe_file=file)
        return cls(request=request, wanted=FractionRequest.over(recipe.fractions))

    @property
    def technique(self) -> str:
        """XPS."""
        return "xps"

    def toml(self) -> str:
        """Give the recipe as TOML.

        Raises
        ------
        ValueError
            If species were asked for, which only a file makes into a recipe.
        """
        from xps.recipe import to_toml

        if self.request.recipe is None:
            raise ValueError("species become a recipe where they are fitted")
        return to_toml(self.request.recipe)

    def run(
        self, path: Path, registry: Registry, begin: Callable[[str], None] = no_progress
    ) -> Done:
        """Fit the regions of a file.

        Parameters
        ----------
        path : Path
        registry : Registry
        begin : callable
            Called with a region's name when its fit begins.

        Raises
        ------
        DataFileError, InputError
            If the file cannot be read, or has not what was asked for.
        """
        import xps

        reading = xps.read(path)
        work = work_of(self.request, reading, registry)
        self.wanted.check(work.jobs, registry)
        fits = [self.wanted.expected(one) for one in self._fits(work.jobs, registry, begin)]
        rows, gaps = self.wanted.rows(fits, registry)
        drawn = () if self.monte_carlo is None else self._drawn(work.jobs, fits, registry, begin)
        found = [note for given in drawn if (note := given.finding())]
        notes = [*reading.notes, *work.notes, *gaps, *found]
        shown = [fit for fit in fits if not self.wanted.is_limit(fit)] or fits
        return fits_done(
            path,
            reading.sha256,
            fits,
            rows,
            registry,
            charge=work.charge,
            fractions=self.wanted.in_recipe(),
            notes=notes,
            monte_carlo=drawn,
            request={"command": COMMAND, "options": self._options(work)},
            exit_code=exit_code_of(shown, notes),
        )

    def _options(self, work: Work) -> dict[str, object]:
        """What the document's recipe does not hold.

        Where a note tells how that recipe came about, it alone would not bring the note back, and
        all that was asked for is kept.
        """
        from ...request import told

        asked = self.request
        given: dict[str, object] = {
            "sample": asked.sample,
            "spectrum": asked.spectrum,
            "intervals": "" if self.intervals is Intervals.auto else self.intervals,
            "seed": self.seed or None,
            "monte_carlo": self.monte_carlo,
            "library": self.libraries,
        }
        if work.notes:
            given |= {
                "recipe": asked.recipe_file,
                "region": asked.regions,
                "species": ",".join(asked.species),
                "elements": ",".join(asked.elements),
                "limit": ",".join(asked.limit),
                "from_casaxps": asked.from_casaxps,
                "background": asked.background,
                "statistic": asked.statistic,
                "charge_shift": asked.charge_shift,
                "charge_reference": asked.charge_reference,
            }
            given |= self.wanted.options()
        return told({name: one for name, one in given.items() if one not in (None, "", (), False)})

    def _fits(
        self, work: Sequence[Spectrum], registry: Registry, begin: Callable[[str], None]
    ) -> list[Fit]:
        """Fit sample by sample, so that regions of one sample can inform each other."""
        from xps.sample import fit_sample

        fits: dict[int, Fit] = {}
        names = [str(spectrum.attrs.get("sample", "")) for spectrum, _ in work]
        for name in dict.fromkeys(names):
            indices = [i for i, other in enumerate(names) if other == name]
            found = fit_sample(
                [work[i] for i in indices],
                registry,
                intervals=self.intervals.value,
                seed=self.seed,
                progress=begin,
            )
            fits |= dict(zip(indices, found, strict=True))
        return [fits[i] for i in range(len(work))]

    def _drawn(
        self,
        work: Sequence[Spectrum],
        fits: Sequence[Fit],
        registry: Registry,
        begin: Callable[[str], None],
    ) -> tuple[MonteCarlo, ...]:
        """Draw replicas of every fit that converged, and form each sample's fractions anew."""
        from xps.monte_carlo import draw, monte_carlo
        from xps.quantify import QuantificationError

        assert self.monte_carlo is not None
        found: list[MonteCarlo] = []
        settled = [i for i, one in enumerate(fits) if one.assessment == "converged"]
        replicas: dict[int, Replicas] = {}
        for i in settled:
            begin(
                f"{self.monte_carlo} replicas of {fits[i].region}; on first use it compiles "
                "itself, once, for about a minute"
            )
            replicas[i] = draw(
                work[i][0], fits[i], self.monte_carlo, registry=registry, seed=self.seed + i
            )
        for sample in dict.fromkeys(fits[i].sample for i in settled):
            mine = [i for i in settled if fits[i].sample == sample]
            if self.wanted.basis is Basis.within_level:
                for i in mine:
                    found += monte_carlo([replicas[i]], fits[i].fractions)
                continue
            try:
                of_sample = [one for one in fits if one.sample == sample]
                over = self.wanted.over_levels(of_sample, registry)
            except QuantificationError:
                continue  # of which `fractions_not_formed` tells
            if over is not None:
                found += monte_carlo([replicas[i] for i in mine], over[1], over[0])
        return tuple(found)
