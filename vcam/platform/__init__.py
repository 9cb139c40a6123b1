"""What each operating system knows: its cameras, its virtual camera, and what is wrong with them."""
