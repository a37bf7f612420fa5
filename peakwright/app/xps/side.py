"""What is always in sight: the answer of the fit, the fractions, the findings."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from references.rounding import plus_minus, rounded_up
from references.words import Kind

from ..look import BAD, FAIR, GOOD, MUTED, TONES, shortened, show
from ..wording import in_the_page
from .grid import LONGEST
from .plot import colour_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from references.words import Finding, Row
    from xps.envelope import Envelope
    from xps.live import Moment
    from xps.result import Fit

__all__ = ["about", "findings_html", "fitting", "shares_html", "verdict_html"]

WORDS = {
    "converged": GOOD,
    "at_bound": FAIR,
    "max_iter": FAIR,
    "multimodal": FAIR,
    "singular": BAD,
    "failed": BAD,
}


def fitting(envelope: Envelope, *, early: bool = False) -> str:
    """Say what is being fitted, and what of it is not there yet."""
    from xps.sample import has_gallium_3s

    if early:
        return "fitted; uncertainties follow …"
    return "fitting with and without Ga 3s …" if has_gallium_3s(envelope) else "fitting …"


def verdict_html(moment: Moment | None, fit: Fit | None, waiting: str, why: str = "") -> str:
    """Give the outcome of the fit in one line, or what is waited for, or why there is none."""
    if why:
        return f'<p class="outcome" style="--tone:{BAD}"><b>{show(waiting)}:</b> {show(why)}</p>'
    if fit is not None:
        word = str(fit.assessment)
        told = "" if word == "converged" else f" <span>{show(fit.message)}</span>"
        return (
            f'<p class="outcome" style="--tone:{WORDS[word]}"><b>{word.replace("_", " ")}</b> '
            f"reduced χ² {fit.chi2_reduced:.3g}{told}</p>"
        )
    said = "" if moment is None else f" reduced χ² {moment.chi2_reduced:.3g}"
    busy = " busy" if waiting.startswith("fitt") else ""
    return f'<p class="outcome{busy}" style="--tone:{MUTED}"><b>{show(waiting)}</b>{said}</p>'


def shares_html(envelope: Envelope, moment: Moment | None, fit: Fit | None) -> str:
    """Give the fractions: with uncertainties from the fit, else as the preview has them."""
    names = [component.name for component in envelope.components]
    levels = dict.fromkeys(c.core_level for c in envelope.components if c.role == "species")
    head = f"<h2>Fractions of {show(', '.join(levels))} area</h2>"
    if fit is not None and fit.fractions:
        known = {name: place for place, name in enumerate(names)}
        ordered = sorted(fit.fractions, key=lambda row: known.get(row.subject, len(names)))
        rows = "".join(_fraction(row, envelope) for row in ordered)
    elif fit is not None and fit.absent:
        return head + '<p class="muted">no peak stands out of the noise: limits only</p>'
    elif moment is not None:
        rows = "".join(_share(name, share, envelope) for name, share in moment.shares)
    else:
        return head + '<p class="muted">no fractions yet</p>'
    return f'{head}<table class="shares">{rows}</table>'


def _fraction(row: Row, envelope: Envelope) -> str:
    estimate = row.estimate.scaled(100.0)
    if estimate.kind is Kind.UPPER_LIMIT and estimate.high is not None:
        text, width = f"&lt; {rounded_up(estimate.high)} %", estimate.high
    elif estimate.u:
        text, width = f"{escape(plus_minus(estimate))} %", estimate.value
    else:
        text, width = f"{estimate.value:.1f} %", estimate.value
        text += ' <span class="muted">no u</span>' if len(envelope.components) > 1 else ""
    return _bar(row.subject, text, width, envelope)


def _share(name: str, share: float, envelope: Envelope) -> str:
    return _bar(name, f"{100 * share:.1f} %", 100 * share, envelope, live=True)


def _bar(name: str, text: str, width: float, envelope: Envelope, *, live: bool = False) -> str:
    names = [component.name for component in envelope.components]
    colour = colour_of(envelope, name) if name in names else MUTED
    key = escape(name, quote=True)
    return (
        f'<tr{" class=live" if live else ""}><th scope="row"><button class="name" '
        f'data-command="select" data-component="{key}" data-key="share {key}" title="{key}">'
        f"{show(shortened(name, LONGEST))}</button></th><td>{text}</td>"
        f'<td class="bar"><span style="width:{min(max(width, 0.0), 100.0):.1f}%;'
        f'background:{colour}"></span></td></tr>'
    )


def findings_html(
    findings: Sequence[Finding],
    envelope: Envelope | None,
    *,
    stale: bool,
    waiting: str = "being checked …",
) -> str:
    """Give the findings, errors first; each is a button that marks what it is about."""
    head = f"<h2>Findings{f' ({waiting})' if stale else ''}</h2>"
    if not findings:
        nothing = "nothing to check yet" if stale else "nothing to review"
        return f'{head}<p class="muted">{nothing}</p>'
    order = list(TONES)
    ordered = sorted(dict.fromkeys(findings), key=lambda one: order.index(str(one.severity)))
    names = [] if envelope is None else [c.name for c in envelope.components]
    items = "".join(_finding(one, number, names) for number, one in enumerate(ordered))
    return f'{head}<ul class="findings{" stale" if stale else ""}">{items}</ul>'


def _finding(one: Finding, number: int, names: Sequence[str]) -> str:
    tone = TONES[str(one.severity)]
    key = escape(about(one, names), quote=True)
    facts = " against ".join(show(text) for text in (one.reported, one.reference) if text)
    return (
        f'<li style="--tone:{tone}"><button data-command="mark" data-component="{key}" '
        f'data-key="finding {number}"><span class="tag">{one.severity}</span>'
        f"<b>{show(one.subject)}</b> {show(in_the_page(one.message, 'xps'))}"
        f"{f' <i>{facts}</i>' if facts else ''}</button></li>"
    )


def about(finding: Finding, names: Sequence[str]) -> str:
    """Give the component that a finding is about; empty where it is about none.

    Examples
    --------
    >>> from references.words import Finding, Severity
    >>> one = Finding(rule="a", severity=Severity.INFO, subject="S 2p Li2S area", message="b")
    >>> about(one, ["S", "Li2S"])
    'Li2S'
    """
    words = f" {finding.subject} ".replace(",", " ")
    named = [name for name in names if f" {name} " in words]
    return max(named, key=len, default="")
