"""What the page asks the fitter: a preview at once, the fit of the region in sight, the whole job.

Everything is asked through the same doors as the command line uses, from a snapshot of the session,
off the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.envelope import Envelope
    from xps.gallium import Expected
    from xps.io import Reading
    from xps.live import Live
    from xps.recipe import Charge, Recipe
    from xps.result import Fit

    from .state import Session

__all__ = ["Asked", "Fitter", "Settled", "asked", "saved"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A snapshot of what is to be fitted.

    Attributes
    ----------
    recipe : Recipe
    envelope : Envelope
        Of the region in sight, one of the recipe's.
    number : int
        Of its spectrum in the file.
    sample : str
    revision : int
        Of the session when it was taken.
    """

    recipe: Recipe
    envelope: Envelope
    number: int
    sample: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """A fit of the region in sight, and what concerns the file rather than it.

    Attributes
    ----------
    fit : Fit
    notes : tuple of Finding
    seconds : float
        How long it took.
    """

    fit: Fit
    notes: tuple[Finding, ...]
    seconds: float


def asked(session: Session) -> Asked | None:
    """Take a snapshot; ``None`` where the recipe has nothing for the region in sight."""
    recipe, envelope = session.recipe, session.envelope
    if recipe is None or envelope is None:
        return None
    return Asked(
        recipe=recipe,
        envelope=envelope,
        number=session.region.number,
        sample=session.region.sample,
        revision=session.revision,
    )


class Fitter:
    """Asks for previews and fits of one file; remembers what does not change with a drag.

    Parameters
    ----------
    reading : Reading
    registry : Registry
    memory : Memory, optional
        Fits that were made before, of the same file with the same library.
    """

    def __init__(self, reading: Reading, registry: Registry, memory: Memory | None = None) -> None:
        self._reading = reading
        self._registry = registry
        self._memory = Memory() if memory is None else memory
        self._scaled: dict[tuple[int, tuple[Charge, ...]], xr.Dataset] = {}

    def spectrum(self, given: Asked) -> xr.Dataset:
        """Give the spectrum on the energy scale that the recipe declares.

        Raises
        ------
        InputError
            If a reference line cannot be had.
        """
        key = (given.number, given.recipe.charge)
        if key not in self._scaled:
            self._scaled[key] = self._work(given, alone=True)[0][0]
        return self._scaled[key]

    def preview(self, given: Asked, near: Live | None = None) -> Live:
        """Give the state of an envelope before it is fitted.

        Raises
        ------
        InputError
            If the recipe cannot be applied to the spectrum.
        """
        from xps.envelope import check_places
        from xps.live import live

        spectrum = self.spectrum(given)
        energy = spectrum["binding_energy"].values + float(spectrum["charge_shift"])
        check_places(given.envelope, (float(energy[0]), float(energy[-1])))
        return live(spectrum, given.envelope, registry=self._registry, near=near)

    def known(self, given: Asked) -> Settled | None:
        """Give the fit of what was fitted before; ``None`` where it was not."""
        return self._memory.recall(self._key(given))

    def settled(self, given: Asked) -> Settled:
        """Fit the region in sight as the whole job would; what was fitted before is remembered.

        A region with Ga 3s in it learns its size from the sample's other gallium lines, so that
        these are fitted too.

        Raises
        ------
        InputError
            As :meth:`preview`.
        """
        from time import perf_counter

        from xps.sample import has_gallium_3s

        if (before := self.known(given)) is not None:
            return before
        begun = perf_counter()
        alone = not has_gallium_3s(given.envelope)
        jobs = self._work(given, alone=alone)
        found = self._fit(jobs[0], given) if alone else self._with_gallium(given, jobs)
        settled = Settled(
            fit=found, notes=tuple(self._reading.notes), seconds=perf_counter() - begun
        )
        self._memory.keep(self._key(given), settled)
        return settled

    def _key(self, given: Asked) -> str:
        """All that the fit of the region in sight is made of."""
        return f"{given.number} {given.sample!r} {_that_matters(given).model_dump_json()}"

    def _fit(self, job: tuple[xr.Dataset, Envelope], given: Asked) -> Fit:
        """Fit one spectrum, unless it was fitted before."""
        from xps.sample import fit_sample

        key = _alone(job, given)
        found: Fit | None = self._memory.recall(key)
        if found is None:
            (found,) = fit_sample([job], self._registry)
            self._memory.keep(key, found)
        return found

    def quickly(self, given: Asked) -> Fit | None:
        """Fit the region in sight without following the likelihood for intervals.

        It ends where :meth:`settled` ends, in a fraction of its time: values can be shown, their
        uncertainties not yet. ``None`` where other regions have to be fitted first.

        Raises
        ------
        InputError
            As :meth:`preview`.
        """
        from xps.fit import fit
        from xps.sample import has_gallium_3s

        if not has_gallium_3s(given.envelope):
            ((spectrum, envelope),) = self._work(given, alone=True)
        else:
            jobs = self._work(given, alone=False)
            if any(self._memory.recall(_alone(job, given)) is None for job in _witnesses(jobs)):
                return None
            spectrum, envelope, _ = self._informed(given, jobs)
        return fit(spectrum, envelope, registry=self._registry, intervals="covariance")

    def _with_gallium(self, given: Asked, jobs: Sequence[tuple[xr.Dataset, Envelope]]) -> Fit:
        """Fit a region with Ga 3s, as :func:`xps.sample.fit_sample` does with the whole sample."""
        from xps.sample import fit_sample, gallium_notes

        spectrum, envelope, expected = self._informed(given, jobs)
        (fit,) = fit_sample([(spectrum, envelope)], self._registry)
        guessed, known = (gallium_notes(fit, what) for what in (None, expected))
        findings = (*fit.findings[: len(fit.findings) - len(guessed)], *known)
        return replace(fit, given=given.envelope, findings=findings)

    def _informed(
        self, given: Asked, jobs: Sequence[tuple[xr.Dataset, Envelope]]
    ) -> tuple[xr.Dataset, Envelope, Expected | None]:
        """Tell a region with Ga 3s how large that must be.

        The other gallium lines stay as they are while a hand is at this region, and are the greater
        part of the work: they are fitted once.
        """
        from xps.gallium import expected_gallium_3s
        from xps.sample import with_gallium

        spectrum, envelope = next(job for job in jobs if _is(job, given))
        others = [(job[0], self._fit(job, given)) for job in _witnesses(jobs)]
        expected = expected_gallium_3s(spectrum, others, self._registry)
        return spectrum, with_gallium(envelope, expected), expected

    def _work(self, given: Asked, *, alone: bool) -> list[tuple[xr.Dataset, Envelope]]:
        """The spectra to fit, each on its scale with its envelope."""
        from ...jobs.xps.request import Request, work_of

        if alone:
            only = given.recipe.model_copy(update={"envelopes": (given.envelope,)})
            request = Request(recipe=only, spectrum=given.number)
        else:
            request = Request(recipe=_that_matters(given), sample=given.sample)
        return list(work_of(request, self._reading, self._registry).jobs)


