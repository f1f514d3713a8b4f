"""What lies open on the web server that nobody should see."""
