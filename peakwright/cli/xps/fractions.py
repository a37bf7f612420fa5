"""Which fractions are formed of the fits, and what cannot be formed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from references.words import Finding, InputError, Severity

from .options import Basis

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Row
    from xps.envelope import Envelope
    from xps.result import Fit

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["FractionRequest", "not_formed"]

SET_NAME = "scofield_al"


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionRequest:
    """Which fractions the command line asked for.

    Raises
    ------
    InputError
        If a part belongs to another basis than the one asked for.
    """

    basis: Basis = Basis.within_level
    denominator: tuple[str, ...] = ()
    sensitivity_set: str = ""
    split: bool = False

    def __post_init__(self) -> None:
        """Refuse what would be silently without effect."""
        if self.denominator and self.basis is not Basis.atomic:
            raise InputError(f"--denominator belongs to --basis atomic, not to {self.basis.value}")
        if self.sensitivity_set and self.basis not in {Basis.atomic, Basis.atomic_all}:
            raise InputError(
                "--sensitivity-set belongs to --basis atomic or atomic_all; "
                f"{self.basis.value} uses no sensitivity factors"
            )

    def check(self, jobs: Iterable[Job], registry: Registry) -> None:
        """Refuse, before anything is fitted, what no fit could give.

        Raises
        ------
        InputError, UnknownReferenceError
            If a level comes twice in a sample, an element of the denominator is not fitted, or the
            sensitivity set or one of its factors is not known.
        """
        if self.basis is Basis.within_level:
            return
        by_sample: dict[str, list[str]] = {}
        for spectrum, envelope in jobs:
            if self.basis is not Basis.area_levels and not math.isfinite(_photon(spectrum)):
                raise InputError(
                    f"the file does not say the photon energy of {envelope.region}, which "
                    f"--basis {self.basis.value} needs; choose area_levels or within_level"
                )
            levels = {c.core_level for c in envelope.components if c.role == "species"}
            by_sample.setdefault(str(spectrum.attrs.get("sample", "")), []).extend(levels)
        for sample, levels in by_sample.items():
            self._check_levels(sample, levels, registry)

    def _check_levels(self, sample: str, levels: list[str], registry: Registry) -> None:
        whose = f" of sample {sample!r}" if sample else ""
        twice = sorted({level for level in levels if levels.count(level) > 1})
        if twice:
            raise InputError(
                f"{', '.join(twice)}{whose} would be fitted more than once; fractions over several "
                "levels need each level once: choose spectra with --sample or --spectrum"
            )
        if self.basis is Basis.area_levels:
            return
        self._check_factors(levels, registry)
        fitted = list(dict.fromkeys(registry.core_level(level).element for level in levels))
        missing = [element for element in self.denominator if element not in fitted]
        if missing:
            raise InputError(
                f"{', '.join(missing)} of --denominator{whose} would not be fitted, only "
                f"{', '.join(fitted)}; add its region, or leave it out"
            )

    def _check_factors(self, levels: list[str], registry: Registry) -> None:
        factors = registry.sensitivity_set(self.sensitivity_set or SET_NAME)
        for level in levels:
            factors.factor(level)

    def rows(
        self, fits: Sequence[Fit], registry: Registry
    ) -> tuple[list[Row], tuple[Finding, ...]]:
        """Give the fractions, and a finding for each sample that has none.

        A fit that did not converge forbids the fractions of its sample, not the whole result.
        """
        from xps.quantify import QuantificationError, transmission_note

        rows: list[Row] = []
        notes: list[Finding] = []
        for name in dict.fromkeys(fit.sample for fit in fits):
            of_sample = [fit for fit in fits if fit.sample == name]
            try:
                mine = self._sample(of_sample, registry)
            except QuantificationError as error:
                notes.append(not_formed(name, self.basis, str(error)))
                continue
            rows += mine
            if self.basis in {Basis.atomic, Basis.atomic_all}:
                notes.append(transmission_note(of_sample))
            if self.split:
                split, note = self._split(name, of_sample, registry)
                rows += split
                notes += note
        return rows, tuple(notes)

    def _sample(self, fits: Sequence[Fit], registry: Registry) -> list[Row]:
        from xps.quantify import Sensitivity, fractions

        if self.basis is Basis.within_level:
            return [row for fit in fits for row in fit.fractions]
        return list(
            fractions(
                fits,
                registry,
                basis=self.basis.value,
                elements=self.denominator,
                sensitivity=Sensitivity(set_name=self.sensitivity_set or SET_NAME),
            )
        )

    def _split(
        self, sample: str, fits: Sequence[Fit], registry: Registry
    ) -> tuple[list[Row], list[Finding]]:
        """Take off what the lattice must hold, or say that nothing was split."""
        from xps.quantify import QuantificationError, Sensitivity, split_lattices

        why = "Li2S is split by PS4 on S 2p; LiCl by PS4 on P 2p, on an atomic basis"
        try:
            found = split_lattices(
                fits,
                registry,
                basis=self.basis.value,
                elements=self.denominator,
                sensitivity=Sensitivity(set_name=self.sensitivity_set or SET_NAME),
            )
        except QuantificationError as error:
            found, why = [], str(error)
        if found:
            return found, []
        note = Finding(
            rule="nothing_split",
            severity=Severity.WARNING,
            subject=sample or "--split",
            message=f"nothing was split from the lattice's share: {why}",
        )
        return [], [note]


def _photon(spectrum: xr.Dataset) -> float:
    known = "photon_energy" in spectrum.coords
    return float(spectrum["photon_energy"]) if known else math.nan


def not_formed(sample: str, basis: Basis, why: str) -> Finding:
    """Give the finding that fractions of a sample have no such basis, and why."""
    return Finding(
        rule="fractions_not_formed",
        severity=Severity.ERROR,
        subject=" ".join(part for part in (sample, basis.value) if part),
        message=f"no fractions on this basis: {why}",
    )
