"""What is stated of a measurement: lines, spectra and fractions, whoever stated them.

A table typed from a paper, another program's fit, a recipe and a result of ours all become
:class:`Claims`; the linter's rules read nothing else of them. A claim keeps what was said: a
number without an uncertainty has none, limits and ties are those of the fit that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from references.lookup import folded

from .naming import composition, is_metal, nearest_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from references.core_level import CoreLevel, SpeciesLine
    from references.registry import Registry
    from references.words import Basis, Finding

    from .result import Curves

__all__ = ["ClaimedFraction", "ClaimedLine", "ClaimedSpectrum", "Claims", "Stated", "Tie"]

Origin = Literal["table", "fit", "recipe", "casaxps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A number that was made from another line's: which one, and the ratio or distance."""

    line: int
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One number as it was stated.

    Parameters
    ----------
    value : float
    u : float or None
        Standard uncertainty, where one is stated.
    low, high : float or None
        Limits between which a fit could move it; ``None`` where they are not known.
    tie : Tie or None
        What it was made from.
    """

    value: float
    u: float | None = None
    low: float | None = None
    high: float | None = None
    tie: Tie | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLine:
    """One line: where it lies, on which level, and what it is said to be.

    Parameters
    ----------
    index : int
        Its place in :attr:`Claims.lines`.
    sample, region : str
        Sample, and the spectrum or level that it was written under.
    label : str
        Core level as it was written, ``"Cl 1s"``; normalised where it could be read.
    level : CoreLevel or None
        The library's level: by its label or, where none of that name can lie there, by its energy.
    line : str
        ``"2p3/2"``; empty where it is not known.
    minor : bool
        Whether it is the weaker line of a doublet.
    name : str
        What it was called, ``"Li-Ga alloy"``.
    species, variant : str
        The library's key; empty where it has none.
    position : Stated or None
        Binding energy on the library's scale [eV].
    fwhm, area : Stated or None
        True full width [eV], area.
    referenced : bool
        Whether the energy scale is declared.
    partner : int or None
        Of a minor line: its major line.
    assumed : bool
        Whether its place is the library's own, and no statement.
    rsf, uncorrected_rsf : float or None
        Sensitivity factor it was given, as used and before corrections.
    """

    index: int
    sample: str
    region: str
    label: str
    level: CoreLevel | None
    line: str
    minor: bool
    name: str
    species: str = ""
    variant: str = ""
    position: Stated | None = None
    fwhm: Stated | None = None
    area: Stated | None = None
    referenced: bool = False
    partner: int | None = None
    assumed: bool = False
    rsf: float | None = None
    uncorrected_rsf: float | None = None

    @property
    def symbol(self) -> str:
        """The level's symbol, as far as it is known."""
        return self.level.symbol if self.level else self.label

    @property
    def subject(self) -> str:
        """What a finding about it is about."""
        name = "" if folded(self.name) == folded(self.symbol) else self.name
        return " ".join(part for part in (self.sample, self.symbol, name) if part)

    @property
    def there(self) -> bool:
        """Whether it has a place, and area as far as one is stated."""
        return self.position is not None and (self.area is None or self.area.value > 0)

    @property
    def place(self) -> float:
        """Its binding energy [eV]; only of a line that is :attr:`there`."""
        assert self.position is not None
        return self.position.value

    @property
    def named(self) -> bool:
        """Whether it is called anything but its level."""
        return bool(self.species) or folded(self.name) not in {folded(self.symbol), "component"}

    @property
    def compound(self) -> tuple[tuple[str, float], ...]:
        """Elements and numbers of the compound it is called after."""
        return composition(self.name)

    def known(self, registry: Registry) -> SpeciesLine | None:
        """Give the library's line of this species on this level."""
        if self.level is None or not self.species or self.position is None:
            return None
        return nearest_line(registry, self.level.symbol, self.species, self.variant, self.place)

    def group(self, registry: Registry) -> Literal["conductor", "insulator"] | None:
        """Give its electrical group, as far as its species is known."""
        if self.species:
            return registry.species(self.species).group
        return "conductor" if is_metal(self.name) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedFraction:
    """A stated fraction.

    Parameters
    ----------
    sample, name, species : str
        As for a line.
    symbol : str
        Core level it was taken from; empty where it is not said.
    value : float
        Of 1.
    u : float or None
    basis : Basis or None
        ``None`` where it is not stated.
    """

    sample: str
    name: str
    species: str
    symbol: str
    value: float
    u: float | None = None
    basis: Basis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedSpectrum:
    """A measured region, with the fit it was given.

    Parameters
    ----------
    sample, region : str
    symbol : str
        Core level, where the region has a fit or its name says one.
    window : (float, float) or None
        Fitted binding energies [eV].
    background : str
        As its program calls it; empty where there is none.
    rsf, uncorrected_rsf : float or None
        Sensitivity factor of the region.
    charge_shift : float or None
        What was added to the stored axis [eV].
    curves : Curves or None
        Data, background and, where the line shapes are exactly known, envelope and residuals.
    exact : bool
        Whether the envelope of ``curves`` is the fit's own.
    chi2_reduced : float or None
        The fit's own, where it says one.
    missing : tuple of str
        What the file does not say (photon energy, dwell time).
    tie_point_off : float or None
        Where a background must meet the data: by how much it misses, of the data's range.
    end_channels : int or None
        Over how many channels a background's ends are averaged.
    refit_gain : float or None
        Share of its own sum of squares that a refit from the stored values takes off.
    """

    sample: str
    region: str
    symbol: str = ""
    window: tuple[float, float] | None = None
    background: str = ""
    rsf: float | None = None
    uncorrected_rsf: float | None = None
    charge_shift: float | None = None
    curves: Curves | None = field(default=None, compare=False)
    exact: bool = False
    chi2_reduced: float | None = None
    missing: tuple[str, ...] = ()
    tie_point_off: float | None = None
    end_channels: int | None = None
    refit_gain: float | None = None

    @property
    def subject(self) -> str:
        """What a finding about it is about."""
        return " ".join(part for part in (self.sample, self.region) if part)


