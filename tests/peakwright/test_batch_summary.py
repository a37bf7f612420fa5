"""The tables of a batch: regions of a measurement side by side, and no more than one held."""

from __future__ import annotations

import csv
import io
import json

import pytest

from peakwright.batch.chunks import Chunks
from peakwright.batch.entries import Entry, entries_of
from peakwright.batch.inputs import Found
from peakwright.batch.review import review
from peakwright.batch.summary import Summary, findings_csv
from peakwright.batch.tables import number_of, table_of
from references.files import DataFileError

BATCH = "0" * 64


def _table(region, shares, *, sample="cell", along=(), outcome="converged", chi2=1.0):
    spectra = range(len(shares))
    share = number_of("fraction", "PS4", value=shares, u=[0.01 for _ in shares], denominator=region)
    times = [("etch_time", "s", along)] if along else []
    return table_of(
        sample,
        region,
        [outcome for _ in shares],
        [share],
        spectra=list(spectra),
        chi2=[chi2 for _ in shares],
        along=times,
    )


def _record(file, tables, findings=()):
    return {
        "file": file,
        "sha256": "1" * 64,
        "block": 0,
        "blocks": 1,
        "exit_code": 0,
        "tables": tables,
        "findings": list(findings),
        "document": None,
        "failure": None,
    }


def _entry(*tables, file="a.vms", findings=()):
    return Entry(found=Found(file, file, "1" * 64), records=(_record(file, tables, findings),))


def _lines(*entries):
    summary = Summary("xps")
    for entry in entries:
        summary.see(entry)
    return list(csv.DictReader(io.StringIO(summary.csv(entries).decode())))


def test_the_regions_of_a_measurement_are_one_line():
    (line,) = _lines(_entry(_table("S 2p", [0.25]), _table("P 2p", [0.5], chi2=1.5)))
    assert (line["file"], line["sample"], line["assessment"]) == ("a.vms", "cell", "converged")
    assert (line["PS4 fraction of S 2p"], line["PS4 fraction of P 2p"]) == ("0.25", "0.5")
    assert (line["S 2p chi2_reduced"], line["P 2p chi2_reduced"]) == ("1.0", "1.5")
    assert all(line[name] for name in line if name not in {"error", "findings"})


def test_a_profile_is_a_line_a_depth_with_all_its_regions():
    lines = _lines(
        _entry(
            _table("S 2p", [0.1, 0.2, 0.3], along=[0.0, 10.0, 20.0]),
            # The last depth was measured in one region alone.
            _table("P 2p", [0.4, 0.5], along=[0.0, 10.0]),
        )
    )
    assert [line["etch_time / s"] for line in lines] == ["0.0", "10.0", "20.0"]
    assert [line["PS4 fraction of P 2p"] for line in lines] == ["0.4", "0.5", ""]
    assert [line["P 2p spectrum"] for line in lines] == ["0", "1", ""]


def test_spectra_that_may_not_belong_together_are_lines_of_their_own():
    lines = _lines(_entry(_table("S 2p", [0.1, 0.2, 0.3]), _table("P 2p", [0.4])))
    assert [line["PS4 fraction of P 2p"] for line in lines] == ["", "", "", "0.4"]


def test_samples_of_a_file_are_lines_of_their_own():
    lines = _lines(_entry(_table("S 2p", [0.1]), _table("S 2p", [0.2], sample="other")))
    assert [line["sample"] for line in lines] == ["cell", "other"]


def test_one_region_that_did_not_settle_is_the_outcome_of_the_line():
    (line,) = _lines(_entry(_table("S 2p", [0.1]), _table("P 2p", [0.4], outcome="at_bound")))
    assert (line["assessment"], line["S 2p assessment"]) == ("at_bound", "converged")


def test_a_file_says_which_rules_found_something():
    loud = {"rule": "chi2_scale", "severity": "warning"}
    quiet = {"rule": "axis", "severity": "info"}
    found = [_entry(_table("S 2p", [0.1]), findings=(loud, quiet, loud))]
    assert [line["findings"] for line in _lines(*found)] == ["chi2_scale"]


def test_parquet_knows_words_from_numbers_where_a_column_is_empty():
    parquet = pytest.importorskip("pyarrow.parquet")
    entries = [_entry(_table("S 2p", [0.1]))]
    summary = Summary("xps")
    summary.see(entries[0])
    table = parquet.read_table(io.BytesIO(summary.parquet(entries)))
    kinds = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert (kinds["error"], kinds["S 2p spectrum"]) == ("string", "int64")
    assert kinds["PS4 fraction of S 2p"] == "double"
    assert table.column_names == list(summary.columns)


# --- what is kept, in the order of the files ------------------------------------------------------


