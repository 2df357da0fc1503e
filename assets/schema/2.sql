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
