"""The rules; each article lies beside its module."""
