"""The web application: thin routes over operations and history. No state but the database and the configuration file."""
