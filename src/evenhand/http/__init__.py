"""The web server: the rooms' routes put together, request ids, limits, security headers, events, the interface's files."""
