"""Results on disk: one folder a run, every file whole, equal input giving equal bytes."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Protocol, cast

from references.files import DataFileError, read_text, remove_file, write_atomic
from references.words import Row, UncertaintyParts

from . import __version__
from .request import files_now, request_now

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

__all__ = [
    "check_folder",
    "csv_text",
    "environment",
    "file_stem",
    "json_text",
    "numbers_kept",
    "result_document",
    "rows_csv",
    "with_action",
    "write_results",
]

COLUMNS = (
    *("sample", "technique", "quantity", "subject", "unit", "basis", "denominator", "value", "u"),
    *(f"u_{part.name}" for part in fields(UncertaintyParts)),
    *("low", "high", "level", "kind"),
)

# What decides the last digits of a result; the project's dependencies.
PACKAGES = (
    *(
        "asteval",
        "defusedxml",
        "gemmi",
        "h5netcdf",
        "h5py",
        "jinja2",
        "lmfit",
        "matplotlib",
        "molmass",
        "numpy",
    ),
    "pillow",
    *("numba", "pybaselines", "pydantic", "rich", "scipy", "spglib", "typer", "xarray"),
)

# A cell that begins with one of these is a formula to a spreadsheet (the last four are the
# full-width forms that some of them take too).
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")

FIXED_NAMES = ("result.json", "rows.csv", "recipe.toml", "environment.json")


class Versioned(Protocol):
    """A library that knows which one it is: :class:`references.registry.Registry`."""

    @property
    def version(self) -> str:
        """Version of the data."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the data."""
        ...


def result_document(
    schema: str,
    inputs: Iterable[Mapping[str, str]],
    registry: Versioned,
    *,
    request: object = None,
    **body: object,
) -> dict[str, object]:
    """Give the JSON-ready document of a result: the head all results share, then its own part.

    Parameters
    ----------
    schema : str
        For instance ``"peakwright.xps.fit/1"``.
    inputs : iterable of mapping
        ``path`` and ``sha256`` of each input; of the path only the base name is kept, so that
        the document does not depend on where a file lies.
    registry : Versioned
        The library used.
    request : mapping, optional
        ``command`` and ``options``, as :func:`peakwright.request.told` gives them; that of the
        command line if not given, and none where there is no command line either.
    **body
        The result's own part.

    Returns
    -------
    dict
        ``schema``, ``version``, ``request``, ``inputs``, ``registry``, then the body.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> library = SimpleNamespace(version="1", sha256="ab")
    >>> result_document("example/1", [{"path": "/data/a.vms", "sha256": "cd"}], library)["inputs"]
    [{'path': 'a.vms', 'sha256': 'cd'}]
    """
    named = [{"path": PurePath(given["path"]).name, "sha256": given["sha256"]} for given in inputs]
    request = request_now(named) if request is None else request
    head: dict[str, object] = {
        "schema": schema,
        "version": __version__,
        **({} if request is None else {"request": request}),
        "inputs": named,
        "registry": {"version": registry.version, "sha256": registry.sha256},
    }
    if taken := head.keys() & body.keys():
        raise ValueError(f"{', '.join(sorted(taken))}: written by the head of every result")
    return head | body


def json_text(document: Mapping[str, object]) -> str:
    r"""Give a document as JSON text that reads back bit for bit.

    Parameters
    ----------
    document : mapping
        JSON-ready values.

    Returns
    -------
    str
        Pure ASCII, so that any terminal and any file name passes; ends with a line end.

    Raises
    ------
    ValueError
        If a number is not finite: JSON has no word for it.

    Examples
    --------
    >>> json_text({"value": 0.1})
    '{\n  "value": 0.1\n}\n'
    """
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def rows_csv(rows: Iterable[Row]) -> str:
    """Give rows as a table: one line a row, each part of ``u`` in a column of its own.

    Parameters
    ----------
    rows : iterable of Row
        Any techniques, any quantities.

    Returns
    -------
    str
        Comma-separated; numbers by ``repr``, so that they read back bit for bit; an empty cell
        where there is no value. Text that a spreadsheet would run as a formula begins with an
        apostrophe.

    Examples
    --------
    >>> from references.words import Estimate
    >>> row = Row(sample="=1+1", technique="xps", quantity="position", subject="Li2S",
    ...           estimate=Estimate(value=160.1), unit="eV")
    >>> rows_csv([row]).splitlines()[1]
    "'=1+1,xps,position,Li2S,eV,,,160.1,,,,,,,,,,standard"
    """
    lines: list[tuple[object, ...]] = [COLUMNS]
    for row in rows:
        flat = row.to_dict()
        flat |= {f"u_{name}": part for name, part in row.estimate.u_parts.to_dict().items()}
        lines.append(tuple(flat.get(name) for name in COLUMNS))
    return csv_text(lines)


