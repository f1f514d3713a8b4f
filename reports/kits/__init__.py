"""Folders for those who repair."""
