"""Batches: one recipe over many files, on all cores or a cluster, surviving being stopped.

``inputs`` lists the files, ``dealing`` deals out the work and keeps what is done, ``unit`` is a
piece of work, ``series`` and ``careful`` do it, ``crew`` are those who do it, ``chunks`` what is
kept, ``review`` what is said of fits without their curves; ``entries`` brings what is kept into the
order of the files, ``delivery``, ``summary`` and ``plot`` are what is left when all is done;
``shards`` puts shards together, ``plan`` says what a folder's batch is.
"""

from __future__ import annotations

from .crew import BatchError
from .dealing import Progress, run
from .delivery import Delivered
from .shards import merge

__all__ = ["BatchError", "Delivered", "Progress", "merge", "run"]
