"""A powder pattern as a function of its parameters: phases on a background, and a diffractometer.

y(2 theta) = background + sum over phases p, reflections h, wavelengths w of
S_p r_w m_h LP <|F_h|^2> exp(-2 B s^2) T_h profile(2 theta - 2 theta_h), with the analytic
derivatives of all parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .background import SPACING, smooth_rows
from .knowledge import Parameter, Spread
from .phase import amounts, parameters_of, spread_of
from .reflections import d_spacings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .diffractometer import Diffractometer
    from .phase import PhaseModel
    from .profile import Lines

__all__ = ["PatternModel"]

Array = NDArray[np.float64]

LEAST_WIDTH = 1e-3
"""Smallest width [degrees] that either part of a line may have."""
WIDEST = 0.12
"""Largest axial divergence S/L."""
LEAST_SQUARE = 3e-4
"""Squared Gaussian width [degrees^2] below which U tan^2 + V tan + W is bent away from nothing."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PatternModel:
    """A pattern's model: :meth:`evaluate` gives its counts and their slopes.

    Parameters of the instrument come first, then the background's, then each phase's. ``spreads``
    are families of parameters of which only their spread is known.
    """

    two_theta: Array
    diffractometer: Diffractometer
    phases: tuple[PhaseModel, ...]
    parameters: tuple[Parameter, ...]
    background: Array = field(repr=False)
    spreads: tuple[Spread, ...] = field(repr=False)
    exposure: Array | float = 1.0
    beneath: Array | None = field(default=None, repr=False)
    spacing: float = SPACING

    @classmethod
    def build(
        cls,
        two_theta: Array,
        diffractometer: Diffractometer,
        phases: Sequence[PhaseModel],
        *,
        exposure: Array | float = 1.0,
        beneath: Array | None = None,
        spacing: float = SPACING,
    ) -> PatternModel:
        """Lay a model out with its usual knowledge and starts.

        Parameters
        ----------
        exposure : (channels,) array or float
            Counting times of the channels, where these differ.
        beneath : (channels,) or (n, channels) array, optional
            What is known to lie beneath the lines, to a factor: an empty holder's pattern.
        spacing : float
            Degrees between the knots of the background.
        """
        x = np.asarray(two_theta, dtype=float)
        rows, penalty = smooth_rows(x, beneath, spacing)
        seen = diffractometer
        own = [
            Parameter(name="displacement", value=0.0, low=-1.0, high=1.0),
            Parameter(name="ratio", value=seen.ratio, low=0.0, u=seen.ratio_u),
            *(
                Parameter(name=f"gauss {key}", value=value, low=low, high=0.5, u=u)
                for key, value, u, low in zip(
                    "UVW", seen.gauss, seen.gauss_u, (-0.5, -0.5, 1e-4), strict=True
                )
            ),
            Parameter(
                name="axial squared",
                value=seen.axial**2,
                low=0.0,
                high=WIDEST**2,
                u=2.0 * max(seen.axial, seen.axial_u) * seen.axial_u,
            ),
            # One for all phases: B of a structure is known better than a mixture can tell.
            Parameter(name="B", value=0.0, low=-1.5, high=4.0, u=0.5),
            Parameter(name="shape", value=seen.shape, low=-0.5, high=1.5, u=seen.shape_u),
            *(Parameter(name=f"background {i}", value=0.0) for i in range(len(rows))),
        ]
        first = len(own) - len(rows)
        spreads = [Spread(part="background", first=first, last=len(own), penalty=penalty)]
        for phase in phases:
            own += parameters_of(phase)
            if phase.uneven is not None:
                spreads.append(spread_of(phase, [p.name for p in own]))
        return cls(
            two_theta=x,
            diffractometer=diffractometer,
            phases=tuple(phases),
            parameters=tuple(own),
            background=rows,
            spreads=tuple(spreads),
            exposure=exposure,
            beneath=beneath,
            spacing=spacing,
        )

    def with_phases(
        self, phases: Sequence[PhaseModel], *, beneath: Array | None = None
    ) -> PatternModel:
        """Give the model of other phases on the same diffractometer, with what is known of both.

        ``beneath`` are further columns that are known to a factor.
        """
        rows = [given for given in (self.beneath, beneath) if given is not None]
        model = PatternModel.build(
            self.two_theta,
            self.diffractometer,
            phases,
            exposure=self.exposure,
            beneath=np.vstack(rows) if rows else None,
            spacing=self.spacing,
        )
        known = {p.name: p for p in self.parameters if not p.name.startswith("background")}
        return replace(model, parameters=tuple(known.get(p.name, p) for p in model.parameters))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters, in their order."""
        return tuple(parameter.name for parameter in self.parameters)

    def with_parameter(self, name: str, **changes: float) -> PatternModel:
        """Give the model with other knowledge of one parameter."""
        changed = tuple(replace(p, **changes) if p.name == name else p for p in self.parameters)
        return replace(self, parameters=changed)

    @property
    def smooth(self) -> slice:
        """Where the background's parameters stand."""
        first = self.names.index("background 0")
        return slice(first, first + len(self.background))

    @property
    def at(self) -> dict[str, int]:
        """Where each parameter stands."""
        return {name: i for i, name in enumerate(self.names)}

    def evaluate(self, values: Array) -> tuple[Array, Array]:
        """Counts (channels,) and their derivatives (parameters, channels)."""
        from .profile import draw

        at = self.at
        y = np.zeros(self.two_theta.size)
        jacobian = np.zeros((len(values), y.size))
        y += values[self.smooth] @ self.background
        jacobian[self.smooth] = self.background
        axial, shape = at["axial squared"], at["shape"]
        lines = [one for phase in self.phases for one in self.lines(phase, values)]
        draw(self.two_theta, lines, values[axial], values[shape], (axial, shape), y, jacobian)
        return y * self.exposure, jacobian * self.exposure

    def column(self, phase: PhaseModel, values: Array) -> Array:
        """Counts (channels,) of one phase at the scale it would have, were that one."""
        from .profile import draw

        at = self.at
        values = values.copy()
        values[at[f"{phase.name} scale"]] = 1.0
        y = np.zeros(self.two_theta.size)
        bare = [
            lines._replace(
                **{f"by_{name}": np.zeros((lines.area.size, 0)) for name in lines._fields[:4]}
            )
            for lines in self.lines(phase, values)
        ]
        axial, shape = values[at["axial squared"]], values[at["shape"]]
        draw(self.two_theta, bare, axial, shape, (-1, -1), y, np.zeros((0, y.size)))
        return y * self.exposure

    def lines(self, phase: PhaseModel, values: Array) -> Iterator[Lines]:
        """Lines of one phase at each wavelength, with their derivatives by all parameters."""
        from .profile import Lines

        at = self.at
        own = {
            key.removeprefix(f"{phase.name} "): i
            for key, i in at.items()
            if key.startswith(f"{phase.name} ")
        }
        shape = phase.reflections.d.size, len(values)
        zero = self.diffractometer.zero
        d, by_cell = self._spacings(phase, values, own)
        amount, by_amount = amounts(phase, values, own | {"B": at["B"]}, 0.25 / d**2, shape)
        width_u, width_v, width_w = (at[f"gauss {key}"] for key in "UVW")
        for number, wavelength in enumerate(self.diffractometer.wavelengths):
            theta = np.arcsin(np.clip(0.5 * wavelength / d, 0.0, 0.99999))
            tangent = np.tan(theta)
            seen = self.diffractometer.seen(theta)
            share = 1.0 if number == 0 else values[at["ratio"]]
            by_area = by_amount * (share * seen)[:, None]
            if number > 0:
                by_area[:, at["ratio"]] = amount * seen
            by_position, by_gauss, by_lorentz = (np.zeros(shape) for _ in range(3))
            pull = self.diffractometer.pull(theta)
            by_position[:, at["displacement"]] = pull
            for i, slope in by_cell:
                by_position[:, i] = -np.degrees(2.0 * tangent / d) * slope
            squared = (values[width_u] * tangent + values[width_v]) * tangent + values[width_w]
            # Never negative, and with a slope that leads back from where it would be.
            bent = np.hypot(squared, LEAST_SQUARE)
            gauss = np.sqrt(0.5 * (squared + bent) + LEAST_WIDTH**2)
            slope = 0.25 * (1.0 + squared / bent) / gauss
            for i, power in ((width_u, tangent**2), (width_v, tangent), (width_w, 1.0)):
                by_gauss[:, i] = slope * power
            size, strain = self.diffractometer.lorentz
            lorentz = (values[own["size"]] + size) / np.cos(theta)
            lorentz += (values[own["strain"]] + strain) * tangent
            by_lorentz[:, own["size"]] = 1.0 / np.cos(theta)
            by_lorentz[:, own["strain"]] = tangent
            yield Lines(
                np.degrees(2.0 * theta) + pull * values[at["displacement"]] + zero,
                amount * share * seen,
                gauss,
                np.maximum(lorentz, LEAST_WIDTH),
                by_position,
                by_area,
                by_gauss,
                by_lorentz,
            )

    def _spacings(
        self, phase: PhaseModel, values: Array, own: dict[str, int]
    ) -> tuple[Array, list[tuple[int, Array]]]:
        """Give d and its derivatives by movements of the cell; central differences, to 1e-9."""
        places = [own[f"cell {i}"] for i in range(len(phase.cells))]
        cell = phase.cell + sum(values[i] * c for i, c in zip(places, phase.cells, strict=True))
        hkl, step = phase.reflections.hkl, 1e-4
        slopes = [
            (d_spacings(hkl, cell + step * c) - d_spacings(hkl, cell - step * c)) / (2.0 * step)
            for c in phase.cells
        ]
        return d_spacings(hkl, cell), list(zip(places, slopes, strict=True))
