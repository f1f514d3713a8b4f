"""The words of messages about what changed."""
