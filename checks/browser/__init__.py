"""What the shop tells browsers: headers, cookies, session ids."""
