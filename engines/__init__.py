"""Run a model file: named tensors in, named tensors out. Knows nothing of faces."""
