"""Connections: the guard that says where one may go, names, line protocols."""
