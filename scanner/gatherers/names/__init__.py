"""Names: those in certificates, and the hosts of scripts."""
