"""Scripts and services of others on the shop's pages."""
