"""Backups: are there any, are they young and whole, and do they lie somewhere else than the shop?"""
