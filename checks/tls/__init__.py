"""TLS: certificates, protocols, ciphers, known weaknesses."""
