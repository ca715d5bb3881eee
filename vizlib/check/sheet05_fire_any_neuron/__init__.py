"""The exercises of sheet 05."""
