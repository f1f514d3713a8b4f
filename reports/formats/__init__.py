"""The files that a scan writes, one module a format."""
