"""The use cases, without a command line: each takes values and returns values."""
