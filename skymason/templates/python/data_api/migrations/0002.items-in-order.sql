-- transactional: false
-- Without CONCURRENTLY nobody could write to the table while the index is made.
CREATE INDEX CONCURRENTLY items_in_order ON items (created_at, id);
