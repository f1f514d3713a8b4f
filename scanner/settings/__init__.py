"""The configuration file: its models, how it is read, what is refused."""
