"""Platforms as data: one TOML file each."""
