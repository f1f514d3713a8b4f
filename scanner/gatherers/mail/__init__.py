"""How a shop's domain sends and takes mail."""
