"""The services beside the web server: FTP, SSH, and ports that should not be open."""
