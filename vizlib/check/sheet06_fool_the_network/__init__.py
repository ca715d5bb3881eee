"""The exercises of sheet 06."""
