"""What the instructor's pages add to the notebooks: a sentence to begin with, a question to end with, and mistakes."""

from dataclasses import dataclass

# For each lesson: the first sentence, and the question to end with.
LINES = {
    "00": (
        "Nobody drew what you are about to see: it begins as a grey square.",
        "Would you hang it up as a picture of a dumbbell, and what would have to change before you did?",
    ),
    "01": (
        "In twenty-five minutes this network will read handwriting, and you will have seen every line that makes it.",
        "The loop never asks what it moves. What else than weights could you hand it?",
    ),
    "02": (
        "Last time the picture stood still and the network moved; today the network stands still.",
        "Another network agreed on the digits, and not on the dumbbell. What was different?",
    ),
    "03": (
        "Here is a network that knows a thousand things, and we shall ask it what a dumbbell is.",
        "The network was certain, and the others saw next to nothing. What did we forget to ask for?",
    ),
    "04": (
        "You know what an image looks like; the network does not, so today we tell it.",
        "Which of our wishes did the network need, and which only we?",
    ),
    "05": (
        "So far we asked the last layer; a network has thousands of neurons that nobody ever asked.",
        "You gave a unit a name. What experiment could show that the name is wrong?",
    ),
    "06": (
        "I shall change this photo so little that you do not see it, and the network will see a dalmatian.",
        "Somebody sells you a network that cannot be fooled. What do you ask first?",
    ),
    "07": (
        "This door opens for a face; let us see what it takes for one.",
        "Which lock in your life asks a network, and what was it shown when it was trained?",
    ),
    "08": (
        "Until now we told the loop what an image is; today we let it learn that.",
        "Without the score it samples, with the score it obeys. Where between the two does a picture become yours?",
    ),
    "09": (
        "The loop does not care what it follows; today it answers other questions, and we ask whether to believe it.",
        "Somebody shows you a picture of what a network sees. Which control do you ask for?",
    ),
}


@dataclass(frozen=True)
class Mistake:
    """A cell with a bug, to type in place of the right one, for the hall to find.

    Attributes:
        cell: the number of the cell whose place it takes.
        name: the bug, for the instructor alone.
        sentence: what to say once it is found.
        code: what to type.
        show: what draws it; run, not typed.
    """

    cell: str
    name: str
    sentence: str
    code: str
    show: str


# Two mistakes are made in the loss of this cell.
CLASS_IMAGE = """# 03.04 · the loop by name
def class_image(name, λ=0.01, η=4.0, steps=40):
    image = torch.zeros(1, 3, 224, 224, requires_grad=True)
    loss = lambda: LOSS
    for step in descend(loss, [image], lr=η, steps=steps, optimizer=UnitSGD):
        pass
    return 0.5 + image.detach()[0]

strengths = (0, 10)
by_λ = [class_image("dumbbell", λ, η=2.0, steps=25) for λ in strengths]"""
TWO_TEXTURES = """titles = [f"λ = {λ}, ‖I‖ = {(one - 0.5).norm():.1f}" for λ, one in zip(strengths, by_λ)]
plotting.show_images([stronger(one, 10) for one in by_λ], titles, size=2.6,
                     alt="Two textures, ALT: " + "; ".join(titles))
"""