@dataclass(frozen=True, kw_only=True)
class Claims:
    """All that is stated, of any number of samples.

    Parameters
    ----------
    origin : {"table", "fit", "recipe", "casaxps"}
        Whose statements they are: a fit of ours weighs its covariance, a file knows its spectra.
    lines : tuple of ClaimedLine
    fractions : tuple of ClaimedFraction
    spectra : tuple of ClaimedSpectrum
        Empty for a table or a recipe.
    elements : tuple of str
        Declared to be in the sample.
    findings : tuple of Finding
        What the source said of itself.
    notes : tuple of str
        What was taken for granted in reading it.
    """

    origin: Origin
    lines: tuple[ClaimedLine, ...] = ()
    fractions: tuple[ClaimedFraction, ...] = ()
    spectra: tuple[ClaimedSpectrum, ...] = ()
    elements: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def groups(self) -> tuple[tuple[ClaimedLine, ...], ...]:
        """The lines of each spectrum: those of one sample, region and level, where there."""
        found: dict[tuple[str, str, str], list[ClaimedLine]] = {}
        for line in self.lines:
            if line.there:
                found.setdefault((line.sample, line.region, line.symbol), []).append(line)
        return tuple(tuple(lines) for lines in found.values())

    @cached_property
    def largest(self) -> dict[tuple[str, str], float]:
        """The largest area of each spectrum, by sample and region."""
        found: dict[tuple[str, str], float] = {}
        for line in self.lines:
            if line.area is not None:
                key = (line.sample, line.region)
                found[key] = max(found.get(key, 0.0), line.area.value)
        return found

    def doublets(self) -> Iterator[tuple[ClaimedLine, ClaimedLine]]:
        """Yield the two lines of each doublet, major first."""
        for minor in self.lines:
            if minor.partner is not None and minor.minor and minor.there:
                major = self.lines[minor.partner]
                if major.there and major.level == minor.level:
                    yield major, minor

    def samples(self) -> tuple[str, ...]:
        """Give the samples with lines; lines without a sample hold for each of them."""
        named = dict.fromkeys(line.sample for line in self.lines if line.sample)
        return tuple(named) or ("",)

    @cached_property
    def _own(self) -> dict[str, list[ClaimedLine]]:
        found: dict[str, list[ClaimedLine]] = {}
        for line in self.lines:
            if line.there:
                found.setdefault(line.sample, []).append(line)
        return found

    def of(self, sample: str) -> tuple[ClaimedLine, ...]:
        """Give the lines that hold for a sample: its own, and those of no sample."""
        own = self._own.get(sample, []) if sample else []
        return tuple(sorted((*own, *self._own.get("", [])), key=lambda line: line.index))

    def elements_in(self, sample: str) -> frozenset[str]:
        """Give the elements of a sample: declared, measured, or named by a line's level."""
        lines = {line.symbol.split()[0] for line in self.of(sample)}
        spectra = {x.symbol.split()[0] for x in self.spectra if x.symbol and x.sample == sample}
        return frozenset({*self.elements, *lines, *spectra})
