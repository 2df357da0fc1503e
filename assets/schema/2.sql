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

-- Settings of a whole library, in the ledger of its home; each one's JSON.
CREATE TABLE setting (
  name     TEXT PRIMARY KEY,
  value    TEXT NOT NULL
) WITHOUT ROWID;

-- Old content of a file; the content itself is `history/<id>`. A row whose content is gone is dropped
-- at the next start, so content goes first and its row after it.
CREATE TABLE version (
  id       INTEGER PRIMARY KEY,
  inode    INTEGER NOT NULL,         -- the file whose old content this is, as it is known now
  born     INTEGER NOT NULL,
  number   INTEGER NOT NULL,         -- counted from 1 for each file
  path     TEXT NOT NULL,            -- where that file was when this became old
  size     INTEGER NOT NULL,
  crc64    INTEGER,                  -- where it was known
  modified INTEGER NOT NULL,         -- milliseconds since 1970
  latest   INTEGER,                  -- when it had been made the latest again, if it was
  kept     INTEGER NOT NULL          -- when it became old
);
CREATE INDEX version_of ON version (inode, born, number);

-- The content that a file with old versions has now.
CREATE TABLE chain (
  inode    INTEGER NOT NULL,
  born     INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  since    INTEGER NOT NULL,         -- when it came, milliseconds since 1970
  former   INTEGER,                  -- the version that it was, if it was made the latest again
  PRIMARY KEY (inode, born)
) WITHOUT ROWID;

-- A file that is being overwritten: written before the two change places, gone with the commit that
-- says where the old one is.
CREATE TABLE overwrite (
  id       INTEGER PRIMARY KEY,      -- the old file's number below `bin`, `history` or `doomed`
  keep     TEXT NOT NULL,            -- bin, history, doomed
  path     TEXT NOT NULL,            -- of the file
  home     TEXT NOT NULL,            -- where the new content comes from: path, upload, bin, history
  source   TEXT NOT NULL,            -- and its path or name there
  inode    INTEGER NOT NULL,         -- the old file
  born     INTEGER NOT NULL
);

-- What happened, for those who follow along; written only since somebody first asked for a cursor.
CREATE TABLE event (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  time     INTEGER NOT NULL,         -- milliseconds since 1970
  value    TEXT NOT NULL             -- JSON, as the protocol has it
);
CREATE INDEX event_time ON event (time);
