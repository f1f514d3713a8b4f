"""What only the makers run."""
