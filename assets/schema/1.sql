-- What a folder cannot say about itself. Each file of this folder is applied once, in order;
-- `user_version` tells how many were.

-- Identifiers of bin items, doomed entries and tasks come from this one row, so none is given twice.
CREATE TABLE sequence (next INTEGER NOT NULL);
INSERT INTO sequence (next) VALUES (1);

-- One row for each thing in the bin; the thing itself is `bin/<id>`.
CREATE TABLE recycled (
  id       INTEGER PRIMARY KEY,
  path     TEXT NOT NULL,            -- former path, components joined by '/'
  name     TEXT NOT NULL,            -- its last component
  kind     INTEGER NOT NULL,         -- 0 directory, 1 file, 2 symbolic link, 3 other
  size     INTEGER,                  -- bytes; NULL for a directory, whose tree nobody has counted
  created  INTEGER NOT NULL,         -- milliseconds since 1970
  modified INTEGER NOT NULL,
  removed  INTEGER NOT NULL,
  crc64    INTEGER                   -- bits of the unsigned number, where it was known
);

-- Steps that were begun. A row is written before the rename and goes with the work's own commit,
-- so that at the next start each step can be seen to be done or undone.
CREATE TABLE intent (
  id       INTEGER PRIMARY KEY,      -- the thing's number below `bin` or `doomed`
  verb     TEXT NOT NULL,            -- recycle, doom, restore, purge, empty
  path     TEXT NOT NULL,            -- where it is, or where it is to go
  task     INTEGER,                  -- the task that asked, if one did
  position INTEGER                   -- and which of its items this is
);

-- Work that goes on after its caller has left; kept 30 days after its end.
CREATE TABLE task (
  id       INTEGER PRIMARY KEY,
  request  TEXT NOT NULL,            -- JSON, enough to take the work up again
  status   INTEGER,                  -- NULL while running
  ended    INTEGER                   -- milliseconds since 1970
);

-- Results of a task, run by run: `results` is the JSON list for the items from `position` on.
CREATE TABLE task_part (
  task     INTEGER NOT NULL,
  position INTEGER NOT NULL,
  count    INTEGER NOT NULL,
  results  TEXT NOT NULL,
  PRIMARY KEY (task, position)
) WITHOUT ROWID;

-- Checksums that were once computed, good as long as size and time still are the same.
CREATE TABLE checksum (
  device   INTEGER NOT NULL,
  inode    INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  modified INTEGER NOT NULL,         -- nanoseconds since 1970, cut to 64 bits
  crc64    INTEGER NOT NULL,
  PRIMARY KEY (device, inode)
) WITHOUT ROWID;
