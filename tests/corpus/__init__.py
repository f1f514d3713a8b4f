"""A corpus of labelled cases: what must be found, and what must not."""
