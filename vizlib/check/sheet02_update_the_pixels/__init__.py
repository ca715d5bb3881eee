"""The exercises of sheet 02."""
