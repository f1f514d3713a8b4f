"""Real servers as child processes on free ports of loopback."""
