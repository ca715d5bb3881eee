"""The exercises of sheet 03."""
