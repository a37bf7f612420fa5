"""The bar above the spectrum: which region, what is done to it as a whole, what is taken away."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..look import shortened, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xps.candidates import Candidate
    from xps.envelope import Background

    from .state import Session

__all__ = ["EXPORTS", "SLOPES", "bar_html", "menu_html", "status_html"]

BACKGROUNDS = ("shirley", "tougaard", "linear", "constant")
SLOPED = ("shirley", "tougaard")
"""Those that have a slope beside them, or not, where they are active."""
LONGEST = 56
"""Characters of a file's name, and of a sample's."""
SLOPES = {"slope": True, "flat": False}
EXPORTS = {
    "svg": "figure, SVG",
    "pdf": "figure, PDF",
    "png": "figure, PNG",
    "csv": "table, CSV",
    "xlsx": "table, Excel",
    "toml": "recipe, TOML",
}


def bar_html(session: Session, window: tuple[float, float], shift: str, *, excel: bool) -> str:
    """Give the bar."""
    return f"{_where(session)}{_how(session, window, shift, excel=excel)}"


def _where(session: Session) -> str:
    several = len(session.regions) > 1
    samples = len({region.sample for region in session.regions}) > 1
    options = "".join(
        _option(
            str(number),
            f"{region.label} · {region.sample}" if samples and region.sample else region.label,
            chosen=number == session.current,
        )
        for number, region in enumerate(session.regions)
    )
    history = session.history
    given = session.path.name, session.region.sample
    name, sample = (show(one) for one in given)
    short = [show(shortened(one, LONGEST)) for one in given]
    first, last = session.current == 0, session.current == len(session.regions) - 1
    return (
        '<div class="line">'
        + _button("region", "‹", "previous region ([)", off=not several or first, by="-1")
        + f'<select data-command="region" data-key="region" aria-label="region">{options}</select>'
        + _button("region", "›", "next region (])", off=not several or last, by="1")
        + f'<span class="title" title="{name} {sample}">{short[0]}'
        f'<span class="muted"> {short[1]}</span></span>'
        + _button("undo", "↶ undo", f"undo: {history.undoes} (Ctrl+Z)", off=not history.undoes)
        + _button(
            "redo", "↷ redo", f"redo: {history.redoes} (Ctrl+Shift+Z)", off=not history.redoes
        )
        + '<span class="gap"></span>'
        + _button("help", "?", "what you can do here (?)", off=False)
        + "</div>"
    )


def _how(session: Session, window: tuple[float, float], shift: str, *, excel: bool) -> str:
    envelope = session.envelope
    background = None if envelope is None else envelope.background
    now = "" if background is None else _name_of(background)
    kinds = "".join(
        _option(name, text, chosen=name == now) for name, text in _backgrounds().items()
    )
    off = " disabled" if envelope is None else ""
    low, high = window
    exports = "".join(
        _option(kind, text) for kind, text in EXPORTS.items() if kind != "xlsx" or excel
    )
    return (
        '<div class="line">'
        f'<label>add <select data-command="add" data-key="add" data-reset="">'
        f"{_species(session)}</select></label>"
        f'<label>background <select data-command="background" data-key="background"{off}>{kinds}'
        "</select></label>"
        f'<label>window <input class="number" data-command="window" data-key="low" data-end="low" '
        f'value="{low:.2f}" aria-label="low end of the window in eV"{off}> – '
        f'<input class="number" data-command="window" data-key="high" data-end="high" '
        f'value="{high:.2f}" aria-label="high end of the window in eV"{off}> eV</label>'
        f'<label title="added to the stored energies; empty declares none">charge shift '
        f'<input class="number" data-command="shift" data-key="shift" '
        f'value="{escape(shift, quote=True)}" placeholder="none"{off}> eV</label>'
        f'<label>or by line <select data-command="reference" data-key="reference"{off}>'
        f"{_references(session)}</select></label>"
        '<span class="gap"></span>'
        f'<select data-command="export" data-key="export" data-reset="" aria-label="export"{off}>'
        f'<option value="">export …</option>{exports}</select>'
        f'<button class="primary" data-command="save" data-key="save"{off} '
        'title="fit all regions of the recipe and write the result beside the file">'
        "save result</button></div>"
    )


def _backgrounds() -> dict[str, str]:
    """What can be chosen, by the name that is sent."""
    found: dict[str, str] = {}
    for kind in BACKGROUNDS:
        active = f"{kind.capitalize()}, active"
        if kind in SLOPED:
            found |= {f"{kind} active slope": f"{active}, slope"}
            found |= {f"{kind} active flat": f"{active}, no slope"}
        else:
            found |= {f"{kind} active": active}
        found |= {f"{kind} static": f"{kind.capitalize()}, static"}
    return found


def _name_of(background: Background) -> str:
    """Which of them a background is."""
    name = f"{background.kind} {background.mode}"
    if background.mode != "active" or background.kind not in SLOPED:
        return name
    return f"{name} {'slope' if background.slope else 'flat'}"


def _species(session: Session) -> str:
    from xps.candidates import candidates, lying_under

    level = session.envelope.components[0].core_level if session.envelope else session.region.level
    there = [c.species for c in session.envelope.components] if session.envelope else []
    if not level:
        return _beginnings(session)
    listed = sorted(candidates(session.registry, level, 0.0, there), key=lambda c: c.energy)
    options = "".join(_option(c.species, f"{c.species}  {c.energy:.2f} eV") for c in listed)
    under = () if session.envelope is None else lying_under(session.envelope, session.registry)
    options += "".join(
        _option(f"under:{c.core_level}", f"{c.core_level}, under {level}") for c in under
    )
    return (
        f'<option value="">species on {show(level)} …</option>{options}'
        '<option value="free:">a free peak</option>'
    )


def _beginnings(session: Session) -> str:
    """What a region can begin with on which the library has no species."""
    named = session.region.named
    free = _option("free:", f"a free peak on {named}") if named else ""
    options = "".join(
        _option(f"level:{name}", name if session.registry.lines(name) else f"a free peak on {name}")
        for name in session.levels
        if name != named
    )
    head = "begin with …" if named else "core level …" if options else "nothing lies here"
    return f'<option value="">{head}</option>{free}{options}'


def _references(session: Session) -> str:
    recipe, sample = session.recipe, session.region.sample
    entry = None if recipe is None else recipe.charge_of(sample, session.region.label)
    now = "" if entry is None else entry.line
    levels = dict.fromkeys(r.level for r in session.regions if r.level)
    ordered = sorted(levels, key=lambda level: (level != "C 1s", level))
    lines = list(
        dict.fromkeys(
            f"{level}:{line.species}" for level in ordered for line in session.registry.lines(level)
        )
    )
    if now and now not in lines:
        lines.insert(0, now)
    return '<option value="">none</option>' + "".join(
        _option(line, line.replace(":", " "), chosen=line == now) for line in lines
    )


def menu_html(
    position: float, level: str, offered: Sequence[Candidate], under: Sequence[str] = ()
) -> str:
    """Give the menu that a click in the residual opens.

    Parameters
    ----------
    position : float
        Where it was asked for [eV].
    level : str
    offered : sequence of Candidate
    under : sequence of str
        Lines of other elements that may lie there.
    """
    buttons = "".join(
        f'<button role="menuitem" data-command="add" data-value="{escape(c.species, quote=True)}" '
        f'data-position="{position:.3f}"><b>{show(c.species)}</b> {c.energy:.2f} eV'
        f'<span class="muted">{_fits(c)}</span></button>'
        for c in offered
    ) + "".join(
        f'<button role="menuitem" data-command="add" data-value="under:{escape(line, quote=True)}">'
        f'<b>{show(line)}</b><span class="muted"> lies under {show(level)}</span></button>'
        for line in under
    )
    return (
        f"<p>{show(level)} at {position:.2f} eV</p>{buttons}"
        f'<button role="menuitem" data-command="add" data-value="free:" '
        f'data-position="{position:.3f}">a free peak here</button>'
    )


def _fits(candidate: Candidate) -> str:
    if candidate.foreign:
        return f" holds {show(', '.join(candidate.foreign))}"
    if candidate.distance > 0:
        return f" {candidate.distance:.2f} eV off its window"
    return " within its window"


def status_html(text: str, severity: str) -> str:
    """Give the line in which the page answers."""
    role = "alert" if severity == "error" else "status"
    said = show(text) or "&nbsp;"
    return f'<p class="{severity}" role="{role}">{said}</p>'


def _option(value: str, text: str, *, chosen: bool = False) -> str:
    mark = " selected" if chosen else ""
    return f'<option value="{escape(value, quote=True)}"{mark}>{show(text)}</option>'


def _button(command: str, text: str, title: str, *, off: bool, by: str = "") -> str:
    extra = f' data-by="{by}"' if by else ""
    return (
        f'<button data-command="{command}" data-key="{command} {by}"{extra} '
        f'title="{escape(title, quote=True)}" aria-label="{escape(title, quote=True)}"'
        f"{' disabled' if off else ''}>{text}</button>"
    )
