"""One page for many shops."""
