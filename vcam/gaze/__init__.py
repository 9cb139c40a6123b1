"""Tells where the eyes look: by geometry alone, or together with a learned model."""
