"""Hostile shops: real servers on loopback that misbehave, and what a scan of each must still hold to."""
