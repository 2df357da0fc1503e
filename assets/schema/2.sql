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

-- One row for each upload that was begun. It stays a while after its end, so that a client that
-- asks again is told.
CREATE TABLE upload (
  key      TEXT PRIMARY KEY,
  request  TEXT NOT NULL,            -- JSON: where the file is to go, and what was said about it
  expires  INTEGER NOT NULL,         -- bytes are taken until then, milliseconds since 1970
  settling TEXT,                     -- the file below `uploads` that is being given its place
  settled  TEXT                      -- the path of the file once it has its place; '' if not known
) WITHOUT ROWID;

-- Parts that have arrived whole; an upload that has no parts of its own is one part.
CREATE TABLE upload_part (
  upload    TEXT NOT NULL,
  number    INTEGER NOT NULL,
  file      TEXT NOT NULL,           -- name below `uploads`
  size      INTEGER NOT NULL,
  crc64     INTEGER NOT NULL,
  arrived   INTEGER NOT NULL,
  beginning TEXT,                    -- hashes of the first part, where it is large enough
  whole     TEXT,
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;

-- Hashes of files that were uploaded, good as long as size and time still are the same.
CREATE TABLE content (
  inode     INTEGER NOT NULL,
  born      INTEGER NOT NULL,
  path      TEXT NOT NULL,           -- where the file was seen last
  size      INTEGER NOT NULL,
  modified  INTEGER NOT NULL,        -- nanoseconds since 1970, cut to 64 bits
  beginning TEXT NOT NULL,           -- of the first MiB
  whole     TEXT,                    -- NULL until it is computed
  PRIMARY KEY (inode, born)
) WITHOUT ROWID;
CREATE INDEX content_beginning ON content (beginning, size);

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
