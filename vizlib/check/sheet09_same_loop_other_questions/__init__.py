"""The exercises of sheet 09."""
