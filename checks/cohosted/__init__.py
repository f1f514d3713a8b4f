"""Scripts and copies beside the shop."""
