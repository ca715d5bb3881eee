"""The exercises of sheet 01."""
