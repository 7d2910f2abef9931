-- no transaction
DROP INDEX CONCURRENTLY IF EXISTS items_by_name;
