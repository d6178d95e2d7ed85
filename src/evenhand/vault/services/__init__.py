"""Key services, one module a kind: `kind` is its name, `open_service` makes one from its settings."""
