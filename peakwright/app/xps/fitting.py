"""What the page asks the fitter: a preview at once, the fit of the region in sight, the whole job.

Everything is asked through the same doors as the command line uses, from a snapshot of the session,
off the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from references.registry import Registry
    from references.words import Finding
    from xps.envelope import Envelope
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
    """A fit of the region in sight, and what concerns the file rather than it."""

    asked: Asked
    fit: Fit
    notes: tuple[Finding, ...]


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
    """

    def __init__(self, reading: Reading, registry: Registry) -> None:
        self._reading = reading
        self._registry = registry
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

    def settled(self, given: Asked) -> Settled:
        """Fit the region in sight as the whole job would.

        A region with Ga 3s in it learns its size from the sample's other gallium lines, so that
        these are fitted too.

        Raises
        ------
        InputError
            As :meth:`preview`.
        """
        from xps.sample import fit_sample, has_gallium_3s

        alone = not has_gallium_3s(given.envelope)
        jobs = self._work(given, alone=alone)
        if not alone:
            jobs = [job for job in jobs if _tells_of_gallium(job[1]) or _is(job[0], given)]
        fits = fit_sample(jobs, self._registry)
        found = next(
            fit for fit, (spectrum, _) in zip(fits, jobs, strict=True) if _is(spectrum, given)
        )
        return Settled(asked=given, fit=found, notes=tuple(self._reading.notes))

    def _work(self, given: Asked, *, alone: bool) -> list[tuple[xr.Dataset, Envelope]]:
        """The spectra to fit, each on its scale with its envelope."""
        from ...jobs.xps.request import Request, work_of

        if alone:
            only = given.recipe.model_copy(update={"envelopes": (given.envelope,)})
            request = Request(recipe=only, spectrum=given.number)
        else:
            request = Request(recipe=given.recipe, sample=given.sample)
        return list(work_of(request, self._reading, self._registry).jobs)


def _tells_of_gallium(envelope: Envelope) -> bool:
    return any(component.core_level.startswith("Ga ") for component in envelope.components)


def _is(spectrum: xr.Dataset, given: Asked) -> bool:
    return bool(spectrum.attrs.get("number") == given.number)


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
