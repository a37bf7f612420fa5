"""Results of one made-up sample, as documents and as folders; each test changes what it is about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SHA = "ab" * 32
OTHER = "cd" * 32
ELEMENTS = ["Li", "P", "S", "Cl", "Ga", "In"]
PLACES = {"PS4": 161.4, "Li2S": 160.4, "S8": 163.7, "In0": 443.8, "InCl3": 446.2, "LiCl": 198.6}


def head(schema: str, name: str, sha256: str = SHA) -> dict[str, Any]:
    return {
        "schema": schema,
        "version": "0.1.0",
        "inputs": [{"path": name, "sha256": sha256}],
        "registry": {"version": "1", "sha256": SHA},
        "findings": [],
    }


def fraction(subject: str, denominator: str, value: float, u: float | None = 0.01, **more: Any):
    """A fraction with its interval; without ``u`` an upper limit."""
    limit = u is None
    return {
        "sample": more.pop("sample", "A"),
        "subject": subject,
        "basis": "within_level",
        "denominator": denominator,
        "value": value,
        "u": u,
        "u_parts": {} if limit else {"counting": u},
        "low": None if limit else value - 2 * u,
        "high": value + 2 * (u or 0.01),
        "level": 0.95,
        "kind": "upper_limit" if limit else "standard",
    } | more


def line(species: str, level: str, area: float = 100.0) -> dict[str, Any]:
    return {
        "name": species,
        "line": f"{level}3/2",
        "position_eV": PLACES.get(species, 160.0),
        "position_u_eV": 0.01,
        "fwhm_eV": 1.0,
        "fwhm_u_eV": 0.02,
        "area": area,
        "area_u": 1.0,
        "area_unit": "counts*eV",
        "shape": "pseudo_voigt",
        "minor": False,
    }


def region(level: str, shares: dict[str, tuple[float, float | None]], sample: str = "A"):
    """A fitted region with what its species' shares are."""
    return {
        "sample": sample,
        "region": level,
        "assessment": "converged",
        "components": [line(species, level) for species in shares],
        "fractions": [fraction(s, level, *share, sample=sample) for s, share in shares.items()],
        "statistics": {
            "statistic": "poisson",
            "chi2_reduced": 1.01,
            "points": 300,
            "free_parameters": 9,
        },
        "charge": {"shift_eV": 0.3, "shift_u_eV": 0.1, "reference": "C 1s C-C = 284.8 eV"},
        "findings": [],
        "envelope": None,
    }


def fits(*regions: dict[str, Any], fractions: list[dict[str, Any]] | None = None, **more: Any):
    """Of `xps fit`."""
    envelopes = [
        {
            "region": one["region"],
            "elements": ELEMENTS,
            "components": [
                {"name": c["name"], "core_level": one["region"], "species": c["name"]}
                for c in one["components"]
            ],
            "background": {"kind": "shirley", "mode": "active"},
        }
        for one in regions
    ]
    listed = [{**one, "envelope": i} for i, one in enumerate(regions)]
    return (
        head("peakwright.xps.fit/1", more.pop("name", "a.vms"), more.pop("sha256", SHA))
        | {"fits": listed, "fractions": fractions or [], "recipe": {"envelope": envelopes}}
        | more
    )


def survey(present: tuple[str, ...] = (), absent: dict[str, float] | None = None):
    """Of `xps survey`; of absent elements their limits."""
    there = [
        {
            "element": e,
            "standing": "present",
            "quantified_on": f"{e} 2p",
            "fraction": fraction(e, "all", 0.1, basis="atomic_all"),
        }
        for e in present
    ]
    missing = [
        {
            "element": e,
            "standing": "absent",
            "quantified_on": f"{e} 2p",
            "fraction": fraction(e, "all", 0.0, None, basis="atomic_all", high=limit),
        }
        for e, limit in (absent or {}).items()
    ]
    one = {"sample": "A", "region": "survey", "elements": there + missing, "findings": []}
    return head("peakwright.xps.survey/1", "survey.vms") | {"surveys": [one]}


def ion(name: str, counts: float, points: int = 20) -> dict[str, Any]:
    return {
        "ion": name,
        "mz": 35.0,
        "corrected": [counts] * points,
        "u": [counts**0.5] * points,
        "saturated_points": 0,
    }


def profile(*ions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Of `tofsims profile`."""
    return (
        head("peakwright.tofsims.profile/1", "a.itm")
        | {
            "sample": "A",
            "polarity": "negative",
            "sputter_time_s": [5.0 * i for i in range(1, 21)],
            "scan": list(range(20)),
            "ions": list(ions),
            "unit": "s",
            "window": [20.0, 100.0],
            "uniformity": [],
            "sentence": "from 20 to 100 s: uniform within 5 %",
        }
        | more
    )


def phase(name: str, presence: str = "present", **more: Any) -> dict[str, Any]:
    known = {
        "main": {"crystalline_mass_fraction": 0.95, "u": 0.01, "u_parts": {"counting": 0.01}},
        "present": {"crystalline_mass_fraction": 0.03, "u": 0.002, "u_parts": {"counting": 0.002}},
        "not_detected": {
            "upper_limit": 0.001,
            "detection_limit": 0.003,
            "detection_limit_broad": 0.008,
        },
    }
    return {"phase": name, "presence": presence, "note": ""} | known.get(presence, {}) | more


def pattern(*phases: dict[str, Any], name: str = "A.xy", sha256: str = SHA, **more: Any):
    """Of `xrd check`."""
    return (
        head("peakwright.xrd.check/1", name, sha256)
        | {
            "verdict": "impurity",
            "sentence": "impurity: LiCl beside Li6PS5Cl",
            "phases": list(phases),
            "profile": {"r_wp": 0.04, "gof": 1.0, "noise": "Poisson counts"},
        }
        | more
    )


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="252pt" height="100pt" viewBox="0 0 252 100">'
    '<g id="axes_1"><path id="m1" d="M 1.23456 2 L 3 4" style="fill: #fff"/>{}</g></svg>'
)


def write(folder: Path, document: dict[str, Any], **figures: str) -> Path:
    """A result's folder, with figures by name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(document))
    for name, inner in figures.items():
        text = inner if inner.startswith("<?") else SVG.replace("{}", inner)
        (folder / f"{name}.svg").write_text(text)
    return folder


def three(folder: Path) -> Path:
    """A sample with a result of each technique."""
    inside = fits(
        region("S 2p", {"PS4": (0.9, 0.02), "Li2S": (0.1, 0.02)}),
        region("Cl 2p", {"LiCl": (1.0, 0.01)}),
    )
    write(folder / "xps", inside, S_2p="", Cl_2p="", overview="")
    write(folder / "tof", profile(ion("Cl-", 5000.0), ion("S-", 3000.0)), profile="", change="")
    both = phase("Li6PS5Cl", "main"), phase("LiCl"), phase("Li2S", "not_detected")
    write(folder / "xrd", pattern(*both), pattern="", limits="")
    return folder
