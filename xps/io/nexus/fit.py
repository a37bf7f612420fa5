"""One NXfit: data, curves, one NXpeak a line and one for the background, the objective."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...lineshape import lineshape
from .tree import binary, field, group

if TYPE_CHECKING:
    from ...stored import StoredEstimate, StoredLine
    from .entry import NexusEntry, Provenance

__all__ = ["write_fit"]

FUNCTION_TYPES = {
    "gaussian": "Gaussian",
    "lorentzian": "Lorentzian",
    "voigt": "Voigt",
    "pseudo_voigt": "Gaussian-Lorentzian Sum",
    "gl_sum": "Gaussian-Lorentzian Sum",
    "gl_product": "Gaussian-Lorentzian Product",
    "la": "Asymmetric Lorentzian",
    "doniach_sunjic": "Doniach-Sunjic",
    "mahan": "Mahan",
}
"""The definition's words for line shapes; its list is open, and Mahan's line is not in it."""
BACKGROUND_TYPES = {
    "shirley": "Shirley",
    "tougaard": "Tougaard",
    "linear": "Linear",
    "constant": "Constant",
}
OBJECTIVES = {
    "poisson": ("Poisson likelihood", "2 sum(mu - N + N ln(N/mu)), maximum likelihood of counts"),
    "sqrt_counts": ("least squares", "sum((N - mu)^2/max(N, 1))"),
    "unweighted": ("least squares", "sum((N - mu)^2)"),
}
OF_LIST = {*FUNCTION_TYPES.values(), "Linear", "Shirley", "Tougaard"} - {"Mahan"}
"""Those that stand in the definition's open lists; any other is marked as one's own."""


def write_fit(root: Any, entry: NexusEntry, provenance: Provenance, unit: str) -> None:
    """Write the fit of an entry; ``unit`` is that of its data."""
    _Fit(group(root, "fit", "NXfit"), entry, provenance, unit).write()


class _Fit:
    """What is written, and where."""

    def __init__(self, root: Any, entry: NexusEntry, provenance: Provenance, unit: str) -> None:
        self.root, self.entry, self.provenance, self.unit = root, entry, provenance, unit
        self.fit, self.envelope = entry.fit, entry.envelope

    def write(self) -> None:
        fit, curves = self.fit, self.entry.curves
        root = self.root
        root.attrs["default"] = "data"
        field(root, "label", fit.region)
        field(root, "program", self.provenance.program)
        field(root, "version", self.provenance.version)
        outcome = group(root, "assessment", "NXnote")
        field(outcome, "type", "text/plain")
        field(outcome, "description", fit.assessment)
        field(outcome, "data", binary(fit.message))
        data = group(root, "data", "NXdata")
        data.attrs["signal"], data.attrs["axes"] = "input_dependent", "input_independent"
        data.attrs["auxiliary_signals"] = ["fit_sum", "residual"]
        data.attrs["input_independent_indices"] = 0
        field(data, "input_independent", curves.energy, units="eV")
        field(data, "input_dependent", curves.measured, units=self.unit)
        field(data, "fit_sum", curves.envelope, units=self.unit)
        field(data, "residual", curves.measured - curves.envelope, units=self.unit)
        for i, line in enumerate(fit.lines):
            self.peak(group(root, f"peak_{i}", "NXpeak"), line, curves.lines[i])
        self.background(group(root, "background_0", "NXpeak"))
        self.functions(root)

    def peak(self, root: Any, line: StoredLine, curve: Any) -> None:
        field(root, "label", f"{line.name} {line.line}")
        self.curve(root, curve)
        function = group(root, "function", "NXfit_function")
        _function_type(function, FUNCTION_TYPES.get(line.shape, line.shape))
        field(
            function,
            "description",
            f"xps.lineshape {line.shape}: of unit area, with the true full width at half maximum",
        )
        field(function, "formula_description", f"area * {line.shape}(energy; parameters)")
        parameters = group(function, "fit_parameters", "NXparameters")
        told = line.estimates
        _estimate(parameters, "position", told.position, "eV", "binding energy, calibrated")
        _estimate(parameters, "fwhm", told.fwhm, "eV", "true full width at half maximum")
        _estimate(parameters, "area", told.area, line.area_unit, "area of the line")
        for name in lineshape(line.shape).parameters:
            field(parameters, name, line.shape_parameters[name], units="")
        field(root, "total_area", line.area, units=line.area_unit)
        field(root, "total_area_errors", told.area.u, units=line.area_unit)
        level = next(c.core_level for c in self.envelope.components if c.name == line.name)
        field(root, "relative_sensitivity_factor", self.entry.sensitivity.get(level))
        total = sum(other.area for other in self.fit.lines)
        field(root, "relative_area", line.area / total if total > 0 else None)

    def background(self, root: Any) -> None:
        chosen, fitted = self.envelope.background, self.fit.background
        field(root, "label", f"{chosen.mode} {chosen.kind}")
        self.curve(root, self.entry.curves.background)
        function = group(root, "function", "NXfit_function")
        _function_type(function, BACKGROUND_TYPES[chosen.kind])
        described = (
            "fitted with the peaks: constant + slope (E - about) + loss G(peaks)"
            if chosen.mode == "active"
            else "computed from the data first and held"
        )
        field(function, "description", described)
        parameters = group(function, "fit_parameters", "NXparameters")
        field(parameters, "constant", fitted.constant, units=self.unit)
        field(parameters, "slope", fitted.slope, units=f"{self.unit}/eV")
        field(parameters, "about", fitted.about, units="eV")
        loss_unit = "1/eV" if chosen.kind == "shirley" else ""
        field(parameters, "loss", fitted.loss, units=loss_unit)
        for name, value in zip(("B", "C", "D", "gap"), chosen.kernel, strict=False):
            field(parameters, name, value, units="eV" if name == "gap" else "eV^2")

    def curve(self, root: Any, values: Any) -> None:
        data = group(root, "data", "NXdata")
        data.attrs["signal"], data.attrs["axes"] = "intensity", "position"
        data.attrs["position_indices"] = 0
        field(data, "position", self.entry.curves.energy, units="eV")
        field(data, "intensity", values, units=self.unit)

    def functions(self, root: Any) -> None:
        fit = self.fit
        whole = group(root, "global_fit_function", "NXfit_function")
        peaks = " + ".join(f"peak_{i}" for i in range(len(fit.lines)))
        field(whole, "formula_description", f"background_0 + {peaks}")
        error = group(root, "error_function", "NXfit_function")
        kind, formula = OBJECTIVES.get(fit.statistics.statistic, (fit.statistics.statistic, ""))
        field(error, "function_type", kind)
        field(error, "description", fit.statistics.statistic)
        field(error, "formula_description", formula)
        field(
            root,
            "figure_of_merit_chi2_reduced",
            fit.statistics.chi2_reduced,
            metric="objective per degree of freedom",
            units="",
        )


def _function_type(root: Any, name: str) -> None:
    field(root, "function_type", name, custom=None if name in OF_LIST else True)


def _estimate(root: Any, name: str, told: StoredEstimate, unit: str, description: str) -> None:
    """Write a value with its standard uncertainty, the parts of it, and its interval."""
    field(root, name, told.value, units=unit, description=description)
    field(root, f"{name}_errors", told.u, units=unit)
    for part, value in told.u_parts.items():
        field(root, f"{name}_u_{part}", value, units=unit)
    field(root, f"{name}_low", told.low, units=unit)
    field(root, f"{name}_high", told.high, units=unit)
    field(root, f"{name}_level", told.level)
    field(root, f"{name}_kind", told.kind)
