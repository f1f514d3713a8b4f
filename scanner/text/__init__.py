"""Texts and files: what is cleaned, hidden, compared and written. Imports nothing else of ours."""
