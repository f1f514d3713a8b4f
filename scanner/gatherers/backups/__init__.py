"""Places of backups: folders, SFTP, FTPS, object stores, heartbeats."""
