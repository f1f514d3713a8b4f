"""What an operation says instead of doing what it was asked for."""


class Refused(Exception):
    """It cannot be done as asked; the text says why and what to do instead."""