def _alone(job: tuple[xr.Dataset, Envelope], given: Asked) -> str:
    """All that the fit of one spectrum is made of."""
    spectrum, envelope = job
    only = given.recipe.model_copy(update={"envelopes": (envelope,)})
    return f"alone {spectrum.attrs.get('number')} {only.model_dump_json()}"


def _witnesses(
    jobs: Sequence[tuple[xr.Dataset, Envelope]],
) -> list[tuple[xr.Dataset, Envelope]]:
    """Those that tell how large Ga 3s is."""
    from xps.sample import has_gallium_3s

    return [job for job in jobs if _tells_of_gallium(job[1]) and not has_gallium_3s(job[1])]


def _tells_of_gallium(envelope: Envelope) -> bool:
    return any(component.core_level.startswith("Ga ") for component in envelope.components)


def _is(job: tuple[xr.Dataset, Envelope], given: Asked) -> bool:
    return bool(job[0].attrs.get("number") == given.number)


def _that_matters(given: Asked) -> Recipe:
    """The recipe without what the fit of the region in sight does not ask about."""
    from xps.sample import has_gallium_3s

    own = given.envelope
    informed = has_gallium_3s(own)
    mine = tuple(
        e for e in given.recipe.envelopes if e is own or (informed and _tells_of_gallium(e))
    )
    return given.recipe.model_copy(update={"envelopes": mine})


def saved(
    path: Path,
    recipe: Recipe,
    registry: Registry,
    begin: Callable[[str], None],
    libraries: tuple[Path, ...] = (),
) -> Path:
    """Write the folder that ``peakwright xps fit FILE --recipe recipe.toml --out`` writes.

    Nothing is written before all is fitted.

    Parameters
    ----------
    path : Path
        The measurement; the folder is made beside it.
    recipe : Recipe
    registry : Registry
    begin : callable
        Called with a region's name when its fit begins.
    libraries : tuple of Path
        Library files of the user's own, of which the registry was made.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DataFileError, InputError
        As :meth:`peakwright.jobs.xps.fit.FitJob.run`, or if the folder cannot be written.
    """
    from references.files import write_atomic
    from references.words import InputError
    from xps.recipe import to_toml

    from ...jobs.xps.fit import FitJob
    from ...store import check_folder
    from ..saving import folder_of

    if not path.exists():
        raise InputError(
            f"there is no file {path.name} beside which a result could be saved; export the "
            "recipe, or take it from the page's `recipe` in the notebook"
        )
    folder = folder_of(path, "xps")
    check_folder(folder)
    with TemporaryDirectory(prefix="peakwright-") as elsewhere:
        # A result may name the file that its recipe was read from, with its hash.
        given = write_atomic(Path(elsewhere) / "recipe.toml", to_toml(recipe))
        job = replace(FitJob.of_recipe(recipe, given), libraries=libraries)
        done = job.run(path, registry, begin)
    done.write(folder)
    return folder
