"""Evidence for tests: a healthy shop's, to change one thing at a time. For us and for the authors of plugins."""
