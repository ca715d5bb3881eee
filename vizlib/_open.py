"""What an answer to an exercise may use of vizlib; everything else in it does what answers should do themselves.

Alone in a module, because the grader reads it without loading PyTorch.
"""

OPEN = ("plotting", "data", "models")
