-- transactional: false
DROP INDEX CONCURRENTLY items_in_order;
