"""Decides formulas; the only folder that imports a solver."""
