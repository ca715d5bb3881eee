"""The frame that all controls share: settings, buttons, pictures, and a run that never blocks the kernel."""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from ipywidgets import Button, VBox, Widget

from vizlib.film import SELDOM, SHARE
from vizlib.widgets import cells
from vizlib.widgets.parts import Message, Progress, Row, Text


class Control(VBox):
    """Settings, buttons, pictures, progress, and a line that says what happened.

    The steps are taken on the kernel's own event loop, one at a time, so that other cells and Stop get their turn
    between two of them. A changed setting starts over.

    Args:
        name: what the control is called.
        settings: named parts with a ``value``; they are in ``control.settings`` under these names.
        shown: the parts that draw; they have their HTML in ``value``.
        start: makes everything new from the settings; returns an iterator, whose every item is one step done, and
            how many steps there are at most.
        draw: draws the present state.
        finish: called when a run has ended or was stopped; returns a sentence or None.
        looks: settings that only change the drawing.
        actions: further buttons, a function for each label; the function returns a sentence or None.
        arranged: how the settings are laid out above the buttons; all in one row if left out.
        below: settings that come after the pictures, so that these are near the buttons.
        pace: seconds from step to step, for steps that would be too fast to watch.
    """

    def __init__(
        self, name: str, settings: dict[str, Widget], shown: Sequence[Text], start: Callable[[], tuple[Iterator, int]],
        draw: Callable[[], None], finish: Callable[[], str | None] = lambda: None,
        looks: dict[str, Widget] | None = None, actions: dict[str, Callable[[], str | None]] | None = None,
        arranged: Sequence[Widget] | None = None, below: Sequence[Widget] = (), pace: float = 0,
    ):  # fmt: skip
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError("A control needs the event loop of Jupyter; there is none here.") from None
        self.name, self.settings, self.done = name, settings | (looks or {}), 0
        self.error: Exception | None = None
        self._changes = False
        self._start, self._draw, self._finish, self._pace = start, draw, finish, pace
        self._steps, self._task, self._total, self._finished = iter(()), None, 0, True
        self._message, self._progress = Message(), Progress()
        self._shown = shown
        buttons = {"Step": lambda: self.take(1), "Run": self.run, "Stop": self.stop, "Reset": self.reset}
        buttons |= {label: lambda act=act: self._act(act) for label, act in (actions or {}).items()}
        made = []
        for label, action in buttons.items():
            made.append(Button(description=label))
            made[-1].on_click(self.later(action))
        for part in settings.values():
            part.observe(self.note_change, "value")
        for part in (looks or {}).values():
            part.observe(self.later(lambda: self._total and draw()), "value")
        rows = arranged or [Row(self.settings.values())]
        super().__init__([*rows, Row(made), self._progress, self._message, Row(shown), *below])
        self.add_class("vizlib-control")
        cells.enter(self)
        self._guard(self.reset)

    def __repr__(self):
        return f"<the control {self.name}>"

    def _repr_mimebundle_(self, **kwargs):
        # What is seen where a notebook is only read: the pictures and tables as they are now.
        shown = "".join(part.value for part in self._shown)
        note = "<p>Run this cell, and those above it, to use the control.</p>"
        return super()._repr_mimebundle_(**kwargs) | {"text/html": shown + note}

    @property
    def text(self) -> str:
        """What the control last said."""
        return self._message.text

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._task is not None and not self._task.done()

    def say(self, sentence: str | None) -> None:
        """Show a sentence; None leaves the last one."""
        if sentence is not None:
            self._message.text = sentence

    def reset(self) -> None:
        """End the run, and make everything new from the settings."""
        self._cancel()
        self._changes = False
        self._steps, self._total, self.done, self.error, self._finished = iter(()), 0, 0, None, True
        self.say("")
        self._steps, self._total = self._start()
        self._finished = False
        self._show()

    def run(self) -> None:
        """Take steps until the end or until :meth:`stop`; comes back at once. After the end, start over."""
        if self.running:
            return
        if self._finished:
            self.reset()
        self.say("Running.")
        self._task = self._loop.create_task(self._run())

    def stop(self) -> None:
        """End the run after the present step. :meth:`run` goes on from there."""
        if self.running:
            self._cancel()
            self.say(f"Stopped after {self._counted()}.")  # before drawing, which takes longer
            self._show()
            self.later(self._finish_if_still_stopped)()

    def take(self, steps: int) -> None:
        """Take some steps now, and come back when they are done."""
        self._cancel()
        if self._finished:
            self.reset()
        wanted = self.done + steps
        for _ in itertools.islice(self._steps, steps):
            self.done += 1
        self._show()
        if self.done < wanted or self.done == self._total:
            self._end()

    def close(self) -> None:
        """End the run, and free what the control holds."""
        if sys.is_finalizing() or self not in cells.opened:
            return
        self._cancel()
        self._start = self._draw = self._finish = lambda: None
        self._steps = iter(())
        cells.leave(self)

    def _cancel(self):
        if self.running:
            self._task.cancel()
        self._task = None

    async def _run(self):
        try:
            due, began, before = 0.0, time.monotonic(), self.done
            for _ in self._steps:
                self.done += 1
                now = time.monotonic()
                if now >= due:
                    self._show((self.done - before, now - began))
                    took = time.monotonic() - now
                    due = now + took + max(SELDOM, SHARE * took)
                await asyncio.sleep(self._pace)
            self._show()
            self._end()
        except Exception as error:
            self._complain(error)

    def _end(self):
        self._finished = True
        self.say(f"Done after {self._counted()}.")
        self.say(self._finish())

    def _finish_if_still_stopped(self):
        if self._task is None and self.done:
            said = self._finish()
            self.say(said and f"Stopped after {self._counted()}. {said}")

    def _act(self, action):
        if not self._total:  # the settings are wrong
            raise ValueError("There is no picture yet: a setting has to be mended first.")
        self.say(action())

    def _counted(self):
        return f"{self.done} step{'s' if self.done != 1 else ''}"

    def _show(self, speed=None):
        self._draw()
        self._progress.show(self.done, self._total, speed)

    def note_change(self, change=None) -> None:
        """A setting has changed: start over soon, and go on running if it ran."""
        if not self._changes:  # several settings that change together start over once
            self._changes = True
            self.later(self._start_over)()

    def _start_over(self):
        going_on = self.running
        if self._changes:  # else somebody has started over already
            self.reset()
            if going_on:
                self.run()

    def later(self, action: Callable[[], None]) -> Callable:
        """A handler of events that does it on the kernel's own loop: JupyterLab delivers events in another thread."""
        return lambda *_: self._loop.call_soon_threadsafe(self._guard, action)

    def _guard(self, action):
        try:
            action()
        except Exception as error:
            self._complain(error)

    def _complain(self, error):
        """A mistake of the reader's is one sentence by itself; any other error is named."""
        self.error, self._finished = error, True
        expected = isinstance(error, (ValueError, TypeError, OSError, FloatingPointError))
        self.say(str(error) if expected else f"{type(error).__name__}: {error}")
