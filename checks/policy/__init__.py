"""Policies and duties that can be seen from outside."""
