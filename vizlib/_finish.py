"""A rendering is taken to its end, while one looks on."""

import itertools
import os

from tqdm.auto import tqdm

from vizlib import _display, _judges
from vizlib.results import Result


def finish(rendering, second_opinions=None, show: bool = False, steps: int | None = None) -> Result:
    """Take the steps that are left, or so many, with a bar that shows how many, and ask for the result."""
    # tqdm's bar for notebooks does not heed its own variable TQDM_DISABLE.
    bar = {"unit": "step", "leave": False, "disable": bool(os.environ.get("TQDM_DISABLE"))}
    judges = _judges.get(second_opinions, rendering.models)
    _judges.try_out(judges, rendering.picture()[0].cpu())
    objective, *others = dict.fromkeys(rendering.objectives)
    title = ", ".join(map(rendering.models[0].title, objective.classes)) or str(objective)
    title = f"{title} and {len(others)} more" if others else title
    screen = _display.Screen(title) if show else None
    try:
        some = itertools.islice(rendering, steps)
        for _ in tqdm(some, desc=title, initial=len(rendering.scores), total=steps or len(rendering), **bar):
            if screen:
                screen.show(rendering)
    except (KeyboardInterrupt, FloatingPointError) as stopped:
        if not rendering.scores:
            raise
        why = str(stopped) or f"stopped after {len(rendering.scores)} of {len(rendering)} steps"
        rendering.notes.append(why)
        tqdm.write(why)
    result = rendering.result(judges)
    if screen:
        screen.show(rendering, last=True)
    return result
