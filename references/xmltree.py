"""XML from a file that nobody vouches for: checked while it is read, and capped.

Entities, external references and default attributes are refused, since a few bytes of them can
stand for gigabytes or for another file; so are too many and too deeply nested elements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .files import DataFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Node", "Target", "read_xml", "walk_xml"]

MAX_DEPTH = 64
MAX_ELEMENTS = 200_000
"""A sheet of 100 000 numbers, read in less than a second; a file of spectra has a few thousand."""


class Target(Protocol):
    """What is told of each element in turn; names come without their namespace."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text within an element, perhaps in pieces."""


@dataclass(slots=True, eq=False)
class Node:
    """One element: its name without namespace, attributes, text and the elements within."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    pieces: list[str] = field(default_factory=list[str])
    children: list[Node] = field(default_factory=list["Node"])

    @property
    def text(self) -> str:
        """The text directly within, as it stands."""
        return "".join(self.pieces)

    def named(self, name: str) -> Node | None:
        """Give the first child whose attribute ``name`` is so, if there is one."""
        return next((c for c in self.children if c.attributes.get("name") == name), None)


def walk_xml(
    path: str | Path,
    content: bytes,
    target: Target,
    *,
    dtd: bool = False,
    where: str = "",
    max_elements: int = MAX_ELEMENTS,
) -> None:
    """Tell a target of each element of an XML document.

    Parameters
    ----------
    path : path
        For messages.
    content : bytes
        The document.
    target : Target
    dtd : bool
        Whether a document type may declare elements and attributes. Entities, default values and
        documents elsewhere are refused in any case.
    where : str
        Place of the document in the file, for messages.
    max_elements : int
        How many may come, where a format has more of them than most.

    Raises
    ------
    DataFileError
        If it is not well formed, or could harm.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

    guard = _Guard(path, target, where, max_elements)
    parser: Any = DefusedXMLParser(target=guard, forbid_dtd=not dtd)
    if dtd:
        parser.parser.StartDoctypeDeclHandler = guard.doctype
        parser.parser.AttlistDeclHandler = guard.attribute_list
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        raise guard.harmful(_REFUSED.get(type(error).__name__, "what could harm")) from None
    except ParseError as error:
        line = getattr(error, "position", (0, 0))[0]
        raise DataFileError(
            path,
            f"is not well-formed XML ({str(error).partition(':')[0]})",
            where=", ".join(part for part in (where, f"line {line}") if part),
            action="export it again",
        ) from None
    except (LookupError, ValueError):
        raise DataFileError(
            path,
            "is XML in an encoding that cannot be read",
            where=where,
            action="save it as UTF-8",
        ) from None


def read_xml(path: str | Path, content: bytes, *, dtd: bool = False, where: str = "") -> Node:
    """Read an XML document as a tree.

    Parameters
    ----------
    path, content, dtd, where
        As for :func:`walk_xml`.

    Returns
    -------
    Node
        The outermost element.

    Raises
    ------
    DataFileError
        As :func:`walk_xml`.

    Examples
    --------
    >>> root = read_xml("a.xml", b"<any><string name='name'>C 1s</string></any>")
    >>> root.named("name").text
    'C 1s'
    """
    tree = _Tree()
    walk_xml(path, content, tree, dtd=dtd, where=where)
    return tree.top.children[0]  # a document without an element is not well formed


_REFUSED = {
    "DTDForbidden": "a document type",
    "EntitiesForbidden": "entities",
    "ExternalReferenceForbidden": "a reference to another file",
}


class _Tree:
    """Puts the elements together."""

    def __init__(self) -> None:
        self.top = Node("")
        self._open = [self.top]

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, attributes)
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the parser has checked that it fits
        self._open.pop()

    def data(self, text: str) -> None:
        self._open[-1].pieces.append(text)


class _Guard:
    """Counts what comes, and passes it on."""

    def __init__(self, path: str | Path, target: Target, where: str, most: int) -> None:
        self._path = path
        self._target = target
        self._where = where
        self._most = most
        self._depth = self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise self._refused(f"is XML nested more than {MAX_DEPTH} deep")
        if self._elements > self._most:
            raise self._refused(f"is XML of more than {self._most} elements")
        self._target.start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._target.end(tag.rpartition("}")[2])

    def data(self, text: str) -> None:
        self._target.data(text)

    def close(self) -> None:
        """Nothing is left to do at the end."""

    def doctype(self, _name: str, system: str | None, public: str | None, _inner: int) -> None:
        if system or public:
            raise self.harmful("a document type that lies elsewhere")

    def attribute_list(
        self, _element: str, _name: str, _kind: str, default: str | None, _required: int
    ) -> None:
        if default is not None:
            raise self.harmful("default values of attributes")

    def harmful(self, what: str) -> DataFileError:
        return self._refused(f"is XML with {what}, which a file of data does not need")

    def _refused(self, reason: str) -> DataFileError:
        return DataFileError(
            self._path,
            reason,
            where=self._where,
            action="do not open it if you do not know its origin",
        )
