"""Long runs, with a short version in the default run; ``SOAK=1`` (``make soak``) runs them whole."""
