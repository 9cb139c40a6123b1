"""Redraws the eyes: by geometry alone, or by a learned model."""
