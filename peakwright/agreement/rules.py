"""Where the techniques contradict each other, given what each can see.

Each rule is a function from the :class:`Facts` to findings, and has its paragraph in
``docs/report.md``, which says what it assumes. Severities as in the linter: an error says that the
results cannot be of one sample as they stand, a warning that somebody should look, an info what is
no contradiction though it looks like one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from references.rounding import plus_minus
from references.words import Basis, Finding, Kind, Severity

from .bulk import atoms_of_patterns, counted, in_atoms
from .documents import FitDocument, ProfileDocument
from .lattice import shortages
from .statement import NAMES, TECHNIQUES, Says, listed, names_of
from .tofsims import STRONG, ion_elements, levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from references.registry import Registry
    from references.words import Estimate, Row

    from .documents import Document
    from .statement import ElementEvidence, Statement
    from .tofsims import Level

__all__ = ["RULES", "Facts", "findings"]

MUCH = 0.01
"""Crystalline mass fraction from which an element of a phase should show elsewhere."""
WELL_ABOVE = 3.0
"""How many times the limit of XPS the bulk holds of an element that XPS should see: carbon and
oxygen from the air may be two thirds of the atoms that it sees (a working value)."""
ATOMS = frozenset({Basis.ATOMIC, Basis.ATOMIC_ALL})
"""Bases that say what a layer is made of."""
K = 2.0
"""Standard uncertainties by which two compositions differ."""
LOUD = 3.0
"""Standard uncertainties from which somebody should look at a lattice that is not its formula."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """What rules look at."""

    documents: Mapping[str, Document]
    statements: Sequence[Statement]
    evidence: Sequence[ElementEvidence]
    registry: Registry
    names: Mapping[str, Mapping[tuple[str, str], str]] = field(init=False)
    """What each technique's measurements are called, by sample and result."""

    def __post_init__(self) -> None:
        names = {technique: names_of(self.statements, technique) for technique in TECHNIQUES}
        object.__setattr__(self, "names", names)

    def of(self, technique: str, *says: Says, species: str = "") -> list[Statement]:
        """Give a technique's statements of some kinds."""
        return [
            statement
            for statement in self.statements
            if statement.technique == technique
            and statement.says in says
            and species in {"", statement.species}
        ]

    def element(self, element: str, technique: str) -> list[ElementEvidence]:
        """Give what a technique says of an element."""
        return [e for e in self.evidence if (e.element, e.technique) == (element, technique)]

    def asked(self) -> list[str]:
        """Give the species of which something is said."""
        return list(dict.fromkeys(statement.species for statement in self.statements))

    def samples(self, technique: str) -> set[str]:
        """Give the names of a technique's samples."""
        said = (s.sample for s in self.statements if s.technique == technique)
        return {*said, *(e.sample for e in self.evidence if e.technique == technique)} - {""}

    def measurements(self, technique: str) -> tuple[str, ...]:
        """Give the names of a technique's measurements: several may be states of one sample."""
        known = [
            self.label(technique, e.sample, e.where)
            for e in self.evidence
            if e.technique == technique and e.sample
        ]
        return tuple(dict.fromkeys((*self.names[technique].values(), *known)))

    def label(self, technique: str, sample: str, where: str = "") -> str:
        """Give what a measurement is called: with its result where two have one name."""
        return self.names[technique].get((sample, where), sample)

    def named(self, technique: str, sample: str, where: str = "") -> str:
        """Say which of a technique's several measurements is meant; nothing where there is one."""
        several = sample and len(self.measurements(technique)) > 1
        return f" ({self.label(technique, sample, where)})" if several else ""

    def whose(self, one: Statement | ElementEvidence) -> str:
        """Say the same of what was said."""
        return self.named(one.technique, one.sample, one.where)

    def ions(self) -> list[Level]:
        """Give how strong each ion of every profile is, each with its measurement's name."""
        return [
            replace(level, sample=self.label("tofsims", level.sample, where))
            for where, document in self.documents.items()
            if isinstance(document, ProfileDocument)
            for level in levels(document).values()
        ]


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Give the findings of all rules, the loudest first."""
    found = [finding for rule in RULES for finding in rule(facts)]
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: order[finding.severity]))


def phase_without_element(facts: Facts) -> Iterable[Finding]:
    """A phase of some percent, and an element of it that neither other technique finds.

    XPS misses only what it could see: the phases hold well more of the element than its limit.
    """
    bulk = atoms_of_patterns(facts.of("xrd", Says.PRESENT), facts.registry)
    for name, told in _much_of(facts).items():
        without = _patterns_without(facts, name)
        for element in facts.registry.phase(name).elements:
            xps = facts.element(element, "xps")
            ions = facts.element(element, "tofsims")
            share = _share(bulk, element)
            missed = [e for e in xps if not e.seen and e.below is not None]
            missed = [e for e in missed if WELL_ABOVE * (e.below or 0.0) <= share]
            silent = [e for e in ions if not e.seen and e.decisive]
            if not (missed and silent) or any(e.seen for e in (*xps, *ions)):
                continue
            yield Finding(
                rule="phase_without_element",
                # Where another pattern lacks the phase, the others may have seen that state.
                severity=Severity.WARNING if without else Severity.ERROR,
                subject=f"{element} of {name}",
                reported=told,
                reference=(
                    f"XPS: {missed[0].limit}{facts.whose(missed[0])}; TOF-SIMS: "
                    f"{silent[0].by} {silent[0].limit}{facts.whose(silent[0])}"
                ),
                message=(
                    f"XRD finds {name}, and neither XPS nor TOF-SIMS through its whole depth finds "
                    f"{element}: check that all three had the same sample"
                    + (
                        f" in the same state, for {listed(without)} has it below its limit"
                        if without
                        else ""
                    )
                    + ", and whether another phase has these lines"
                ),
            )


def _share(bulk: Mapping[str, Mapping[str, float]], element: str) -> float:
    """The share of all atoms that an element has in the phases of the pattern with most of it."""
    shares = [atoms.get(element, 0.0) / sum(atoms.values()) for atoms in bulk.values() if atoms]
    return max(shares, default=0.0)


def element_without_ion(facts: Facts) -> Iterable[Finding]:
    """An element that XPS finds, and no sign of an ion that hardly fails to show it."""
    for element in dict.fromkeys(e.element for e in facts.evidence):
        xps = [e for e in facts.element(element, "xps") if e.seen]
        ions = facts.element(element, "tofsims")
        silent = [e for e in ions if not e.seen and e.decisive]
        if xps and silent and not any(e.seen for e in ions):
            yield Finding(
                rule="element_without_ion",
                severity=Severity.ERROR,
                subject=element,
                reported=f"XPS: seen ({xps[0].by}){facts.whose(xps[0])}",
                reference=(f"TOF-SIMS: {silent[0].by} {silent[0].limit}{facts.whose(silent[0])}"),
                message=(
                    f"XPS finds {element}, and TOF-SIMS, which seldom misses {silent[0].by}, does "
                    "not: check the mass window, the calibration, and that both had the same sample"
                ),
            )


def ion_without_element(facts: Facts) -> Iterable[Finding]:
    """A strong ion from the surface on, and an element of it that XPS does not find there."""
    for level in facts.ions():
        if not level.seen_at_surface or level.share < STRONG:
            continue
        for element in ion_elements(level.ion):
            xps = facts.element(element, "xps")
            missed = [e for e in xps if not e.seen]
            if not missed or any(e.seen for e in xps):
                continue
            near = f"; {level.doubt}" if level.doubt else ""
            yield Finding(
                rule="ion_without_element",
                severity=Severity.WARNING,
                subject=f"{level.ion}, {element}",
                reported=(
                    f"{100 * level.share:.2g} % of the strongest ion's counts at the surface"
                    f"{facts.named('tofsims', level.sample)}"
                ),
                reference=(f"XPS: {missed[0].limit} ({missed[0].by}){facts.whose(missed[0])}"),
                message=(
                    f"TOF-SIMS has a strong {level.ion} from the first points on, and XPS of the "
                    f"same surface no {element}. Counts are no amounts, and some ions show traces; "
                    f"check the mass assignment{near}, and that both had the same surface"
                ),
            )


def ion_by_recombination(facts: Facts) -> Iterable[Finding]:
    """A cluster ion of a compound that XPS finds none of, though it finds its elements."""
    there = {level.ion: level for level in facts.ions()}
    for statement in facts.of("tofsims", Says.COMPATIBLE):
        clusters = [
            ion
            for ion in statement.by.split(", ")
            if len(ion_elements(ion)) > 1 and ion in there and there[ion].seen_at_surface
        ]
        if not clusters or _seen_by(facts, "xps", statement.species):
            continue
        elements = {element for ion in clusters for element in ion_elements(ion)}
        bound = all(any(e.seen for e in facts.element(element, "xps")) for element in elements)
        limits = facts.of("xps", Says.BELOW_LIMIT, species=statement.species)
        if limits and bound:
            yield Finding(
                rule="ion_by_recombination",
                severity=Severity.INFO,
                subject=f"{listed(clusters)}, {statement.species}",
                reported=f"TOF-SIMS: {listed(clusters)} seen",
                reference=f"XPS: {statement.species} {_numbers(facts, limits)}",
                message=(
                    f"no contradiction: {listed(sorted(elements))} are there in other species, and "
                    f"cluster ions form by recombination over them; {listed(clusters)} does not "
                    f"show {statement.species}"
                ),
            )


def surface_or_bulk(facts: Facts) -> Iterable[Finding]:
    """One of XPS and XRD finds a species of which the other has a limit: not the same depth.

    Each measurement is compared by itself, so that two states of a sample do not hide each other;
    and in one unit, where the formulas of the phases allow it: what is below the other's limit is
    no difference.
    """
    for species in facts.asked():
        surface, bulk = (_by_measurement(facts, t, species) for t in ("xps", "xrd"))
        seen, no_bulk = _meeting(facts, surface.seen, bulk.limited)
        if seen and no_bulk:
            pairs = _in_one_unit(facts, seen, no_bulk)
            message = (
                f"no contradiction: XPS sees {_depth(seen)}, XRD what is crystalline in "
                f"the bulk{_grains(facts, seen, no_bulk)}"
            )
            if pairs and all(one.bulk_may_have_it for one in pairs):
                message = "nothing differs: in one unit XRD would not have seen so little"
            yield Finding(
                rule="surface_or_bulk",
                severity=Severity.INFO,
                subject=species,
                reported=f"XPS: {_numbers(facts, seen)}",
                reference=f"XRD: {_numbers(facts, no_bulk)}{_which_is(pairs)}",
                message=message + _other_state("XRD", bulk.seen),
            )
        no_surface, found = _meeting(facts, surface.limited, bulk.seen)
        if found and no_surface:
            pairs = _in_one_unit(facts, no_surface, found)
            message = (
                f"no contradiction: XRD sees the bulk, XPS {_depth(no_surface)} of the "
                "surface, which something else may cover"
            )
            if pairs and all(one.surface_may_have_it for one in pairs):
                message = "nothing differs: in one unit XPS would not have seen so little"
            yield Finding(
                rule="surface_or_bulk",
                severity=Severity.INFO,
                subject=species,
                reported=f"XRD: {_numbers(facts, found)}{_which_is(pairs)}",
                reference=f"XPS: {_numbers(facts, no_surface)}",
                message=message + _other_state("XRD", bulk.limited),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    """A number by XPS, and what XRD says in the same unit; none where that cannot be told."""

    surface: Row
    powder: Estimate | None
    label: str

    @property
    def bulk_may_have_it(self) -> bool:
        """Whether XRD would have missed what XPS finds; 100 % of a level is no measurement."""
        told = self.surface.estimate
        if self.powder is None or self.powder.high is None or told.kind is Kind.FIXED:
            return False
        return told.value - K * (told.u or 0.0) <= self.powder.high

    @property
    def surface_may_have_it(self) -> bool:
        """Whether XPS would have missed what XRD finds."""
        limit = self.surface.estimate.high
        if self.powder is None or limit is None:
            return False
        return self.powder.value - K * (self.powder.u or 0.0) <= limit


def _in_one_unit(
    facts: Facts, surface: Iterable[Statement], bulk: Sequence[Statement]
) -> list[_Meeting]:
    """Tell what XRD says as the share of atoms that each number by XPS is."""
    found: list[_Meeting] = []
    for seen in surface:
        for row in _telling(seen):
            unit = counted(row, seen.by, facts.registry)
            label = unit.label if unit is not None else ""
            found += [
                _Meeting(
                    surface=row,
                    powder=_powder(facts, row, seen.by, phase),
                    label=label + facts.whose(phase),
                )
                for phase in bulk
            ]
    return found


def _powder(facts: Facts, row: Row, level: str, phase: Statement) -> Estimate | None:
    """What XRD says of a phase as the share of atoms that a number by XPS is."""
    unit = counted(row, level, facts.registry)
    if unit is None:
        return None
    return in_atoms(phase, unit, facts.of("xrd", Says.PRESENT), facts.registry)


def _which_is(pairs: Iterable[_Meeting]) -> str:
    told = [f"{plus_minus(one.powder.scaled(100))} % of {one.label}" for one in pairs if one.powder]
    return f", in atoms {listed(told)}" if told else ""


def states_differ(facts: Facts) -> Iterable[Finding]:
    """Two measurements of one technique say opposite things: two states, or two samples."""
    for technique in TECHNIQUES:
        for species in facts.asked():
            told = _by_measurement(facts, technique, species)
            if told.seen and told.limited:
                seen, limited = (
                    [s for mine in these.values() for s in mine]
                    for these in (told.seen, told.limited)
                )
                yield _states(
                    NAMES[technique], species, _numbers(facts, seen), _numbers(facts, limited)
                )
        for element in dict.fromkeys(e.element for e in facts.evidence):
            known = facts.element(element, technique)
            named = [(facts.label(technique, e.sample, e.where), e) for e in known]
            there = dict.fromkeys(name for name, e in named if e.seen)
            missed = {name: e for name, e in named if not e.seen and name not in there}
            if there and missed:
                limits = [f"{e.by}, {e.limit} ({name})" for name, e in missed.items()]
                yield _states(
                    NAMES[technique], element, f"seen ({listed(there)})", listed(limits, 3)
                )


def _states(technique: str, subject: str, seen: str, limited: str) -> Finding:
    return Finding(
        rule="states_differ",
        severity=Severity.INFO,
        subject=subject,
        reported=f"{technique}: {seen}",
        reference=limited,
        message=(
            f"two measurements by {technique} differ, as two states of a sample do: this is no "
            "contradiction between techniques, and each is compared with the others by itself"
        ),
    )


def surface_composition(facts: Facts) -> Iterable[Finding]:
    """Elements at the surface in other proportions than in the crystalline bulk."""
    bulk = atoms_of_patterns(facts.of("xrd", Says.PRESENT), facts.registry)
    for where, row in _element_rows(facts):
        # A pattern of the same name is of the same state; others are compared where there is none.
        same = {row.sample: bulk[row.sample]} if row.sample in bulk else bulk
        estimate, expected = row.estimate, _expected(row, same)
        if not estimate.u or not expected:
            continue
        deviations = [(estimate.value - share) / estimate.u for share in expected.values()]
        if (
            min(abs(deviation) for deviation in deviations) <= K
            or min(deviations) * max(deviations) < 0
        ):
            continue
        went = "richer" if deviations[0] > 0 else "poorer"
        phases = [f"{100 * share:.3g} % ({name})" for name, share in expected.items()]
        yield Finding(
            rule="surface_composition",
            severity=Severity.INFO,
            subject=f"{row.subject} of {row.denominator}",
            reported=(
                f"XPS: {plus_minus(estimate.scaled(100))} % ({row.basis})"
                f"{facts.named('xps', row.sample, where)}"
            ),
            reference=f"the phases of XRD: {listed(phases)}",
            deviation=f"{min(deviations, key=abs):+.1f} u",
            message=(
                f"the surface is {went} in {row.subject} than the crystalline bulk; both may be "
                "right, for XPS sees some nanometres, amorphous parts included"
            ),
        )


def lattice_stoichiometry(facts: Facts) -> Iterable[Finding]:
    """Less of a lattice's part than its formula asks for: what is told beyond it rests on it."""
    for where, document in facts.documents.items():
        if not isinstance(document, FitDocument):
            continue
        for short in shortages(document, facts.registry):
            deviation = -short.lacking / short.u
            if deviation > -K:
                continue
            whole, needed = short.whole, short.needed
            rests = [f"{r.subject}, {plus_minus(r.estimate.scaled(100))} %," for r in short.rests]
            missing = f"{100 * short.lacking:.2g} % of {whole.denominator}"
            yield Finding(
                rule="lattice_stoichiometry",
                severity=Severity.WARNING if deviation <= -LOUD else Severity.INFO,
                subject=f"{short.part} of {short.lattice}",
                reported=(
                    f"XPS: {whole.subject}, all that may be {short.part}, {_number(whole)}"
                    f"{facts.named('xps', short.sample, where)}"
                ),
                reference=(
                    f"{plus_minus(needed.estimate.scaled(100))} % by {needed.subject} and the "
                    f"formula"
                ),
                deviation=f"{deviation:+.1f} u",
                message=(
                    f"XPS finds less {short.part} than its {needed.subject} asks for as "
                    f"{short.lattice}: the lattice at the surface is damaged or has another "
                    "formula, or other species lie in these lines"
                    + (
                        f". {listed(rests)} {'rest' if len(rests) > 1 else 'rests'} on the same "
                        f"formula; if it fills the empty places, up to {missing} of it is the "
                        "lattice's"
                        if rests
                        else ""
                    )
                    + (
                        ""
                        if short.correlated
                        else ". The two were taken as independent, for the result has not their "
                        "covariance"
                    )
                ),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a technique's measurements say of a species, by the name of each."""

    seen: dict[str, list[Statement]]
    limited: dict[str, list[Statement]]


def _by_measurement(facts: Facts, technique: str, species: str) -> _Told:
    """Part measurements that see a species from those that have it below their limit."""
    seen: dict[str, list[Statement]] = {}
    limited: dict[str, list[Statement]] = {}
    for statement in _seen_by(facts, technique, species):
        seen.setdefault(_label(facts, statement), []).append(statement)
    for statement in facts.of(technique, Says.BELOW_LIMIT, species=species):
        if _label(facts, statement) not in seen:
            limited.setdefault(_label(facts, statement), []).append(statement)
    return _Told(seen=seen, limited=limited)


def _label(facts: Facts, statement: Statement) -> str:
    return facts.label(statement.technique, statement.sample, statement.where)


def _meeting(
    facts: Facts, surface: Mapping[str, list[Statement]], bulk: Mapping[str, list[Statement]]
) -> tuple[list[Statement], list[Statement]]:
    """Give what measurements by XPS and by XRD say that can be compared.

    Those of one sample's name are of one state; where a name has no partner, it is compared with
    all.
    """
    xps, xrd = facts.samples("xps"), facts.samples("xrd")

    def is_pair(s: str, b: str) -> bool:
        mine, others = surface[s][0].sample, bulk[b][0].sample
        return mine == others or (mine not in xrd and others not in xps)

    pairs = [(s, b) for s in surface for b in bulk if is_pair(s, b)]
    return (
        [one for s in dict.fromkeys(s for s, _ in pairs) for one in surface[s]],
        [one for b in dict.fromkeys(b for _, b in pairs) for one in bulk[b]],
    )


def _other_state(technique: str, others: Mapping[str, list[Statement]]) -> str:
    """Say that another measurement of the technique tells the opposite."""
    names = [name for name in others if name]
    if not names:
        return ""
    return f"; in another state ({listed(names)}) {technique} says the opposite"


def _expected(row: Row, bulk: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The share of an element among those of a fraction, by the phases of each pattern."""
    found: dict[str, float] = {}
    for name, atoms in bulk.items():
        total = sum(atoms.get(element, 0.0) for element in row.denominator.split("+"))
        if total and row.subject in atoms:
            found[name] = atoms[row.subject] / total
    return found


def not_in_the_model(facts: Facts) -> Iterable[Finding]:
    """A phase in the powder whose species no component of a fitted region stands for."""
    levels_fitted = {
        fit.region
        for document in facts.documents.values()
        if isinstance(document, FitDocument)
        for fit in document.fits
    }
    for species in facts.asked():
        bulk = _seen_by(facts, "xrd", species)
        known = facts.registry.species(species)
        said = [s for s in facts.statements if (s.technique, s.species) == ("xps", species)]
        if not bulk or any(s.says is not Says.CANNOT_SEE for s in said) or known.composition:
            continue
        lines = {
            line.core_level for line in facts.registry.species_lines if line.species == species
        }
        missing = sorted(lines & levels_fitted)
        parts = {p for s in facts.registry.all_species for p, _ in s.composition}
        if missing and species not in parts:
            yield Finding(
                rule="not_in_the_model",
                severity=Severity.INFO,
                subject=f"{species} in {listed(missing)}",
                reported=f"XRD: {_numbers(facts, bulk)}",
                message=(
                    f"XRD finds {species}, and the fits of {listed(missing)} have no component "
                    "for it; fit again with it, and see whether a limit or a share comes out"
                ),
            )


RULES: tuple[Callable[[Facts], Iterable[Finding]], ...] = (
    phase_without_element,
    element_without_ion,
    ion_without_element,
    ion_by_recombination,
    surface_or_bulk,
    states_differ,
    surface_composition,
    lattice_stoichiometry,
    not_in_the_model,
)
"""All rules; each has its paragraph in ``docs/report.md``."""


def _seen_by(facts: Facts, technique: str, species: str) -> list[Statement]:
    return facts.of(technique, Says.PRESENT, Says.COMPATIBLE, species=species)


def _much_of(facts: Facts) -> dict[str, str]:
    """Phases of the library of which there is some percent, each with how much."""
    found: dict[str, str] = {}
    for statement in facts.of("xrd", Says.PRESENT):
        for row in statement.rows:
            known = row.subject in facts.registry.names()["phase"]
            if known and row.estimate.value >= MUCH:
                of = facts.whose(statement)
                found.setdefault(row.subject, f"XRD: {_number(row)}{of}")
    return found


def _patterns_without(facts: Facts, phase: str) -> list[str]:
    """Measurements by XRD that have a phase below its limit."""
    return [
        statement.sample
        for statement in facts.of("xrd", Says.BELOW_LIMIT)
        if statement.by == phase and statement.sample
    ]


def _numbers(facts: Facts, statements: Iterable[Statement]) -> str:
    """The first number of each statement, with its measurement where there are several."""
    made = list(statements)
    told = [_number(row) + facts.whose(s) for s in made for row in _telling(s)]
    if told:
        return listed(told, 3)
    return listed((f"{s.why or s.says}{facts.whose(s)}" for s in made), 3)


def _telling(statement: Statement) -> list[Row]:
    """The number that a statement rests on: a limit where it says so, else the first."""
    limits = [row for row in statement.rows if row.estimate.kind is Kind.UPPER_LIMIT]
    chosen = limits if statement.says is Says.BELOW_LIMIT and limits else list(statement.rows)
    return chosen[:1]


def _number(row: Row) -> str:
    """A number in words: percent of its denominator."""
    if row.unit != "1":
        return f"{plus_minus(row.estimate)} {row.unit}"
    mass = row.basis is Basis.CRYSTALLINE_MASS
    what = "wt%" if mass else f"% of {row.denominator}"
    told = ", atomic" if row.basis in ATOMS else ""
    return f"{plus_minus(row.estimate.scaled(100))} {what}{told}"


def _depth(statements: Sequence[Statement]) -> str:
    known = [s.depth for s in statements if s.depth is not None and s.depth.nm is not None]
    if not known:
        return "some nanometres"
    deepest = max(known, key=lambda depth: depth.nm or 0.0)
    return f"the {deepest.text}"


def _grains(facts: Facts, surface: Sequence[Statement], bulk: Sequence[Statement]) -> str:
    """From which grain size on a surface layer of that share stays below the powder's limit.

    A layer of depth d and share f on spheres of radius R is the share 3 d f / R of the whole, where
    atoms take the same room in both. Each share goes with the depth of its own level; one within a
    level says nothing of the layer.
    """
    found: list[tuple[float, float, Row]] = []
    for statement in surface:
        depth = None if statement.depth is None else statement.depth.nm
        row = next((r for r in statement.rows if r.basis in ATOMS and r.estimate.value > 0), None)
        if not depth or row is None:
            continue
        told = [_powder(facts, row, statement.by, phase) for phase in bulk]
        # Where formulas are not known, the limit by mass stands for it.
        masses = [r.estimate for phase in bulk for r in phase.rows]
        limits = [one.high for one in ([o for o in told if o] or masses) if one.high]
        if limits:
            found.append((3.0 * depth * row.estimate.value / min(limits), depth, row))
    if not found:
        return ""
    radius, depth, row = max(found, key=lambda one: one[0])
    return (
        f"; a layer of {depth:.2g} nm in which it is {100 * row.estimate.value:.3g} % of "
        f"{row.denominator} stays below the limit on grains of more than about "
        f"{_about(1e-3 * radius)} um radius"
    )


def _about(value: float) -> str:
    """Two digits, for what is no better known."""
    return f"{float(f'{value:.2g}'):.15g}"


def _element_rows(facts: Facts) -> list[tuple[str, Row]]:
    """Atomic fractions of elements, which fits over several levels give, and whose they are."""
    return [
        (where, given.row())
        for where, document in facts.documents.items()
        if isinstance(document, FitDocument)
        for given in document.fractions
        if given.basis is Basis.ATOMIC and given.subject in given.denominator.split("+")
    ]
