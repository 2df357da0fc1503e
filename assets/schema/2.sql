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
