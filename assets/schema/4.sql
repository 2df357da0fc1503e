-- So many things go to the bin as one step, with the numbers from `id` on; each is listed in `recycled`
-- with its path, and `position` is that of the first.
ALTER TABLE intent ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
