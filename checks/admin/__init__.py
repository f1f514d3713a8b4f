"""Administrators' logins."""
