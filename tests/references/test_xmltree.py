"""XML through its door: what comes through, and what is refused before it can harm."""

from __future__ import annotations

import pytest

from references.files import DataFileError
from references.xmltree import MAX_DEPTH, MAX_ELEMENTS, read_xml


def test_a_tree_with_its_attributes_and_text():
    root = read_xml("a.xml", b"<a xmlns='urn:x'><b name='n'>one<c/>two</b></a>")
    (child,) = root.children
    assert (root.tag, child.tag, child.text) == ("a", "b", "onetwo")
    assert root.named("n") is child
    assert root.named("m") is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_encodings(encoding):
    text = f"<?xml version='1.0' encoding='{encoding}'?><a>Größe</a>"
    assert read_xml("a.xml", text.encode(encoding)).text == "Größe"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<a><b></a>", "a.xml, sheet, line 1: is not well-formed XML .mismatched tag"),
        (b"", "not well-formed XML .no element found"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "an encoding that cannot be read|not well-formed"),
        (b"<!DOCTYPE a><a/>", "XML with a document type"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "XML with a document type"),
    ],
)  # fmt: skip
def test_what_is_refused(content, message):
    with pytest.raises(DataFileError, match=message):
        read_xml("a.xml", content, where="sheet")


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("[<!ELEMENT a ANY> <!ATTLIST a b CDATA #IMPLIED>]", ""),
        ("[<!ATTLIST a b CDATA 'c'>]", "default values of attributes"),
        ("[<!ATTLIST a b CDATA #FIXED 'c'>]", "default values of attributes"),
        ("[<!ENTITY b 'c'>]", "entities"),
        ("[<!ENTITY % b 'c'>]", "entities"),
        ("[<!NOTATION n SYSTEM 'x'> <!ENTITY b SYSTEM 'c' NDATA n>]", "entities"),
        ("SYSTEM 'b.dtd'", "a document type that lies elsewhere"),
        ("PUBLIC 'b' 'c.dtd'", "a document type that lies elsewhere"),
    ],
)
def test_a_document_type_may_declare_elements_and_nothing_else(declared, message):
    content = f"<!DOCTYPE a {declared}><a/>".encode()
    if not message:
        assert read_xml("a.xml", content, dtd=True).tag == "a"
        return
    with pytest.raises(DataFileError, match=message):
        read_xml("a.xml", content, dtd=True)


def test_a_billion_laughs_are_not_told():
    lines = ["<!ENTITY l0 'lol'>"] + [
        f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 10)
    ]
    content = f"<!DOCTYPE a [{''.join(lines)}]><a>&l9;</a>".encode()
    with pytest.raises(DataFileError, match="XML with entities"):
        read_xml("a.xml", content, dtd=True)


def test_depth_and_number_are_capped():
    assert read_xml("a.xml", b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).tag == "a"
    with pytest.raises(DataFileError, match=f"nested more than {MAX_DEPTH} deep"):
        read_xml("a.xml", b"<a>" * (MAX_DEPTH + 1))
    with pytest.raises(DataFileError, match=f"more than {MAX_ELEMENTS} elements"):
        read_xml("a.xml", b"<a>" + b"<b/>" * MAX_ELEMENTS)