MISTAKES = (
    Mistake(
        "01.08",
        "the gradients are never zeroed",
        "`backward()` adds to `.grad`. Every step goes along the sum of all gradients so far, so it runs through the "
        "valley and up the other side. `w.grad = None` after the step mends it; `autograd.grad` never had the problem.",
        """# 01.08 · the loop as a function, with three learning rates
def train(rate, steps, seed=0):
    network, curve = models.digit_net(seed), []
    for _ in range(steps):
        value = loss(network)
        value.backward()
        with torch.no_grad():
            for w in network.parameters():
                w -= rate * w.grad
        curve.append(value.item())
    return network, curve

runs = {rate: train(rate, steps=60) for rate in (0.01, 0.1, 2)}""",
        """fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for (rate, (_, curve)), style in zip(runs.items(), ("--", "-", ":")):
    ax.plot(curve, style, label=f"η = {rate}")
ax.set(xlabel="step", ylabel="loss", ylim=(0, 6), title="What is wrong here?")
ax.legend()
ends = [f"with η = {rate} it ends at {curve[-1]:.2f}, highest {max(curve):.1f}" for rate, (_, curve) in runs.items()]
plotting.show(fig, alt="The loss over 60 steps: " + "; ".join(ends))
print("; ".join(ends))""",
    ),
    Mistake(
        "02.07",
        "the clamp is on the weights",
        "The loop over `model.parameters()` cuts the weights to [0, 1], not the pixels: no weight is negative any more "
        "and the network is ruined for good. Freezing did not help: `requires_grad_(False)` forbids gradients, not "
        "`clamp_`. Count what the network still reads right, then `stage.catch_up` brings back a whole one.",
        """# 02.07 · the loop, until the network is satisfied
η, image = 0.02, torch.zeros(1, 1, 8, 8, requires_grad=True)
for _ in range(100):
    score = model(image)[0, 3]
    gradient, = torch.autograd.grad(score, image)
    with torch.no_grad():
        image += η * gradient
        for values in model.parameters():
            values.clamp_(0, 1)
right = (read(test_images, model) == test_labels).sum()
print(f"P(3) = {probabilities(image, model)[3]:.2f}, right: {right} of {len(test_labels)}")""",
        """said = f"P(3) = {probabilities(image, model)[3]:.2f} after 100 steps"
plotting.show_images([grey(image)], [said], size=1.6, alt="A pattern of 8 by 8 pixels, " + said)""",
    ),
    Mistake(
        "02.08",
        "the seed is that of the global state",
        "`torch.manual_seed` at the top fixes the *first* draw only. Whatever draws in between moves the state on, so "
        "the second call gives another picture, and so does a cell that is run again. A `torch.Generator` of its "
        "own, made where it is used, gives the same picture every time.",
        """# 02.08 · climb the score, the probability, or its logarithm
torch.manual_seed(0)

def dream(digit, confidence=0.95):
    dreamt = (0.1 * torch.randn(1, 1, 8, 8)).requires_grad_()
    for step in descend(lambda: -model(dreamt)[0, digit], [dreamt], lr=0.02, steps=500):
        if probabilities(dreamt, model)[digit] >= confidence:
            break
    return dreamt.detach(), step.index + 1

first, again = dream(3), dream(3)""",
        """apart = (first[0] - again[0]).norm().item()
titles = [f"{name} call\\n{steps} steps" for name, (_, steps) in (("first", first), ("second", again))]
plotting.show_images([grey(first[0]), grey(again[0])], titles, size=1.6,
                     alt="Two pictures that should be the same and are not: " + "; ".join(titles).replace("\\n", ", "))
print(f"the two are {apart:.2f} apart")""",
    ),
    Mistake(
        "02.11",
        "`eval` is forgotten",
        "This network has dropout. In training mode it switches half of its units off, other ones at each look, so it "
        "says two things about the same picture. `other.eval()` before asking mends it; `no_grad` does not.",
        """# 02.11 · another network
other = models.digit_net(seed=1)
other.insert(7, torch.nn.Dropout(0.5))        # it learns more than one way to read a digit
train(other)
for look in ("first", "second"):
    right = (read(test_images, other) == test_labels).sum()
    said = [f"{probabilities(d, other)[digit]:.2f}" for digit, d in enumerate(dreams)]
    print(f"{look:6} look: right {right} of {len(test_labels)}, of the drawings", *said)""",
        """fig, ax = plotting.plt.subplots(figsize=(6, 3), layout="constrained")
looks = [[probabilities(d, other)[n].item() for n, d in enumerate(dreams)] for _ in range(2)]
for values, mark in zip(looks, "ox"):
    ax.plot(range(10), values, mark, color="black")
ax.set(xlabel="digit", ylabel="P", ylim=(0, 1), xticks=range(10), title="one network, asked twice (o and x)")
most = max(abs(a - b) for a, b in zip(*looks))
plotting.show(fig, alt=f"Two marks for each of ten drawings, up to {most:.2f} apart")""",
    ),
    Mistake(
        "03.04",
        "`+2λI` in place of `−2λI`",
        "The penalty stands inside the bracket, so the loop is paid for every step away from grey: the larger λ, the "
        "*stronger* the picture. The distances tell it: they should fall with λ. This is the commonest wrong answer to "
        "this exercise.",
        CLASS_IMAGE.replace("LOSS", "-(scores(image)[model.category(name)] + λ * image.square().sum())"),
        TWO_TEXTURES.replace("ALT", "the second at least as strong as the first") + 'print(" · ".join(titles))',
    ),
    Mistake(
        "03.04",
        "`.item()` on the penalty",
        "`.item()` gives a plain number, without a graph: the loss prints right, and its gradient knows nothing of λ. "
        "Both pictures are the same to the last bit. So try a penalty with a λ that must be seen.",
        CLASS_IMAGE.replace("LOSS", "-scores(image)[model.category(name)] + λ * image.square().sum().item()"),
        TWO_TEXTURES.replace("ALT", "one like the other")
        + 'print(" · ".join(titles), f"· the largest difference of a pixel: '
        + '{(by_λ[0] - by_λ[1]).abs().max():.1g}")',
    ),
)
