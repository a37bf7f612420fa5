"""A request turned back into the arguments of its command; what is none of its own is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

from references.files import DataFileError, write_atomic

from ..request import FILES, IN_RECIPE, MASK, PHASES, SILENT
from .recipe import recipe_text
from .stored import input_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .places import Places
    from .stored import Stored

__all__ = ["Arguments", "arguments_of"]

LONGEST = 100_000
"""No option is longer than this [characters]."""
MOST_COPIED = 100_000_000
"""No structure and no picture is larger than this [bytes]."""
WAYS = frozenset({"recipe", "species", "from_casaxps"})
"""Options that say what to fit; without one the document's own recipe does."""
OWN_RECIPE = IN_RECIPE | {"xps fit", "xrd check", "tofsims profile"}
OUT_FILE = {
    "tofsims cube": ("cube",),
    "tofsims store": ("store",),
    "xps export": ("written", "path"),
}
"""Commands that must write, and where the document has the name of what they wrote."""
OUT_FOLDER = frozenset({"tofsims render"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What to give to the command line, and the files it reads.

    Attributes
    ----------
    words : tuple of str
        After the command's own name.
    files : tuple of Path
        Inputs as they were found.
    libraries : tuple of Path
        Library files among them.
    """

    words: tuple[str, ...]
    files: tuple[Path, ...]
    libraries: tuple[Path, ...] = ()


@dataclass(slots=True)
class _Making:
    stored: Stored
    places: Places
    folder: Path
    options: list[str] = field(default_factory=list[str])
    arguments: list[str] = field(default_factory=list[str])
    files: list[Path] = field(default_factory=list[Path])

    def refuse(self, name: str, why: str) -> DataFileError:
        return DataFileError(self.stored.path, why, where=f"request.options.{name[:40]}")

    def found(self, name: str, given: Any) -> Path:
        wanted = input_of(given)
        if wanted is None:
            raise self.refuse(name, "should be files, each by its base name and its SHA-256")
        place = self.places.find(wanted)
        self.files.append(place)
        return place

    def copied(self, place: Path) -> Path:
        """Copy a file into a folder of ours, under its own name."""
        from references.files import read_bytes

        home = self.folder / f"file{len(self.files)}"
        return write_atomic(home / place.name, read_bytes(place, max_bytes=MOST_COPIED))


def arguments_of(
    stored: Stored, parameters: Sequence[Any], places: Places, folder: Path
) -> Arguments:
    """Turn a request into arguments, with every file found and checked.

    Parameters
    ----------
    stored : Stored
    parameters : sequence of click.Parameter
        Of the command.
    places : Places
        Where files are looked for.
    folder : Path
        A folder of ours, for copies of files that are named inside a text, and for what the
        command has to write.

    Raises
    ------
    DataFileError
        If an option is none of the command, has a value that is none, or a file is not there.
    """
    made = _Making(stored, places, folder)
    # Every input first: a missing one is told before anything else is done.
    inputs = [places.find(one) for one in stored.inputs]
    made.files += inputs
    known = {parameter.name: parameter for parameter in parameters}
    for name in stored.options:
        if name not in known or name in SILENT - {"file"}:
            command = f"`peakwright {stored.command}`"
            raise made.refuse(name, f"is no option of {command} that a result keeps")
    for parameter in parameters:
        if parameter.name == "file" and "file" not in stored.options:
            made.arguments.append(str(inputs[0]))
        elif parameter.name in stored.options:
            _add(made, parameter, stored.options[parameter.name])
    _add_recipe(made, known)
    _add_out(made, inputs)
    libraries = [made.found("library", one) for one in _several(stored.options.get("library"))]
    return Arguments(
        words=(*stored.command.split(), *made.options, "--json", "--", *made.arguments),
        files=tuple(dict.fromkeys(made.files)),
        libraries=tuple(libraries),
    )


def _add(made: _Making, parameter: Any, given: Any) -> None:
    """Add one option or argument as words."""
    name, option = str(parameter.name), str(parameter.opts[0])
    if parameter.param_type_name == "argument":
        several = _several(given)
        places = [str(made.found(name, one)) for one in several]
        # `xps compare` takes the first of A, and more of it as options.
        keep = len(places) if parameter.nargs == -1 else 1
        made.arguments += places[:keep]
        for more in places[keep:]:
            if made.stored.command != "xps compare":
                raise made.refuse(name, "should be one file")
            made.options += [f"--{name}={more}"]
        return
    if getattr(parameter, "is_flag", False):
        if given is not True:
            raise made.refuse(name, "should be true")
        made.options.append(option)
        return
    values = _several(given) if parameter.multiple or parameter.nargs != 1 else [given]
    words = [_word(made, name, one) for one in values]
    if parameter.nargs not in {1, len(words)}:
        raise made.refuse(name, f"should be {parameter.nargs} values")
    if parameter.nargs == 1:
        made.options += [f"{option}={word}" for word in words]
    else:
        made.options += [option, *words]


def _word(made: _Making, name: str, given: Any) -> str:
    if name in FILES:
        return str(made.found(name, given))
    if isinstance(given, bool) or not isinstance(given, (str, int, float, dict)):
        raise made.refuse(name, "is no value of an option")
    if isinstance(given, dict):
        return _text_with_files(made, name, cast("dict[str, Any]", given))
    if isinstance(given, str):
        _check_text(made, name, given)
        return given
    return repr(given)


def _text_with_files(made: _Making, name: str, given: Mapping[str, Any]) -> str:
    """Put a text together again; its files are copied to where no path has a comma."""
    parts = given.get("parts")
    if set(given) != {"parts"} or not isinstance(parts, list) or name not in {*PHASES, "region"}:
        raise made.refuse(name, "is no value of an option")
    words: list[str] = []
    for one in cast("list[Any]", parts):
        if isinstance(one, str):
            if one not in {",", MASK}:
                _check_text(made, name, one)
            words.append(one)
        else:
            words.append(str(made.copied(made.found(name, one))))
    return "".join(words)


def _check_text(made: _Making, name: str, given: str) -> None:
    """Refuse what the command would take for the name of a file."""
    if len(given) > LONGEST or "\0" in given:
        raise made.refuse(name, "is no value of an option")
    if name in PHASES:
        for part in given.split(","):
            word = part.strip()
            named = PurePath(word).suffix.lower() == ".cif" or "/" in word or "\\" in word
            if named or (word and _is_file(word)):
                raise made.refuse(name, f"names a file ({word[:60]!r}) without its SHA-256")
    elif name == "region" and given.startswith(MASK):
        raise made.refuse(name, f"names a file ({given[:60]!r}) without its SHA-256")


def _is_file(word: str) -> bool:
    """Whether the command would take a word for a file here: a phase of the library it is not."""
    try:
        there = Path(word).exists()
    except (OSError, ValueError):
        return True
    if not there:
        return False
    from references import load

    return word not in load().names()["phase"]


def _add_recipe(made: _Making, known: Mapping[str, Any]) -> None:
    """Give the document's own recipe where nothing else says what to do."""
    stored = made.stored
    if stored.command not in OWN_RECIPE or stored.options.keys() & WAYS or "recipe" not in known:
        return
    content = recipe_text(stored)
    if content is not None:
        file = write_atomic(made.folder / "recipe.toml", content)
        made.options.append(f"--recipe={file}")


def _add_out(made: _Making, inputs: Sequence[Path]) -> None:
    """Give commands that must write a place of ours; the document keeps its base name."""
    stored = made.stored
    if stored.command in OUT_FOLDER:
        made.options.append(f"--out={made.folder / 'out'}")
    if stored.command not in OUT_FILE:
        return
    given: Any = stored.document
    for name in OUT_FILE[stored.command]:
        given = cast("dict[str, Any]", given).get(name) if isinstance(given, dict) else None
    entry = input_of({"path": given, "sha256": 64 * "0"})
    if entry is None:
        place = ".".join(OUT_FILE[stored.command])
        raise DataFileError(stored.path, "should be the name of the file written", where=place)
    made.options.append(f"--out={made.folder / 'out' / entry.name}")
    if stored.command == "xps export" and len(inputs) > 1:
        made.options.append(f"--measured={inputs[1]}")


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    return cast("list[Any]", given) if isinstance(given, list) else [given]
