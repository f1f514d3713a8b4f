"""Pages: how the shop receives us, which pages are read, what stands in them."""
