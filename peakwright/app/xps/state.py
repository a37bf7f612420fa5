"""What a session knows: the file, the recipe as it is now and as it was, the region in sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr

    from references.registry import Registry
    from xps.envelope import Envelope
    from xps.io import Reading
    from xps.recipe import Recipe

__all__ = ["History", "Region", "Session", "begun"]

STEPS = 200
"""Recipes that are remembered for undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Recipes one after the other, and which one holds.

    Examples
    --------
    >>> history = History(recipes=("a",)).then("b", "second")
    >>> history.undone().recipe, history.undone().redone().recipe
    ('a', 'b')
    """

    recipes: tuple[Recipe | None, ...]
    deeds: tuple[str, ...] = ("opened",)
    at: int = 0

    @property
    def recipe(self) -> Recipe | None:
        """The recipe that holds; ``None`` where nothing has been chosen yet."""
        return self.recipes[self.at]

    def then(self, recipe: Recipe | None, deed: str) -> History:
        """Go one step on; what had been undone is forgotten, an equal recipe is no step."""
        if recipe == self.recipe:
            return self
        first = max(self.at + 2 - STEPS, 0)
        recipes = (*self.recipes[first : self.at + 1], recipe)
        deeds = (*self.deeds[first : self.at + 1], deed)
        return History(recipes=recipes, deeds=deeds, at=len(recipes) - 1)

    def undone(self) -> History:
        """Go one step back; at the beginning nothing happens."""
        return History(recipes=self.recipes, deeds=self.deeds, at=max(self.at - 1, 0))

    def redone(self) -> History:
        """Go one step on again, where there is one."""
        return History(
            recipes=self.recipes, deeds=self.deeds, at=min(self.at + 1, len(self.recipes) - 1)
        )

    @property
    def undoes(self) -> str:
        """What an undo would undo; empty where there is nothing."""
        return self.deeds[self.at] if self.at else ""

    @property
    def redoes(self) -> str:
        """What a redo would do; empty where there is nothing."""
        return self.deeds[self.at + 1] if self.at + 1 < len(self.deeds) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A spectrum of the file as the page names it.

    Attributes
    ----------
    number : int
    sample, label : str
    level : str
        The core level that the label names, if the library has species on it.
    named : str
        That level, also if the library has none.
    """

    number: int
    sample: str
    label: str
    level: str
    named: str = ""


