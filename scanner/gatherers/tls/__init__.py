"""TLS as sslyze sees it, and certificates."""
