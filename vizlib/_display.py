"""A rendering is taken to its end, while one looks on."""

import os

from tqdm.auto import tqdm

from vizlib import film, results


def finish(rendering, second_opinions=None, show: bool = False) -> results.Result:
    """Take the steps that are left, with a bar that shows how many, and ask for the result."""
    # tqdm's bar for notebooks does not heed its own variable TQDM_DISABLE.
    bar = {"unit": "step", "leave": False, "disable": bool(os.environ.get("TQDM_DISABLE"))}
    judges = results.judges(second_opinions, rendering.models)
    results.try_judges(judges, rendering.picture()[0].cpu())
    title = ", ".join(map(rendering.models[0].title, rendering.objective.classes)) or str(rendering.objective)
    screen = film.Screen(title) if show else None
    try:
        for _ in tqdm(rendering, desc=title, initial=len(rendering.trace), **bar):
            if screen:
                screen.show(rendering)
    except (KeyboardInterrupt, FloatingPointError) as stopped:
        if not rendering.trace:
            raise
        why = str(stopped) or f"stopped after {len(rendering.trace)} of {len(rendering)} steps"
        rendering.notes.append(why)
        tqdm.write(why)
    result = rendering.result(judges)
    if screen:
        screen.show(rendering, last=True)
    return result