def csv_text(lines: Iterable[Iterable[object]]) -> str:
    r"""Give cells as comma-separated text; what a spreadsheet would run as a formula is quoted.

    Examples
    --------
    >>> csv_text([["name", "area"], ["=1+1", 0.1]])
    "name,area\n'=1+1,0.1\n"
    """
    return "".join(",".join(_cell(cell) for cell in line) + "\n" for line in lines)


def environment(inputs: Iterable[Path] = ()) -> dict[str, object]:
    """Give what varies between machines: Python, platform, versions of the packages.

    Parameters
    ----------
    inputs : iterable of Path
        Input files; where they lie, and other files that the command line named, is kept here, for
        a result knows them by name and hash alone.

    Examples
    --------
    >>> sorted(environment())
    ['inputs', 'packages', 'peakwright', 'platform', 'python', 'schema']
    """
    import platform
    from importlib.metadata import PackageNotFoundError, version

    packages: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    return {
        "schema": "peakwright.environment/1",
        "peakwright": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "packages": packages,
        "inputs": list(dict.fromkeys(str(path.absolute()) for path in (*inputs, *files_now()))),
    }


def file_stem(text: str) -> str:
    """Give a file name, without suffix, of what a user or a file called something.

    Examples
    --------
    >>> file_stem("S 2p/etched"), file_stem("///")
    ('S_2p_etched', 'fit')
    """
    kept = "".join(c if c.isalnum() or c in "-+." else "_" for c in text).strip("._")
    return kept[:80] or "fit"


