"""What is released: the wheel, what it needs, and that it works where nothing else is."""
