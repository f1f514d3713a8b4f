"""What the page shows, sorted and counted."""
