"""Messages on their way: receivers, and what waits for them."""
