-- Which reference items are planted? The first in seeded order.
SELECT items.name, items.item, items.text
FROM lake.reference_items AS items
ORDER BY md5($seed || ' ' || items.name || ' ' || items.item), items.name, items.item
LIMIT $item_count
