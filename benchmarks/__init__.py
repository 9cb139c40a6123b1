"""Tools that measure and show: what it costs, what it looks like."""
