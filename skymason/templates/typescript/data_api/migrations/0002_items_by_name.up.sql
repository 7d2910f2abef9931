-- no transaction
-- Built while the table is used: the version before this one still writes to it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS items_by_name ON items (lower(name));