def check_folder(out: Path) -> None:
    """Refuse a folder that cannot be written, before the work whose result it should hold.

    Nothing is made or written.

    Parameters
    ----------
    out : Path
        Folder; it may not exist yet.

    Raises
    ------
    DataFileError
        If it, or what it would be made in, is no folder or may not be written.
    """
    try:
        there = next(place for place in (out, *out.absolute().parents) if place.exists())
        is_folder = there.is_dir()
    except OSError as error:
        raise DataFileError(
            out, f"cannot be a folder ({error.strerror})", action="name another one with --out"
        ) from None
    if not is_folder:
        raise DataFileError(
            out,
            "cannot be a folder" if there != out else "is no folder",
            where="" if there == out else f"at {there}",
            action="name another one with --out",
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise DataFileError(
            out, "may not be written", action="check its permissions, or name another with --out"
        )


def write_results(
    out: Path,
    document: Mapping[str, object],
    rows: Sequence[Row],
    recipe_toml: str | None,
    figures: Mapping[str, bytes] | Callable[[], Mapping[str, bytes]],
    *,
    inputs: Iterable[Path] = (),
) -> tuple[Path, ...]:
    """Write a result's folder: the numbers, then the figures.

    Parameters
    ----------
    out : Path
        Folder; made where it is missing.
    document : mapping
        What ``--json`` prints; becomes ``result.json``.
    rows : sequence of Row
        Becomes ``rows.csv``.
    recipe_toml : str or None
        Becomes ``recipe.toml``; ``None`` for what has no recipe of its own.
    figures : mapping of str to bytes, or callable that gives one
        File name (``"S_2p.svg"``) to content. A callable is called when the numbers are on the
        disk.
    inputs : iterable of Path
        Input files, for ``environment.json``.

    Returns
    -------
    tuple of Path
        ``result.json``, ``rows.csv``, ``recipe.toml``, ``environment.json``, then the figures.
        All but ``environment.json`` are the same bytes for the same result.

    Raises
    ------
    DataFileError
        If the folder cannot be made or a file cannot be written; each file is then the old one or
        the whole new one. Where it is a figure's, the numbers are there and the sentence says so.
    ValueError
        If a number is not finite or a figure's name is not a plain file name of its own; of figures
        that are given nothing is written then.
    """
    if not callable(figures):
        _check_names(figures)
    numbers: dict[str, bytes] = {
        "result.json": json_text(document).encode(),
        "rows.csv": rows_csv(rows).encode(errors="backslashreplace"),
        **_recipe(recipe_toml),
        "environment.json": b"",
    }
    made = environment(inputs)
    before = _files_before(out)
    numbers["environment.json"] = _environment_text(made, {*numbers, *before})
    for name in reversed(numbers):
        write_atomic(out / name, numbers[name])
    # What an earlier result left there would be taken for this one's.
    for name in before - numbers.keys():
        remove_file(out / name)
    with numbers_kept(out):
        drawn = figures() if callable(figures) else figures
        _check_names(drawn)
        contents = {name: bytes(drawn[name]) for name in sorted(drawn)}
        listing = _environment_text(made, {*numbers, *contents})
        for name, content in {"environment.json": listing, **contents}.items():
            write_atomic(out / name, content)
    return tuple(out / name for name in (*numbers, *contents))


@contextmanager
def numbers_kept(out: Path) -> Generator[None]:
    """Say, where a figure cannot be written, that the numbers have been.

    Raises
    ------
    DataFileError
        As the block raised it, with what is kept and what to do.
    """
    try:
        yield
    except DataFileError as error:
        action = f"the numbers are whole in {out}, and only figures are missing: make room or see "
        raise with_action(
            error, action + "to the permissions, and give the same command again"
        ) from error


def with_action(error: DataFileError, action: str) -> DataFileError:
    """Give an error with another sentence on what to do next."""
    return DataFileError(error.path, error.reason, where=error.where, action=action)


def _environment_text(made: Mapping[str, object], files: Iterable[str]) -> bytes:
    return json_text({**made, "files": sorted(files)}).encode(errors="backslashreplace")


def _files_before(out: Path) -> set[str]:
    """Names of the files that a result has written into a folder; none where that is not known."""
    try:
        told: Any = json.loads(read_text(out / "environment.json"))
    except (DataFileError, ValueError, RecursionError):
        return set()
    listed = cast("dict[str, Any]", told).get("files") if isinstance(told, dict) else None
    names = cast("list[Any]", listed) if isinstance(listed, list) else []
    return {
        name
        for name in names
        if isinstance(name, str)
        and name == PurePath(name).name
        and name.casefold().endswith((".json", ".csv", ".toml", ".svg", ".png"))
    }


def _recipe(text: str | None) -> dict[str, bytes]:
    return {} if text is None else {"recipe.toml": text.encode(errors="backslashreplace")}


def _check_names(figures: Mapping[str, bytes]) -> None:
    """Refuse names that lead out of the folder or that some file system takes for one file."""
    taken = {name.casefold() for name in FIXED_NAMES}
    for name in figures:
        plain = name == PurePath(name).name and name not in {"", ".", ".."} and "\\" not in name
        if not plain or name.casefold() in taken:
            raise ValueError(f"{name!r} is not the name of a figure's own file")
        taken.add(name.casefold())


def _cell(value: object) -> str:
    """Give a cell's text: exact numbers, nothing for nothing, no formulas, quoted where needed."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return repr(float(value))
    text = str(value)
    if text.lstrip(" ").startswith(FORMULA_STARTS) and not _is_number(text):
        text = f"'{text}"
    # The csv module leaves a lone carriage return unquoted, which breaks the line.
    if any(c in text for c in ',"\r\n'):
        text = '"' + text.replace('"', '""') + '"'
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
