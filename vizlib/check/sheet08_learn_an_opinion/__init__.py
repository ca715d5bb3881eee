"""The exercises of sheet 08."""
