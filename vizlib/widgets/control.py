"""The frame that all controls share: settings, buttons, pictures, and a run that never blocks the kernel."""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from ipywidgets import Button, VBox, Widget

from vizlib import _renamed
from vizlib._display import Pace
from vizlib.widgets import cells
from vizlib.widgets.loop import OnLoop
from vizlib.widgets.parts import Message, Progress, Row, Text


class Control(OnLoop, VBox):
    """Settings, buttons, pictures, progress, and a line that says what happened.

    A control is a subclass with :meth:`begin`, :meth:`draw` and :meth:`finish`. The steps are taken on the kernel's own
    event loop, one at a time, so that other cells and Stop get their turn between two of them. A changed setting
    starts over.

    Args:
        settings: named parts with a ``value``; they are in ``control.settings`` under these names.
        shown: the parts that draw; they have their HTML in ``value``.
        looks: settings that only change the drawing.
        actions: further buttons, a function for each label; the function returns a sentence or None.
    """

    name = "control"  # what it is called in ``vizlib.widgets``
    min_interval = 0.0  # seconds between two steps that would be too fast to watch

    def __init__(
        self, settings: dict[str, Widget], shown: Sequence[Text], looks: dict[str, Widget] | None = None,
        actions: dict[str, Callable[[], str | None]] | None = None,
    ):  # fmt: skip
        looks = looks or {}
        self.settings, self.done = settings | looks, 0
        self._steps, self._task, self._total, self._finished = iter(()), None, 0, True
        self._starters, self._values, self._shown = tuple(settings.values()), None, tuple(shown)
        self._message, self._progress = Message(), Progress()
        buttons = {"Step": lambda: self.take(1), "Run": self.run, "Stop": self.stop, "Reset": self.reset}
        buttons |= {label: lambda act=act: self._act(act) for label, act in (actions or {}).items()}
        made = [Button(description=label) for label in buttons]
        for button, action in zip(made, buttons.values(), strict=True):
            button.on_click(self.later(action))
        for part in settings.values():
            part.observe(self.later(self._start_over_if_changed), "value")
        for part in looks.values():
            part.observe(self.later(lambda: self._total and self.draw()), "value")
        super().__init__([Row(self.settings.values()), Row(made), self._progress, self._message, Row(shown)])
        self.add_class("vizlib-control")
        cells.enter(self)
        self._guarded(self.reset)

    __getattr__ = _renamed.attribute("Control")

    def sync_settings(self) -> None:
        """Bring settings that depend on others in line with them; called before :meth:`begin`."""

    def begin(self) -> tuple[Iterator, int]:
        """Make all new from the settings: an iterator, whose every item is one step done, and how many there are."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show the present state in the parts."""
        raise NotImplementedError

    def finish(self) -> str | None:
        """Called when a run has ended or was stopped; a sentence on what came of it, or None."""

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
        self._steps, self._total, self.done, self.error, self._finished = iter(()), 0, 0, None, True
        self.say("")
        while (values := [part.value for part in self._starters]) != self._values:
            self._values = values
            self.sync_settings()
        self._steps, self._total = self.begin()
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
        for _ in itertools.islice(self._counted_steps(), steps):
            pass
        self._show()
        if self.done < wanted or self.done == self._total:
            self._end()

    def close(self) -> None:
        """End the run, and free what the control holds."""
        if sys.is_finalizing() or self not in cells.opened:
            return
        self._cancel()
        self._steps, self._total = iter(()), 0
        cells.leave(self)

    def _cancel(self):
        if self.running:
            self._task.cancel()
        self._task = None

    async def _run(self):
        try:
            pace, began, before = Pace(), time.monotonic(), self.done
            for _ in self._counted_steps():
                pace.draw(lambda: self._show((self.done - before, time.monotonic() - began)))
                await asyncio.sleep(self.min_interval)
            self._show()
            self._end()
        except Exception as error:
            self._complain(error)

    def _counted_steps(self):
        try:
            for step in self._steps:
                self.done += 1
                yield step
        except Exception:
            self._finished = True
            raise

    def _end(self):
        self._finished = True
        self.say(f"Done after {self._counted()}.")
        self.say(self.finish())

    def _finish_if_still_stopped(self):
        if self._task is None and self.done:
            said = self.finish()
            self.say(said and f"Stopped after {self._counted()}. {said}")

    def _act(self, action):
        if not self._total:  # the settings are wrong
            raise ValueError("There is no picture yet: a setting has to be mended first.")
        self.say(action())

    def _counted(self):
        return f"{self.done} step{'s' if self.done != 1 else ''}"

    def _show(self, speed=None):
        self.draw()
        self._progress.show(self.done, self._total, speed)

    def _start_over_if_changed(self):
        """Begin again, and go on running if it ran; settings that change together do it once."""
        if [part.value for part in self._starters] != self._values:
            going_on = self.running
            self.reset()
            if going_on:
                self.run()
