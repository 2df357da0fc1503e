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
  home     TEXT NOT NULL,            -- where the new content comes from, see src/server/ledger/history.rs
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
  md5       TEXT NOT NULL,           -- its tag
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
-- What users marked as favourites. A mark stays when its target is gone.
CREATE TABLE favorite (
  id       INTEGER PRIMARY KEY,
  user     TEXT NOT NULL,
  inode    INTEGER NOT NULL,
  born     INTEGER NOT NULL,
  path     TEXT NOT NULL,            -- where it was then: a hint, it may have been moved
  added    INTEGER NOT NULL,         -- milliseconds since 1970
  UNIQUE (user, inode, born)
);
CREATE INDEX favorite_by_time ON favorite (user, added, id);

-- What users looked at and changed: for each entry and action only the last time.
CREATE TABLE recent (
  id       INTEGER PRIMARY KEY,
  user     TEXT NOT NULL,
  inode    INTEGER NOT NULL,
  born     INTEGER NOT NULL,
  action   INTEGER NOT NULL,         -- 0 preview, 1 modify
  path     TEXT NOT NULL,            -- a hint, as above
  used     INTEGER NOT NULL,         -- milliseconds since 1970
  UNIQUE (user, inode, born, action)
);
CREATE INDEX recent_by_time ON recent (user, used, id);

-- Symbolic links that this service made. It goes by what is said here; what the link on the disk
-- says is for other programs.
CREATE TABLE link (
  inode       INTEGER NOT NULL,      -- of the link itself
  born        INTEGER NOT NULL,
  place       TEXT NOT NULL,         -- the path where the link was put or was last seen
  target      INTEGER NOT NULL,      -- what it shows
  target_born INTEGER NOT NULL,
  former      INTEGER,               -- what that replaced, or was about to replace
  former_born INTEGER,
  path        TEXT NOT NULL,         -- where the target was when the link was made
  state       INTEGER NOT NULL,      -- 0 in use; the others are in src/server/ledger/links.rs
  bin         INTEGER,               -- the number of the bin item that is its target
  PRIMARY KEY (inode, born)
) WITHOUT ROWID;
CREATE INDEX link_target ON link (target, target_born);
CREATE INDEX link_former ON link (former, former_born);

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
