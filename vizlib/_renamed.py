"""What is called otherwise since version 0.2. Whoever uses a name from before is told today's, for one version."""

SINCE = {
    "vizlib": {
        "fooling": "vizlib.attacks",
        "inputs": "vizlib._validate",
        "settings": "vizlib._validate",
        "fast": "vizlib._efficientnet",
        "film": "Result.save_film and vizlib.plotting.show_film",
    },
    "vizlib.regularizers": {"look": "apply_views"},
    "vizlib.opinions": {"places": "count_peaks"},
    "Recipe": {"mean": "ema_decay", "against": "logsumexp_weight"},
    "Rendering": {"objective": "objectives", "batch": "len(rendering.objectives)"},
    "Result": {"own": "optimized", "opinions": "held_out"},
    "Classifier": {"remembered": "batch_norm_statistics"},
    "Attack": {"step": "step_size", "generator": "random_start"},
    "setting": {"shown": "slider_start", "above": "greater_than"},
    "Exercise": {"telling": "informative_seed", "misjudged": "unearned_cards"},
    "exercise": {"flows": "gradient_to", "free": "may_change"},
    "Draw": {"insist": "require"},
    "Control": {"rest": "min_interval", "fit": "sync_settings"},
}


def sentence(owner: str, name: str) -> str:
    """What to say where ``owner`` has nothing of this name."""
    if now := SINCE.get(owner, {}).get(name):
        return f"{name!r} of {owner} is called {now!r} now."
    return f"{owner!r} has no attribute {name!r}"


def attribute(owner: str):
    """A ``__getattr__`` for a module or, with the object in front, a class."""

    def getattr_(*given):
        # ``from vizlib.regularizers import look`` shows no AttributeError's sentence, and an ImportError's it does.
        kind = ImportError if owner.startswith("vizlib") and given[-1] in SINCE[owner] else AttributeError
        raise kind(sentence(owner, given[-1]))

    return getattr_


def refuse(owner: str, names) -> None:
    """Raise TypeError for the first argument that is called otherwise now."""
    for name in names:
        if name in SINCE[owner]:
            raise TypeError(sentence(owner, name))
