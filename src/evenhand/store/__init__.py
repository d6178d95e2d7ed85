"""The database and the blob store: connections, tenancy, schema and migrations. Rooms above run their own SQL through it."""
