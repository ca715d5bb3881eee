"""Sandboxes that share the work on all submissions of an assignment."""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from tqdm.auto import tqdm

from vizlib.teaching.grading.course import Assignment
from vizlib.teaching.grading.sandbox import Sandbox


class Pool:
    """As many sandboxes as there are jobs; a context manager, whose end ends them all.

    Args:
        assignment: whose locked cells they load.
        jobs: how many run at a time.
    """

    def __init__(self, assignment: Assignment, jobs: int):
        self.assignment = assignment
        self.free, self.made, self.lock = queue.SimpleQueue(), [], threading.Lock()
        # One pool all the time: a sandbox ends with the thread that started it.
        self.pool = ThreadPoolExecutor(jobs)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.pool.shutdown(wait=False, cancel_futures=True)
        for sandbox in self.made:  # after Ctrl-C nobody waits for an endless answer
            sandbox.close()
        self.pool.shutdown()

    def each(self, function: Callable, submissions) -> Iterator[tuple]:
        """Pairs of a submission and what the function says of it, in the order in which they are done."""
        tasks = {self.pool.submit(function, submission): submission for submission in submissions}
        for task in tqdm(as_completed(tasks), total=len(tasks), desc=self.assignment.name, unit="submission"):
            yield tasks[task], task.result()

    def ask(self, request: dict) -> bytes | None:
        """What a sandbox that is free answers; see :meth:`vizlib.teaching.grading.sandbox.Sandbox.ask`."""
        try:
            sandbox = self.free.get_nowait()
        except queue.Empty:
            sandbox = Sandbox(self.assignment.locked, self.assignment.exercises, self.assignment.root)
            with self.lock:
                self.made.append(sandbox)
        told = sandbox.ask(request) or sandbox.ask(request)  # once more, if somebody ended the sandbox
        self.free.put(sandbox)
        return told
