"""The exercises of sheet 07."""
