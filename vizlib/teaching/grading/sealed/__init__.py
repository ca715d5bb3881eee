"""What runs in the sandbox. It is copied there, and knows nothing of the rest."""