@dataclass(slots=True, kw_only=True)
class Session:
    """One file being worked on.

    Attributes
    ----------
    path : Path
    reading : Reading
    registry : Registry
    regions : tuple of Region
        One a spectrum of the file.
    history : History
    current : int
        The region in sight.
    selected : str
        The component that keys act on.
    hidden : set of str
        Components whose curves are not shown; no part of the recipe.
    more : set of str
        Components whose line shape and doublet are shown; no part of the recipe.
    guesses : tuple of Envelope
        What the recipe began with where none was given: a first guess for each level.
    seen : set of str
        Core levels that were in sight.
    revision : int
        Rises with every change, so that a late answer is known as one.
    """

    path: Path
    reading: Reading
    registry: Registry
    regions: tuple[Region, ...]
    history: History
    current: int = 0
    selected: str = ""
    hidden: set[str] = field(default_factory=set[str])
    more: set[str] = field(default_factory=set[str])
    guesses: tuple[Envelope, ...] = ()
    seen: set[str] = field(default_factory=set[str])
    revision: int = 0

    @property
    def region(self) -> Region:
        """The region in sight."""
        return self.regions[self.current]

    @property
    def spectrum(self) -> xr.Dataset:
        """Its spectrum, as the file has it."""
        return self.reading.spectra[self.region.number]

    @property
    def levels(self) -> tuple[str, ...]:
        """Core levels of which the spectrum in sight may be, where its label names none."""
        from xps.candidates import levels_within

        energy = self.spectrum["binding_energy"].values
        return levels_within(self.registry, float(energy.min()), float(energy.max()))

    @property
    def recipe(self) -> Recipe | None:
        """The recipe that holds."""
        return self.history.recipe

    @property
    def place(self) -> int | None:
        """Which of the recipe's envelopes is for the region in sight."""
        return None if self.recipe is None else place_of(self.recipe, self)

    @property
    def envelope(self) -> Envelope | None:
        """The envelope of the region in sight; ``None`` where the recipe has none for it."""
        place = self.place
        return None if self.recipe is None or place is None else self.recipe.envelopes[place]

    @property
    def unseen(self) -> tuple[Envelope, ...]:
        """First guesses of the recipe that nobody has looked at: no result of the user's.

        Gallium's are told from the others where gallium 3s lies in a region that was looked at:
        that region's answer rests on them.
        """
        return tuple(e for e in self._untouched if e not in self.rested_on)

    @property
    def rested_on(self) -> tuple[Envelope, ...]:
        """First guesses that nobody has looked at, and that what was looked at rests on."""
        if not self._with_gallium:
            return ()
        return tuple(e for e in self._untouched if e.region.startswith("Ga "))

    @property
    def _untouched(self) -> tuple[Envelope, ...]:
        envelopes = () if self.recipe is None else self.recipe.envelopes
        return tuple(e for e in envelopes if e in self.guesses and e.region not in self.seen)

    @property
    def _with_gallium(self) -> tuple[Envelope, ...]:
        """What was looked at and has gallium 3s in it."""
        from xps.sample import has_gallium_3s

        envelopes = () if self.recipe is None else self.recipe.envelopes
        return tuple(e for e in envelopes if has_gallium_3s(e) and e not in self._untouched)

    @property
    def kept_and_left(self) -> str:
        """Say which first guesses :attr:`to_keep` has left out, and which it has all the same."""
        told: list[str] = []
        if kept := ", ".join(e.region for e in self.rested_on):
            over = ", ".join(e.region for e in self._with_gallium)
            told.append(
                f"{kept} is kept as first guessed, for Ga 3s under {over} rests on it; look at it"
            )
        if left := ", ".join(e.region for e in self.unseen):
            told.append(f"first guesses not looked at are left out: {left}")
        return "; ".join(told)

    @property
    def to_keep(self) -> Recipe | None:
        """The recipe without what nobody has looked at: what is saved and exported."""
        recipe, left = self.recipe, self.unseen
        if recipe is None or not left:
            return recipe
        return _with(recipe, envelopes=tuple(e for e in recipe.envelopes if e not in left))

    def change(self, envelope: Envelope, deed: str) -> None:
        """Put an envelope in the place of the one in sight, or beside the others."""
        from xps.recipe import Recipe

        place, recipe = self.place, self.recipe
        if recipe is None:
            changed = Recipe(envelopes=(envelope,))
        elif place is None:
            changed = _with(recipe, envelopes=(*recipe.envelopes, envelope))
        else:
            others = recipe.envelopes
            changed = _with(recipe, envelopes=(*others[:place], envelope, *others[place + 1 :]))
        self.record(changed, deed)

    def record(self, recipe: Recipe | None, deed: str) -> None:
        """Go one step on."""
        self.history = self.history.then(recipe, deed)
        self._changed()

    def take_back(self, history: History) -> None:
        """Take an earlier history: what was done since could not be."""
        self.history = history
        self._changed()

    def undo(self) -> str:
        """Go one step back; say what was undone, nothing where there was nothing to undo."""
        deed = self.history.undoes
        if deed:
            self.history = self.history.undone()
            self._changed()
        return deed

    def redo(self) -> str:
        """Go one step on again; say what was done anew, nothing where there was nothing."""
        deed = self.history.redoes
        if deed:
            self.history = self.history.redone()
            self._changed()
        return deed

    def look_at(self, number: int) -> None:
        """Bring another region in sight."""
        self.current = max(0, min(number, len(self.regions) - 1))
        self.seen.add(self.region.level)
        self.hidden.clear()
        self.more.clear()
        self._changed()

    def _changed(self) -> None:
        self.revision += 1
        envelope = self.envelope
        names = [] if envelope is None else [c.name for c in envelope.components]
        self.hidden &= set(names)
        self.more &= set(names)
        if self.selected not in names:
            self.selected = names[0] if names else ""


