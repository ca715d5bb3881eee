"""The exercises of sheet 04."""
