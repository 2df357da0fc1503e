-- An entry is known by its inode and the time of its birth (`inode`, `born`): an inode alone is
-- given again to another file, and a path is another file's after a move. Born is in nanoseconds
-- since 1970, 0 where the file system does not know it.

-- What was said about an entry and no file system keeps: labels, metadata and the like.
CREATE TABLE attribute (
  inode    INTEGER NOT NULL,
  born     INTEGER NOT NULL,
  value    TEXT NOT NULL,            -- JSON
  PRIMARY KEY (inode, born)
) WITHOUT ROWID;

-- What a task is about to put into its place, item by item, known by `inode` and `born` as above: a
-- run that goes on after a kill finds it there and does not do the item twice.
CREATE TABLE relocation (
  task     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  inode    INTEGER NOT NULL,
  born     INTEGER NOT NULL,
  PRIMARY KEY (task, position)
) WITHOUT ROWID;

-- The spaces of a library of many spaces, in the ledger of the whole library. A folder is a space
-- even where it has no row here.
CREATE TABLE space (
  id       TEXT PRIMARY KEY,
  user     TEXT NOT NULL,            -- who made it; may be empty
  created  INTEGER NOT NULL,         -- milliseconds since 1970
  settings TEXT NOT NULL,            -- JSON: the protocol's extension
  traffic  INTEGER,                  -- bytes per second of one download; NULL for no limit
  doomed   INTEGER NOT NULL          -- 1 while it is being deleted
) WITHOUT ROWID;

-- What spaces may hold together; in the ledger of the whole library too.
CREATE TABLE quota (
  id       INTEGER PRIMARY KEY,
  capacity INTEGER NOT NULL,         -- bytes
  removal  TEXT NOT NULL             -- JSON: what was said about removing files; nothing goes by it
);

-- Which quota holds for a space.
CREATE TABLE quota_space (
  space    TEXT PRIMARY KEY,
  quota    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX spaces_of_quota ON quota_space (quota);

-- When a thing of the bin goes for good, in milliseconds since 1970; NULL for never. And who removed
-- it; may be empty.
ALTER TABLE recycled ADD COLUMN expires INTEGER;
ALTER TABLE recycled ADD COLUMN person TEXT NOT NULL DEFAULT '';
CREATE INDEX recycled_expires ON recycled (expires) WHERE expires IS NOT NULL;

-- How long things stay in the bin, once somebody has said so.
CREATE TABLE lifecycle (
  only     INTEGER PRIMARY KEY CHECK (only = 1),
  days     INTEGER NOT NULL,
  changed  INTEGER NOT NULL          -- milliseconds since 1970
);
