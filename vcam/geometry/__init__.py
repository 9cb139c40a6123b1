"""Arrays in, arrays out: the mathematics that run time and training share."""
