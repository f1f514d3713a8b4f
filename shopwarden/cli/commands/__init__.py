"""One command a module, found by its name: a new one is a file here, with a ``command`` of click's."""
