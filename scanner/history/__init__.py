"""What was known: the store, what changed between two scans, the trend."""
