"""FTP, SSH and other open ports."""
