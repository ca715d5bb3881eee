"""Images an hour: two processes of one thread each, and one process of two threads. ``python tests/bench_atlas.py [STEPS]``

Each process loads its networks and makes a first picture before the clock starts. Both kinds take turns, so that what else the
machine does falls on both.
"""

import multiprocessing
import os
import sys
import time

NAMES, ROUNDS = ("dumbbell", "cup"), 3


def work(threads, steps, orders, answers):
    """A process that makes a picture of every name that it is given."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # before torch is loaded
    import torch

    from vizlib import rendering

    torch.set_num_threads(threads)
    rendering.render("cup", steps=2)
    answers.put("ready")
    while name := orders.get():
        rendering.render(name, steps=steps)
        answers.put(name)


if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 260
    os.environ["TQDM_DISABLE"] = "1"
    start = multiprocessing.get_context("spawn")
    kinds, processes = {}, []
    for title, threads, count in (("two processes of one thread", 1, 2), ("one process of two threads", 2, 1)):
        orders, answers = start.Queue(), start.Queue()
        kinds[title] = orders, answers
        for _ in range(count):
            processes.append(start.Process(target=work, args=(threads, steps, orders, answers), daemon=True))
            processes[-1].start()
        for _ in range(count):
            answers.get()
    seconds = dict.fromkeys(kinds, 0.0)
    for _ in range(ROUNDS):
        for title, (orders, answers) in kinds.items():
            begun = time.monotonic()
            for name in NAMES:
                orders.put(name)
            for _ in NAMES:
                answers.get()
            seconds[title] += time.monotonic() - begun
    hourly = {title: 3600 * ROUNDS * len(NAMES) / spent for title, spent in seconds.items()}
    for title, images in hourly.items():
        print(f"{title:28} {images:6.0f} images an hour, {steps} steps each")
    first, second = hourly.values()
    print(f"{first / second:.2f} × as many; load on the machine {os.getloadavg()[0]:.1f}")
