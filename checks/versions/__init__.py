"""Versions that the shop tells everybody, and whether they are still looked after."""
