"""The customer's log of everything that happened to its data: the closed list of actions, the inbox, the Grant type."""
