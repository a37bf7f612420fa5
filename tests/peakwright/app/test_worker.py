"""The worker: what a page leaves behind when it is closed, which is nothing."""

from __future__ import annotations

import threading

from peakwright.app.worker import Worker


class Doc:
    """A document whose callbacks are run at once."""

    def add_next_tick_callback(self, does):
        does()


def at_work(worker):
    """Have something done, and give the thread that does it."""
    found = []
    done = threading.Event()
    worker.submit(threading.current_thread, lambda thread: (found.append(thread), done.set()))
    assert done.wait(10)
    return found[0]


def test_all_threads_of_a_page_end_with_it():
    worker = Worker(Doc())
    threads = [at_work(one) for one in (worker, worker.another(), worker.another().another())]
    assert len({*threads}) == 3
    worker.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_another_of_a_closed_worker_does_nothing():
    worker = Worker(Doc())
    worker.close()
    late = worker.another()
    late.submit(lambda: None, lambda _: None)
    assert late._thread is None


def test_what_is_done_after_the_server_has_stopped_ends_the_thread_quietly():
    class Stopped:
        def add_next_tick_callback(self, does):
            raise RuntimeError("Event loop is closed")

    threads = []
    worker = Worker(Stopped())
    worker.submit(lambda: threads.append(threading.current_thread()), lambda _: None)
    worker._thread.join(10)
    assert not threads[0].is_alive()
