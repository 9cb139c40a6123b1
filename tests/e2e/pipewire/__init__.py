"""A desktop's PipeWire for the tests: a session of its own, readers, a producer, a browser."""
