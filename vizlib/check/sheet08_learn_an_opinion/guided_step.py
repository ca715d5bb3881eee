"""Up the class, then towards what a denoiser expects."""

import torch

from vizlib.check.exercise import exercise
from vizlib.check.sheet08_learn_an_opinion.denoising_loss import Smooth


def cases(draw):
    for n, dtype, sigma, weight in ((2, torch.float32, 0.7, 0.3), (3, torch.float64, 0.2, 0.6)):
        image = draw.normal(n, 1, 6, 5, scale=0.4, dtype=dtype)
        yield image, Smooth(draw, dtype), draw.net(channels=1, dtype=dtype, gain=3.0), 3, sigma, weight, 0.4


@exercise(cases)
def guided_step(image, denoiser, model, target, sigma, weight, lr):
    x = image.detach().clone().requires_grad_()
    score = model(x)[:, target].sum()
    gradient = torch.autograd.grad(score, x)[0]
    with torch.no_grad():
        up = x + lr * gradient
        return up + weight * (denoiser(up, sigma) - up)


guided_step.answers("""
    downhill: x + lr → x - lr
    the other way around: The denoiser comes before the step up the class.
        Which of the two formulas uses the result of the other?
    asked at the old place: The denoiser looks at the image before the step up.
        How often does the image after the step up stand in the second formula?
        (denoiser(up, sigma) - up) → (denoiser(x, sigma) - x) | (denoiser(x, sigma) - up)
    no step up: The class has no say: only the denoiser moves the image. Where does x′ come from?
        x + lr * gradient → x
    no denoiser: Only the class moves the image. What follows the step up?
        up + weight * (denoiser(up, sigma) - up) → up
    all the way: It goes all the way to the denoised image, whatever weight says. How far is weight of the way?
        up + weight * (denoiser(up, sigma) - up) → denoiser(up, sigma)
    through the denoiser: The model is shown the denoised image, and the gradient goes through the denoiser.
        That is another way to guide. Here the model looks at the image as it is.
        model(x) → model(denoiser(x, sigma))
    the probability: model(x) → model(x).softmax(1)
    cross-entropy: model(x) → model(x).log_softmax(1)
    another class: :, target → :, 0 | :, target - 1
    mean instead of the image's own: The step of an image becomes shorter the more images are beside it.
        Images do not know of each other. What does mean() divide by?
        target].sum() → target].mean()
    hard-coded batch size: model(x)[:, target].sum() → model(x)[0, target]
    a step of fixed length: lr * gradient → lr * gradient / gradient.norm() | lr * gradient.sign()
    without the learning rate: lr * gradient → gradient
    the graph is kept: with torch.no_grad(): → if True:
        forbid: any(call.result.graph for call in got)
    changes its input: return up → return image.copy_(up &&  - up) → - up))
""")


@guided_step.wrong("the other way around")
def denoised_first(image, denoiser, model, target, sigma, weight, lr):
    with torch.no_grad():
        nearer = image + weight * (denoiser(image, sigma) - image)
    nearer.requires_grad_()
    return (nearer + lr * torch.autograd.grad(model(nearer)[:, target].sum(), nearer)[0]).detach()
