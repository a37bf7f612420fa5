"""What was asked for: ions, a region, a window, a mass scale; each refused in a sentence."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from references.ion import Ion
    from references.words import Finding
    from tofsims import MassScale
    from tofsims.events import Raster, Run
    from tofsims.recipe import Recipe

__all__ = [
    "MASK",
    "Request",
    "field_corrected_by",
    "ions_named",
    "notes_left",
    "numbers",
    "rastered",
    "region_of",
    "scale_given",
    "timed",
]

REGION = "--region"
MASK = "mask:"
"""How a region begins that is a picture."""


def ions_named(text: str, what: str) -> list[Ion]:
    """Read ions, comma-separated, each once.

    Raises
    ------
    InputError
        If one is no ion.
    """
    from references.ion import ion

    found: dict[str, Ion] = {}
    for part in text.split(","):
        if part.strip():
            try:
                known = ion(part)
            except InputError as error:
                raise InputError(f"{what}: {error}") from None
            found[known.key] = known
    return list(found.values())


def numbers(text: str, many: int, what: str, example: str) -> tuple[float, ...]:
    """Read so many finite numbers, comma-separated."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != many or not all(math.isfinite(number) for number in found):
        raise InputError(f"{what} should be {many} numbers, as {example}, not {text[:40]!r}")
    return found


def region_of(text: str, raster: Raster) -> NDArray[np.bool_] | None:
    """Read a region of pixels; ``None`` of an empty text."""
    from tofsims.io.mask import read_mask
    from tofsims.region import disc, polygon, rectangle

    if not text:
        return None
    kind, told, rest = text.partition(":")
    if not told:
        corners = numbers(text, 4, REGION, "10,10,50,50")
        if any(number % 1 for number in corners):
            raise InputError(f"{REGION} {text} should be whole pixels, as 10,10,50,50")
        x0, y0, x1, y1 = (int(number) for number in corners)
        return rectangle(raster, x0, y0, x1, y1)
    if kind == "disc":
        return disc(raster, *numbers(rest, 3, f"{REGION} disc:", "64,64,20"))
    if kind == "polygon":
        many = 2 * (rest.count(",") // 2 + 1)
        flat = numbers(rest, many, f"{REGION} polygon:", "0,0,60,0,30,50")
        return polygon(raster, list(zip(flat[::2], flat[1::2], strict=True)))
    if kind == "mask":
        return read_mask(rest, raster)
    raise InputError(
        f"{REGION} should be x0,y0,x1,y1 or begin with disc:, polygon: or mask:, not {text[:40]!r}"
    )


def rastered(run: Run, text: str) -> Run:
    """Give a run the raster that its file does not say, where it was said."""
    from tofsims.events import MAX_SIDE, on_raster

    if not text:
        return run
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text.replace(" ", "").lower())
    sides = [int(side) for side in found.groups()] if found else [0]
    if not all(0 < side <= MAX_SIDE for side in sides):
        raise InputError(
            f"--raster should be pixels along x and y up to {MAX_SIDE}, as 256x128, not "
            f"{text[:40]!r}"
        )
    return on_raster(run, *sides)


def notes_left(notes: Sequence[Finding], raster: str) -> list[Finding]:
    """Give what is to be said of a file when its raster was given, or was not."""
    return [note for note in notes if not (raster and note.rule == "raster_assumed")]


def scale_given(text: str) -> MassScale | None:
    """Read a mass scale; ``None`` of an empty text."""
    from tofsims import MassScale

    if not text:
        return None
    found = numbers(text, 2, "--scale", "72000,-400")
    if found[0] <= 0:
        raise InputError(f"--scale should begin with a factor above zero, not {found[0]:g}")
    return MassScale(sf=found[0], k0=found[1], source="the request")


