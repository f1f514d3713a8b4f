"""Requests: the polite client, and what other hosts serve to the shop's pages."""
