"""Keys, sealing, opening, shredding. `Vault.open` is the one door to content, and it asks for a Grant."""