def _with(recipe: Recipe, **changed: Any) -> Recipe:
    """A recipe with other fields, checked as a whole."""
    known: dict[str, Any] = {name: getattr(recipe, name) for name in type(recipe).model_fields}
    return type(recipe)(**(known | changed))


def place_of(recipe: Recipe, session: Session) -> int | None:
    """Give which of a recipe's envelopes a fit would take for the region in sight."""
    from xps.sample import RegionError, find_region

    region, spectrum = session.region, session.spectrum
    general: int | None = None
    for place, envelope in enumerate(recipe.envelopes):
        if envelope.sample not in {"", region.sample}:
            continue
        mine = [
            s
            for s in session.reading.spectra
            if envelope.sample in {"", str(s.attrs.get("sample", ""))}
        ]
        try:
            meant = any(s is spectrum for s in find_region(mine, envelope.region))
        except RegionError:
            meant = len(mine) == 1 and mine[0] is spectrum and not region.level
        if meant and envelope.sample:
            return place
        if meant and general is None:
            general = place
    return general


def begun(
    path: Path,
    registry: Registry,
    recipe: Recipe | None = None,
    reading: Reading | None = None,
) -> Session:
    """Open an XPS file: with a recipe as it stands, else with a first guess for each region.

    Parameters
    ----------
    path : Path
    registry : Registry
    recipe : Recipe, optional
    reading : Reading, optional
        Of the file, where it has been read before.

    Raises
    ------
    DataFileError
        If the file cannot be read.
    InputError
        If it holds no spectrum.
    """
    import xps
    from xps.candidates import level_named, level_of

    reading = xps.read(path) if reading is None else reading
    if not reading.spectra:
        raise InputError(f"{path.name}: holds no spectrum")
    regions = tuple(
        Region(
            number=number,
            sample=str(spectrum.attrs.get("sample", "")),
            label=str(spectrum.attrs.get("region", "")) or f"spectrum {number}",
            level=level_of(registry, str(spectrum.attrs.get("region", ""))),
            named=level_named(registry, str(spectrum.attrs.get("region", ""))),
        )
        for number, spectrum in enumerate(reading.spectra)
    )
    guessed = None if recipe is not None else _guessed(reading, regions, registry)
    recipe = recipe or guessed
    session = Session(
        path=path,
        reading=reading,
        registry=registry,
        regions=regions,
        history=History(recipes=(recipe,)),
        guesses=() if guessed is None else guessed.envelopes,
    )
    session.look_at(_first_to_look_at(session))
    return session


def _guessed(reading: Reading, regions: Sequence[Region], registry: Registry) -> Recipe | None:
    """A first guess for each core level that a region of the file names."""
    from xps.candidates import first_guess
    from xps.recipe import Recipe
    from xps.sample import elements_in

    found: dict[str, Envelope] = {}
    for region in regions:
        spectrum = reading.spectra[region.number]
        if not region.level or region.level in found:
            continue
        elements = elements_in([reading.spectra[r.number] for r in regions])
        try:
            found[region.level] = first_guess(spectrum, region.level, registry, elements=elements)
        except InputError:
            continue
    return Recipe(envelopes=tuple(found.values())) if found else None


def _first_to_look_at(session: Session) -> int:
    """The first region that the recipe is for, else the first."""
    for number in range(len(session.regions)):
        session.current = number
        if session.envelope is not None:
            return number
    return 0
