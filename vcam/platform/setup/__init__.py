"""Setting up the virtual camera: facts in, steps out, and nothing run before it was shown."""
