"""Finding one's way in a tree of XML elements by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from references.xmltree import Node

__all__ = ["child", "descendants", "text_of"]


def child(node: Node | None, tag: str) -> Node | None:
    """Give the first child of a name, if there is one."""
    return next((c for c in node.children if c.tag == tag), None) if node else None


def descendants(node: Node | None, tag: str) -> list[Node]:
    """Give all elements of a name below a node, in the order of the document."""
    found: list[Node] = []
    ahead = list(reversed(node.children)) if node else []
    while ahead:
        here = ahead.pop()
        if here.tag == tag:
            found.append(here)
        ahead += reversed(here.children)
    return found


def text_of(node: Node | None, *tags: str) -> str:
    """Give the text of the element that a path of names leads to; empty if there is none.

    Examples
    --------
    >>> from references.xmltree import read_xml
    >>> text_of(read_xml("a.xml", b"<a><b><c> Cu </c></b></a>"), "b", "c")
    'Cu'
    """
    for tag in tags:
        node = child(node, tag)
    return node.text.strip()[:200] if node else ""
