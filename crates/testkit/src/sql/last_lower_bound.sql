-- The lower bound of the last partition of a set by time; DEFAULT, MINVALUE and the like have none.
SELECT max(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([^'']+)''\)')::timestamptz)
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = ':table'::regclass
