"""What every test may ask for: real data, a seeded generator, the same hypothesis each time."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

# Two workers, each with as many threads of algebra as there are cores, would wait for each other;
# numpy looks once, when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# No test may need a display; set before anything imports matplotlib.
os.environ["MPLBACKEND"] = "Agg"

# A test that fails once and then passes tells nobody anything: the same examples at each commit.
# HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("commit", deadline=None, derandomize=True, database=None)
settings.register_profile("search", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "commit"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-data",
        action="store_true",
        help="fail, rather than skip, the tests whose real files PEAKWRIGHT_DATA does not lead to",
    )

    parser.addoption(
        "--require-browser",
        action="store_true",
        help="fail, rather than skip, the tests that need Chromium where there is none",
    )


@pytest.fixture(scope="session")
def project() -> Path:
    """The repository's root."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The folder of real files; what is in it is the same after the tests as before."""
    named = os.environ.get("PEAKWRIGHT_DATA", "")
    if not (named and Path(named).is_dir()):
        reason = (
            f"PEAKWRIGHT_DATA names {named}, which is no folder"
            if named
            else "PEAKWRIGHT_DATA is not set; it names the folder of real files"
        )
        if request.config.getoption("--require-data"):
            pytest.fail(f"{reason}, and --require-data asks for it", pytrace=False)
        pytest.skip(reason)
    folder = Path(named).resolve()
    before = _hashes(folder)
    yield folder
    after = _hashes(folder)
    changed = sorted(str(p) for p in before.keys() | after.keys() if before.get(p) != after.get(p))
    assert not changed, f"inputs are read-only, but the tests changed {', '.join(changed)}"


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator seeded by the test's own name: the same in any order and on any worker."""
    return np.random.default_rng(zlib.crc32(request.node.name.encode()))


def _hashes(folder: Path) -> dict[Path, str]:
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
