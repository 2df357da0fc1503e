-- Finds the files among all entries whose content was replaced, to sort a folder by when they were made.
CREATE INDEX attribute_created ON attribute (value ->> '$.created')
    WHERE value ->> '$.created' IS NOT NULL;
