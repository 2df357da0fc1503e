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
