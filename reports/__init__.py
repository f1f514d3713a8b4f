"""What people and programs read: a result as a page, as text, as data."""