def _kept(tmp_path, files, chunk=1):
    chunks = Chunks(tmp_path / "chunks", BATCH)
    lines = [json.dumps(_record(file, [_table("S 2p", [0.1])])) for file in files]
    for i in range(0, len(lines), chunk):
        chunks.append(lines[i : i + chunk])
    return chunks


def test_records_come_in_the_order_of_the_files(tmp_path):
    chunks = _kept(tmp_path, ["c", "a", "b"])
    found = [Found(name, name, "1" * 64, place=i) for i, name in enumerate("abc")]
    entries = entries_of((found, chunks))
    assert len(entries) == 3
    for _ in range(2):  # as often as one likes
        assert [entry.records[0]["file"] for entry in entries] == ["a", "b", "c"]


def test_few_chunks_are_held_at_once(tmp_path, monkeypatch):
    names = [f"{i:03d}" for i in range(60)]
    chunks = _kept(tmp_path, names, chunk=2)
    entries = entries_of(([Found(n, n, "1" * 64, place=i) for i, n in enumerate(names)], chunks))
    read = []
    monkeypatch.setattr(
        chunks, "lines", lambda path, lines=chunks.lines: read.append(path) or lines(path)
    )
    held = [len(entries._held) for _ in entries]
    assert max(held) <= 16
    assert len(read) == 30  # each once, where the order is theirs


def test_a_file_without_a_record_is_named(tmp_path):
    chunks = _kept(tmp_path, ["a"])
    found = [Found(name, name, "1" * 64, place=i) for i, name in enumerate("ab")]
    with pytest.raises(DataFileError, match="b: has no result yet"):
        entries_of((found, chunks))


def test_findings_are_a_line_each_under_one_head():
    told = dict.fromkeys(("subject", "reported", "reference", "deviation", "message"), "")
    findings = [told | {"rule": name, "severity": "warning"} for name in ("x", "y")]
    entries = [_entry(file=f, findings=findings) for f in ("a.vms", "b.vms")]
    lines = findings_csv(entries).decode().splitlines()
    assert lines[0].startswith("file,rule,")
    assert [line[:7] for line in lines[1:]] == ["a.vms,x", "a.vms,y", "b.vms,x", "b.vms,y"]
    assert findings_csv([_entry()]) == b""


# --- what is said of a series ---------------------------------------------------------------------


def test_a_misfit_that_counts_do_not_explain_is_a_finding():
    table = _table("S 2p", [0.1, 0.2, 0.3])
    table["chi2"] = [1.0, 4.5, 12.0]
    (finding,) = review(table, 120)
    assert (finding.rule, finding.severity, finding.subject) == (
        "chi2_scale",
        "warning",
        "cell · S 2p",
    )
    assert finding.reported == "reduced chi-square 4.5 .. 12"
    assert finding.message.startswith("2 of 3 spectra, the first is 1: ")


def test_less_scatter_than_counts_have_is_a_finding():
    (finding,) = review(_table("S 2p", [0.1], chi2=0.1), 120)
    assert "no counts, or were smoothed" in finding.message
    assert not list(review(_table("S 2p", [0.1], chi2=0.1), 20))  # too few channels to tell


def test_a_parameter_at_its_bound_is_a_finding():
    (finding,) = review(_table("S 2p", [0.1], outcome="at_bound"), 120)
    assert (finding.rule, finding.reported) == ("at_bound", "1 spectrum")
    assert not list(review(_table("S 2p", [0.1]), 120))


def _pattern(values):
    """Of one pattern, a value or else a limit of each phase."""
    numbers = [
        {
            "subject": name, "quantity": "crystalline_mass_fraction", "denominator": "phases",
            "unit": "1", "basis": "crystalline_mass",
            "value": [value or 0.0], "low": [value and 0.9 * value], "high": [1.1 * (value or 0.01)],
            "kind": ["standard" if value else "upper_limit"],
        }
        for name, value in values.items()
    ]  # fmt: skip
    return {"region": "", "spectra": [0], "along": [], "numbers": numbers}


def test_a_trend_of_little_is_drawn_without_the_rest_and_without_what_is_nowhere():
    from types import SimpleNamespace

    from peakwright.batch.plot import figures_of

    entries = [
        SimpleNamespace(found=SimpleNamespace(name=f"{i}.xy"), tables=[_pattern(values)])
        for i, values in enumerate(
            [{"main": 0.97, "some": 0.03, "none": None}, {"main": 0.99, "some": 0.01, "none": None}]
        )
    ]
    drawn = figures_of(entries)["crystalline_mass_fraction_order.svg"].decode()
    assert "main is the rest" in drawn
    assert ">some<" in drawn.replace("\n", "")
    assert ">none<" not in drawn.replace("\n", "")
    assert "2 measurements" in drawn
