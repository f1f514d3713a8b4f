"""Processes of their own for what strangers send: little memory, no environment, no secret but what one errand needs."""
