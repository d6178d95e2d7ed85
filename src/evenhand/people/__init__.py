"""Organizations, persons, memberships, roles; sessions, API keys, invitations and password resets."""
