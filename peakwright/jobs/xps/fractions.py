"""Which fractions are formed of the fits, and what cannot be formed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from references.words import Finding, InputError, Severity

from .choices import Basis

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr

    from references.registry import Registry
    from references.words import Row
    from xps.amount import Sensitivity
    from xps.envelope import Envelope
    from xps.recipe import Fractions
    from xps.result import Fit
    from xps.share import Whole
    from xps.transmission import TransmissionChoice

    Job = tuple[xr.Dataset, Envelope]

__all__ = ["FractionRequest", "not_formed"]

SET_NAME = "scofield_al"
NOT_THERE = {"zero_area", "insignificant"}
"""Rules that find what is no surprise where a limit was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionRequest:
    """Which fractions were asked for.

    Raises
    ------
    InputError
        If a part belongs to another basis than the one asked for.
    """

    basis: Basis = Basis.within_level
    denominator: tuple[str, ...] = ()
    sensitivity_set: str = ""
    transmission: str = ""
    split: bool = False
    limit: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would be silently without effect."""
        if self.denominator and self.basis is not Basis.atomic:
            raise InputError(f"--denominator belongs to --basis atomic, not to {self.basis.value}")
        if self.sensitivity_set and self.basis not in {Basis.atomic, Basis.atomic_all}:
            raise InputError(
                "--sensitivity-set belongs to --basis atomic or atomic_all; "
                f"{self.basis.value} uses no sensitivity factors"
            )
        if self.transmission and self.basis not in {Basis.atomic, Basis.atomic_all}:
            raise InputError(
                "--transmission belongs to --basis atomic or atomic_all; within one level it "
                f"cancels, and {self.basis.value} corrects nothing"
            )
        _chosen(self.transmission)

    @classmethod
    def over(
        cls,
        told: Fractions | None,
        *,
        basis: Basis | None = None,
        denominator: tuple[str, ...] = (),
        sensitivity_set: str = "",
        transmission: str = "",
        split: bool = False,
        limit: tuple[str, ...] = (),
    ) -> FractionRequest:
        """Give what options ask for, and where they are silent what the recipe says.

        What a recipe says of another basis than the one of the option is not taken over.
        """
        if told is None:
            told_basis, kept = Basis.within_level, None
        else:
            told_basis = Basis(told.basis)
            kept = told if basis in {None, told_basis} else None
        return cls(
            basis=told_basis if basis is None else basis,
            denominator=denominator or (kept.denominator if kept else ()),
            sensitivity_set=sensitivity_set or (kept.sensitivity_set if kept else ""),
            transmission=transmission or (kept.transmission if kept else ""),
            split=split or (kept is not None and kept.split),
            limit=limit or (told.limit if told else ()),
        )

    def options(self) -> dict[str, object]:
        """Give it as the command's options, empty where nothing was asked for."""
        return {
            "basis": "" if self.basis is Basis.within_level else self.basis,
            "denominator": ",".join(self.denominator),
            "sensitivity_set": self.sensitivity_set,
            "transmission": self.transmission,
            "split": self.split,
        }

    def in_recipe(self) -> Fractions:
        """Give it as a recipe says it."""
        from xps.recipe import Fractions

        return Fractions(
            basis=self.basis.value,
            denominator=self.denominator,
            sensitivity_set=self.sensitivity_set,
            transmission=self.transmission,
            split=self.split,
            limit=self.limit,
        )

    @property
    def sensitivity(self) -> Sensitivity:
        """How areas become amounts."""
        from xps.quantify import Sensitivity

        choice, exponent = _chosen(self.transmission)
        return Sensitivity(
            set_name=self.sensitivity_set or SET_NAME,
            transmission=choice,
            transmission_exponent=exponent,
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

    def check_levels(self, envelopes: Iterable[Envelope], registry: Registry) -> None:
        """Refuse, before a series is fitted, factors and elements that it will not have.

        Raises
        ------
        InputError, UnknownReferenceError
            As :meth:`check`.
        """
        if self.basis is not Basis.within_level:
            levels = [c.core_level for e in envelopes for c in e.components if c.role == "species"]
            self._check_levels("", list(dict.fromkeys(levels)), registry)

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
        _ = self.sensitivity  # which refuses a transmission that cannot be
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
        from xps.detection import limit_notes
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
                used = self.sensitivity
                exponent, choice = used.transmission_exponent, used.transmission
                notes.append(transmission_note(of_sample, exponent, choice))
            if self.split:
                split, note = self._split(name, of_sample, registry)
                rows += split
                notes += note
        notes += limit_notes(rows, fits, self.limit)
        return rows, tuple(notes)

    def is_limit(self, fit: Fit) -> bool:
        """Whether a fit shows no peak of species of which nothing but a limit was asked for."""
        return bool(fit.absent) and {name for name, _ in fit.absent} <= set(self.limit)

    def over_levels(
        self, fits: Sequence[Fit], registry: Registry
    ) -> tuple[Whole, tuple[Row, ...]] | None:
        """Give what a sample's fractions over levels are of, and them; ``None`` within a level.

        Levels that show no peak, and that nothing but a limit was asked for, are left out.
        """
        from xps.quantify import fractions, whole

        if self.basis is Basis.within_level:
            return None
        seen, _, gone = self._split_off(fits, registry)
        basis, sensitivity = self.basis.value, self.sensitivity
        elements = tuple(e for e in self.denominator if e not in gone)
        found = whole(seen, registry, basis=basis, elements=elements, sensitivity=sensitivity)
        rows = fractions(seen, registry, basis=basis, elements=elements, sensitivity=sensitivity)
        return found, rows

    def _split_off(
        self, fits: Sequence[Fit], registry: Registry
    ) -> tuple[list[Fit], list[Fit], set[str]]:
        """Fits that show something, those of limits alone, and the elements of the latter."""
        absent = [fit for fit in fits if self.is_limit(fit)]
        levels = {c.core_level for fit in absent for c in fit.envelope.components}
        gone = {registry.core_level(level).element for level in levels}
        return [fit for fit in fits if not self.is_limit(fit)], absent, gone

    def _sample(self, fits: Sequence[Fit], registry: Registry) -> list[Row]:
        from xps.detection import absent_fractions

        found = self.over_levels(fits, registry)
        if found is None:
            return [row for fit in fits for row in fit.fractions]
        all_of_it, rows = found
        seen, absent, gone = self._split_off(fits, registry)
        if absent and (not self.denominator or gone & set(self.denominator)):
            rows += absent_fractions(absent, seen, all_of_it, registry, self.sensitivity)
        return list(rows)

    def expected(self, fit: Fit) -> Fit:
        """Give a fit whose findings do not complain of what a limit was asked for."""
        wanted = {
            f"{c.core_level} {c.name}" for c in fit.envelope.components if c.name in self.limit
        }
        return replace(
            fit,
            findings=tuple(
                replace(finding, severity=Severity.INFO)
                if finding.rule in NOT_THERE and finding.subject in wanted
                else finding
                for finding in fit.findings
            ),
        )

    def _split(
        self, sample: str, fits: Sequence[Fit], registry: Registry
    ) -> tuple[list[Row], list[Finding]]:
        """Take off what the lattice must hold, or say that nothing was split."""
        from xps.quantify import QuantificationError, split_lattices

        why = "Li2S is split by PS4 on S 2p; LiCl by PS4 on P 2p, on an atomic basis"
        try:
            found = split_lattices(
                fits,
                registry,
                basis=self.basis.value,
                elements=self.denominator,
                sensitivity=self.sensitivity,
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


def _chosen(text: str) -> tuple[TransmissionChoice, float]:
    """Give which transmission is meant, and the exponent of an assumed one."""
    if text in {"", "auto"}:
        return "auto", 0.0
    if text == "file":
        return "file", 0.0
    try:
        return "assumed", 0.0 if text == "none" else float(text)
    except ValueError:
        raise InputError(
            f"--transmission {text!r}: expected auto, file, none, or the exponent of the kinetic "
            "energy, for instance -0.5"
        ) from None


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