def field_corrected_by(run: Run, text: str) -> Run:
    """Give a run whose flight times are corrected for the field, where that was asked for."""
    from tofsims.flight import Primary, field_corrected

    if not text:
        return run
    axis, *more = text.split(",")
    if not more:
        return field_corrected(run, axis)
    if len(more) != 2:
        raise InputError(f"--field-correction should be as +x or +x,Bi3+,30000, not {text[:40]!r}")
    (energy,) = numbers(more[1], 1, "the energy in --field-correction", "30000")
    return field_corrected(run, axis, Primary(ion=more[0], energy=energy))


def timed(run: Run, seconds: float | None) -> Run:
    """Give a run the sputter time of each scan by its number, where it was said."""
    from tofsims.events import times_of

    if not seconds:
        return run
    times = times_of(run.numbers, seconds)
    return replace(run, sputter_time=times, time_from=f"{seconds:g} s a scan, as given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a file, as the options say it."""

    ions: str = ""
    raster: str = ""
    region: str = ""
    normalise: str = ""
    calibrate: str = ""
    scale: str = ""
    shots: int | None = None
    seconds: float | None = None
    dead_time: float | None = None
    window: str = ""
    margin: float = 5.0
    elements: str = ""
    background: str = "none"
    overlaps: str = "fit"
    lock: str = ""
    field: str = ""
    half_width: float | None = None

    @classmethod
    def of(cls, recipe: Recipe) -> Request:
        """Give what a recipe asks for."""
        return cls(
            ions=",".join(recipe.ions),
            raster=recipe.raster,
            region=recipe.region,
            normalise=recipe.normalise,
            calibrate=",".join(recipe.calibrate),
            scale=_pair(recipe.scale),
            shots=recipe.shots,
            seconds=recipe.seconds_per_scan,
            dead_time=recipe.dead_time_ns,
            window=_pair(recipe.window_s),
            margin=recipe.margin_percent,
            elements=",".join(recipe.elements),
            background=recipe.background,
            overlaps=recipe.overlaps,
            lock=",".join(recipe.lock),
            field=recipe.field_correction,
            half_width=recipe.half_width_ppm,
        )

    def known(self) -> list[Ion]:
        """The ions that were named.

        Raises
        ------
        InputError
            If none was, or one is no ion.
        """
        found = ions_named(self.ions, "--ions")
        if not found:
            raise InputError(
                "name the ions with --ions, for instance Cl-,GaCl-; `peakwright tofsims inspect` "
                "lists those of an export"
            )
        return found

    def counted(self) -> list[Ion]:
        """The ions that were named, and the one that they are divided by.

        Raises
        ------
        InputError
            If one is no ion, or what is divided by is none and neither total nor dose.
        """
        asked = self.known()
        if not self.normalise or self.normalise in {"total", "dose"}:
            return asked
        try:
            (by,) = ions_named(self.normalise, "--normalise")
        except (InputError, ValueError):
            raise InputError(
                f'--normalise should be "total", "dose" or an ion, not {self.normalise[:40]!r}'
            ) from None
        return asked if by.key in {one.key for one in asked} else [*asked, by]

    def window_named(self) -> tuple[float, float] | None:
        """The sputter times that are judged; ``None`` where they were not said."""
        if not self.window:
            return None
        low, high = numbers(self.window, 2, "--window", "20,600")
        if low > high:
            raise InputError(f"--window should rise, as 20,600, not {self.window[:40]!r}")
        return low, high

    def refuse(self, *, images: bool) -> None:
        """Refuse what only events can answer, of an export, or of images that are counted."""
        of_events = {
            "--raster": self.raster,
            "--calibrate": self.calibrate,
            "--scale": self.scale,
            "--background": self.background != "none",
            "--overlaps": self.overlaps != "fit",
            "--lock": self.lock,
            "--field-correction": self.field,
        }
        of_images = {"--region": self.region, "--seconds-per-scan": self.seconds}
        given = of_events if images else {**of_images, **of_events}
        named = [option for option, value in given.items() if value]
        if named:
            raise InputError(
                f"{', '.join(named)}: {'images hold' if images else 'an exported profile holds'} "
                "no events any more; give the .itm or GRD of the measurement"
            )


def _pair(given: tuple[float, float] | None) -> str:
    return "" if given is None else ",".join(map(repr, given))
