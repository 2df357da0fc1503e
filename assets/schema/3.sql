-- Finds the virtual files among all entries about which something was said, to add up their sizes.
CREATE INDEX attribute_virtual ON attribute (value ->> '$.virtualSize')
    WHERE value ->> '$.virtualSize' IS NOT NULL;
