"""Well-known addresses: asked for, proven by content, doubted by made-up ones."""
