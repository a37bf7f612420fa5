"""What takes time, off the event loop: one thread a page, and the latest request wins."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

__all__ = ["Worker"]

T = TypeVar("T")


class Worker:
    """Runs functions one after the other in a thread, and hands their results to the page.

    Of requests in one lane only the latest is kept while it waits: who drags a peak wants the
    place where it is now. What has begun is finished and delivered, unless its lane was dropped.

    Parameters
    ----------
    doc : bokeh.document.Document
        The page; results reach it on its own event loop.
    kept : mutable mapping, optional
        What outlives the page: the same after a reload.
    """

    def __init__(self, doc: Any, kept: MutableMapping[str, Any] | None = None) -> None:
        self._doc = doc
        self.kept: MutableMapping[str, Any] = {} if kept is None else kept
        self._waiting: dict[str, tuple[int, Callable[[], Any], Callable[..., None], Any]] = {}
        self._epochs: dict[str, int] = {}
        self._wake = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._others: list[Worker] = []

    def another(self) -> Worker:
        """Give a second thread for the same page, for what must not wait for the first.

        It is closed with this one.
        """
        found = Worker(self._doc, self.kept)
        with self._wake:
            found._closed = self._closed
            self._others.append(found)
        return found

    def submit(
        self,
        work: Callable[[], T],
        deliver: Callable[[T], None],
        *,
        lane: str = "",
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``work`` in the thread, then ``deliver`` its result on the page's event loop.

        Parameters
        ----------
        work : callable
            Must not touch the document.
        deliver : callable
            Is given the result, where the document may be changed.
        lane : str
            A request that still waits in the same lane is replaced.
        failed : callable, optional
            Is given an error in place of ``deliver``; without it the error is logged.
        """
        with self._wake:
            if self._closed:
                return
            self._waiting.pop(lane, None)  # the newest goes to the end of the queue
            self._waiting[lane] = (self._epochs.get(lane, 0), work, deliver, failed)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="peakwright", daemon=True)
                self._thread.start()
            self._wake.notify()

    def drop(self, lane: str = "") -> None:
        """Forget what waits in a lane, and deliver nothing of what has begun there."""
        with self._wake:
            self._waiting.pop(lane, None)
            self._epochs[lane] = self._epochs.get(lane, 0) + 1

    def close(self) -> None:
        """Take no more work; the thread ends when what has begun is done."""
        with self._wake:
            self._closed = True
            self._waiting.clear()
            self._wake.notify()
        for other in self._others:
            other.close()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                lane = next(iter(self._waiting))
                epoch, work, deliver, failed = self._waiting.pop(lane)
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - a page goes on after any one request
                self._hand_over(lane, epoch, failed or _log, error)
            else:
                self._hand_over(lane, epoch, deliver, result)

    def _hand_over(
        self, lane: str, epoch: int, deliver: Callable[[Any], None], result: object
    ) -> None:
        def on_loop() -> None:
            if not self._closed and self._epochs.get(lane, 0) == epoch:
                deliver(result)

        if self._closed:
            return
        try:
            self._doc.add_next_tick_callback(on_loop)
        except RuntimeError:  # the server has stopped, and its event loop is closed
            self.close()


def _log(error: Exception) -> None:
    import logging

    logging.getLogger(__name__).error("a request of the page failed", exc_info=error)
