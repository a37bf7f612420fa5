"""What a joint fit gives: a fit a region, what they share, fractions, one covariance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from references.words import Assessment, Basis, Estimate, Finding, Row

from ..amount import Amounts, QuantificationError
from ..quantify import subjects
from ..share import fraction_row, whole_of
from ..state import state
from .coupling import qualified
from .join import sensitivity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.registry import Registry

    from ..budget import Budget
    from ..envelope import Component
    from ..estimate import Intervals, Measured, Quantity
    from ..result import Fit
    from .proportion import Proportion
    from .recipe import JointRecipe

__all__ = ["JointFit", "shared_rows"]

Array = NDArray[np.float64]
JointBasis = Literal["within_level", "area_levels", "atomic", "atomic_all"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JointFit:
    """The result of a joint fit.

    Attributes
    ----------
    sample : str
    assessment : Assessment
        Of all regions together; intervals exist only for ``converged``.
    message : str
        What it rests on.
    fits : tuple of Fit
        One a region, in the recipe's order, each with the uncertainties of the joint fit.
    shared : tuple of Row
        Charge shifts, and errors of sensitivity factors that a soft proportion told.
    findings : tuple of Finding
        What concerns the regions together; what concerns one is with its fit.
    recipe : JointRecipe
        With its envelopes written out.
    measured : Measured
        The joint model, its solution and budget.
    proportions : tuple of Proportion
    factors : tuple of (str, float, float)
        Sensitivity factor of each core level and its relative u.
    no_factors : str
        Why there are none; empty where there are.
    intervals : {"auto", "covariance", "profile"}
    """

    sample: str
    assessment: Assessment
    message: str
    fits: tuple[Fit, ...]
    shared: tuple[Row, ...]
    findings: tuple[Finding, ...]
    recipe: JointRecipe
    measured: Measured = field(repr=False)
    proportions: tuple[Proportion, ...]
    factors: tuple[tuple[str, float, float], ...]
    no_factors: str
    intervals: Intervals

    @property
    def members(self) -> tuple[tuple[Fit, Component], ...]:
        """Every component that counts in fractions, with its region's fit."""
        return tuple(
            (fit, component)
            for fit in self.fits
            for component in fit.envelope.components
            if component.role == "species"
        )

    def amounts(self, registry: Registry, *, corrected: bool = True) -> Amounts:
        """Give the amounts of all components with their full covariance.

        Parameters
        ----------
        registry : Registry
            For the elements of the levels.
        corrected : bool
            Whether areas are divided by the sensitivity factors of the fit.

        Raises
        ------
        QuantificationError
            If the fit did not converge, areas are in different units, or there are no factors.
        """
        budget = self._checked(corrected=corrected)
        values, rows = self._amounts(self.measured.state.values, corrected=corrected)
        others = [
            self._amounts(
                state(self.measured.plan, np.array(it.values)).values, corrected=corrected
            )
            for it in self.measured.solution.lesser
        ]
        return Amounts(
            names=tuple(component.name for _, component in self.members),
            levels=tuple(component.core_level for _, component in self.members),
            elements=tuple(registry.core_level(c.core_level).element for _, c in self.members),
            values=values,
            covariance=tuple((part, rows @ budget.part(part) @ rows.T) for part in budget.sources),
            seen=tuple(
                self.measured.significance(qualified(fit.region, component.name))
                for fit, component in self.members
            ),
            others=tuple(other for other, _ in others),
        )

    def fractions(
        self, registry: Registry, *, basis: JointBasis = "atomic", elements: Sequence[str] = ()
    ) -> tuple[Row, ...]:
        """Give species and element fractions from the joint covariance.

        Parameters
        ----------
        registry : Registry
        basis : {"within_level", "area_levels", "atomic", "atomic_all"}
            As in :func:`xps.fractions`; the sensitivity factors are those of the fit.
        elements : sequence of str
            The denominator of ``atomic``; all fitted elements where empty.

        Returns
        -------
        tuple of Row
            Species, then elements, then each phase as a whole and all that is not of it.

        Raises
        ------
        QuantificationError
            As :meth:`amounts`, or if an element of the denominator was not fitted.
        """
        if basis == "within_level":
            return tuple(row for fit in self.fits for row in fit.fractions) + self._phases_within()
        corrected = basis != "area_levels"
        found = self.amounts(registry, corrected=corrected)
        all_of_it = whole_of(found, self.sample, basis=basis, elements=elements)
        named = subjects(all_of_it)
        for proportion in self.proportions:
            if proportion.phase:
                own = self._of(proportion) & all_of_it.inside
                named += [(proportion.name, own), (_beyond(proportion), all_of_it.inside & ~own)]
        return tuple(
            all_of_it.named(subject, self._share(own, all_of_it.inside, corrected=corrected))
            for subject, own in named
            if own.any()
        )

    def _phases_within(self) -> tuple[Row, ...]:
        """Each phase as a whole, and what is not of it, within the levels that show both."""
        found: list[Row] = []
        if self.measured.budget is None:
            return ()
        levels = np.array([component.core_level for _, component in self.members])
        for proportion in self.proportions:
            own = self._of(proportion)
            for level in dict.fromkeys(levels[own].tolist()) if proportion.phase else ():
                inside = levels == level
                if (inside & own).sum() == 1 or not (inside & ~own).any():
                    continue  # the species itself says it all
                for subject, chosen in ((proportion.name, own), (_beyond(proportion), ~own)):
                    estimate = self._share(chosen & inside, inside, corrected=False)
                    found.append(
                        fraction_row(self.sample, subject, estimate, Basis.WITHIN_LEVEL, level)
                    )
        return tuple(found)

    def _share(
        self, own: NDArray[np.bool_], inside: NDArray[np.bool_], *, corrected: bool
    ) -> Estimate:
        """Estimate the share of some amounts in others along the joint likelihood."""

        def share(values: Array) -> tuple[float, Array]:
            amounts, rows = self._amounts(values, corrected=corrected)
            total = max(float(amounts[inside].sum()), 1e-300)
            value = float(amounts[own].sum()) / total
            return value, (own - value * inside) @ rows / total

        names = [
            qualified(fit.region, component.name)
            for (fit, component), mine in zip(self.members, own, strict=True)
            if mine
        ]
        seen = self.measured.significance(*names)
        return self.measured.estimate(share, significance=seen, intervals=self.intervals)

    def _amounts(self, values: Array, *, corrected: bool) -> tuple[Array, Array]:
        """Give the amounts (k,) at a state, and their gradient over it (k, state)."""
        plan = self.measured.plan
        factors = {level: factor for level, factor, _ in self.factors}
        errors = {plan.parameters[i].name: k for k, i in enumerate(plan.beside)}
        rows = np.zeros((len(self.members), values.size))
        amounts = np.empty(len(self.members))
        for i, (fit, component) in enumerate(self.members):
            row = self.measured.area_gradient(qualified(fit.region, component.name))
            row = row * fit.area_factor
            amounts[i] = row @ values
            if corrected:
                place = 3 * len(plan.lines) + errors[sensitivity_of(component.core_level)]
                factor = factors[component.core_level] * (1.0 + values[place])
                row, amounts[i] = row / factor, amounts[i] / factor
                row[place] -= amounts[i] / (1.0 + values[place])
            rows[i] = row
        return amounts, rows

    def _of(self, proportion: Proportion) -> NDArray[np.bool_]:
        own = {(member.region, member.component) for member in proportion.members}
        return np.array([(fit.region, c.name) in own for fit, c in self.members])

    def _checked(self, *, corrected: bool) -> Budget:
        if self.measured.budget is None:
            raise QuantificationError(
                f"the joint fit is {self.assessment}, not converged ({self.message}); fractions "
                "need its covariance"
            )
        units = {fit.lines[0].area_unit for fit in self.fits}
        if len(units) > 1:
            raise QuantificationError(
                f"areas come in {' and '.join(sorted(units))}; fractions over several levels need "
                "one unit: give the dwell time and scans of every region"
            )
        if corrected and self.no_factors:
            raise QuantificationError(self.no_factors)
        return self.measured.budget

    def rows(self) -> tuple[Row, ...]:
        """Give every number as a row: lines and fractions of each region, then what is shared."""
        return (*(row for fit in self.fits for row in fit.rows()), *self.shared)

    def to_dict(self) -> dict[str, object]:
        """Give the result as JSON-ready values."""
        return {
            "sample": self.sample,
            "assessment": str(self.assessment),
            "message": self.message,
            "fits": [fit.to_dict() for fit in self.fits],
            "shared": [
                {"quantity": row.quantity, "subject": row.subject, "unit": row.unit}
                | row.estimate.to_dict()
                for row in self.shared
            ],
            "areas": self._areas(),
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _areas(self) -> dict[str, object]:
        """The area of each component and the covariance of all of them, from all sources."""
        rows = np.array(
            [
                self.measured.area_gradient(qualified(fit.region, component.name)) * fit.area_factor
                for fit, component in self.members
            ]
        )
        budget = self.measured.budget
        return {
            "subjects": [f"{c.name} ({c.core_level})" for _, c in self.members],
            "units": [fit.lines[0].area_unit for fit, _ in self.members],
            "values": (rows @ self.measured.state.values).tolist(),
            "covariance": None if budget is None else (rows @ budget.total @ rows.T).tolist(),
        }


def _beyond(proportion: Proportion) -> str:
    return f"beyond {proportion.name}"


def shared_rows(measured: Measured, sample: str, intervals: Intervals) -> tuple[Row, ...]:
    """Give the parameters that regions share as rows, each with its interval."""
    plan, found = measured.plan, list[Row]()
    for k, index in enumerate(plan.beside):
        parameter = plan.parameters[index]
        if parameter.held:
            continue
        gradient = np.zeros(measured.state.values.size)
        gradient[3 * len(plan.lines) + k] = 1.0
        estimate = measured.estimate(
            _value_along(gradient), significance=np.inf, intervals=intervals, magnitude=False
        )
        shift = parameter.name.endswith("charge shift")
        found.append(
            Row(
                sample=sample,
                technique="xps",
                quantity="charge_shift" if shift else "sensitivity_error",
                subject=parameter.name.removesuffix(" charge shift").removesuffix(" sensitivity"),
                estimate=estimate,
                unit="eV" if shift else "1",
            )
        )
    return tuple(found)


def _value_along(gradient: Array) -> Quantity:
    return lambda values: (float(gradient @ values), gradient)
