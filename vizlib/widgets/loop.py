"""What a reader does is dealt with on the kernel's own event loop, one thing after the other."""

import asyncio
from collections.abc import Callable


class OnLoop:
    """The part of a control that takes events and errors.

    JupyterLab delivers events in another thread, where two of them, or an event and a step, could meet.

    Attributes:
        error: the error that ended the last run or reset, or None.
    """

    error: Exception | None = None

    def __init__(self, *arguments, **named):
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError("A control needs the event loop of Jupyter; there is none here.") from None
        super().__init__(*arguments, **named)

    def say(self, sentence: str | None) -> None:
        """Show a sentence."""
        raise NotImplementedError

    def later(self, action: Callable[[], None]) -> Callable:
        """A handler of events that does the action on the loop, once what is under way there is done."""
        return lambda *_: self._loop.call_soon_threadsafe(self._guarded, action)

    def _guarded(self, action):
        try:
            action()
        except Exception as error:
            self._complain(error)

    def _complain(self, error):
        """A mistake of the reader's is one sentence by itself; any other error is named."""
        self.error = error
        expected = isinstance(error, (ValueError, TypeError, OSError, FloatingPointError))
        self.say(str(error) if expected else f"{type(error).__name__}: {error}")
