"""Update the pixels instead of the weights.

    from vizlib.render import render
    render("dumbbell").save("dumbbell.png")

To read the library, begin with ``descent``; then ``images``, ``objectives``, ``regularizers``, ``recipes``, ``render``.
"""
