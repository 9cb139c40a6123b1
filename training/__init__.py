"""Data to checkpoint: everything that needs more than the runtime does."""
