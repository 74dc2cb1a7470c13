-- The inventory's schema.
CREATE SCHEMA inventory;

-- One thing on a shelf.
CREATE TABLE inventory.items (
    id BIGINT PRIMARY KEY,
    sku VARCHAR(16) NOT NULL,
    shelf_id BIGINT REFERENCES shelves (id),
    price NUMERIC(10, 2) DEFAULT 0
);

CREATE TABLE IF NOT EXISTS shelves (
    id BIGINT PRIMARY KEY,
    name TEXT
);

CREATE UNIQUE INDEX items_sku ON inventory.items (sku);

/* Items that are still there. */
CREATE OR REPLACE VIEW available_items AS
SELECT i.sku, format_price(i.price) AS label
FROM inventory.items AS i
JOIN shelves AS s ON s.id = i.shelf_id
WHERE i.price > 0;

CREATE MATERIALIZED VIEW totals AS
SELECT shelf_id, SUM(price) AS total FROM inventory.items GROUP BY shelf_id;

CREATE TYPE state AS ENUM ('new', 'sold');

CREATE FUNCTION add_item(sku TEXT, price NUMERIC) RETURNS BIGINT AS $$
    SELECT 1;
$$ LANGUAGE sql;

CREATE TRIGGER touch AFTER UPDATE ON items FOR EACH ROW EXECUTE FUNCTION touch_item();

CREATE SEQUENCE item_ids;

ALTER TABLE shelves ADD COLUMN height INTEGER;

INSERT INTO shelves (id, name) VALUES (1, 'first');

UPDATE shelves SET name = 'second' WHERE id = 1;

WITH recent AS (SELECT * FROM available_items)
SELECT * FROM recent;
