//! Where the time goes with a million entries: what was tried, what helped, what did not, what is left.
//!
//! Figures are of one machine with two cores and a local disk; ratios travel better than seconds.
//! `cargo bench --bench service`, `--bench jobs` and `--bench million` measure again, and with
//! `MEDIASWEEP_BENCH_COUNTS=1` the last one counts instructions instead.
//!
//! # From the disk to the rows
//!
//! A folder is read once and kept sorted while pages of it are asked for; each page looks at its own
//! thousand entries with `statx`, is written as JSON, goes over a socket of this machine, and is read
//! into the store of the screen. So a listing costs what a file manager pays that looks at each file
//! (`readdir`, `stat`, sort), and on top of it the text: some 330 bytes an entry, written once and
//! read once.
//!
//! What helped:
//!
//! - The first page does not wait for the sort: its names are picked out, and the rest is sorted
//!   beside it. The first page of a million comes at 1.05 to 1.1 times a bare `readdir`.
//! - Nothing waits for a timer. Timers of the runtime are rounded up to milliseconds; a frame that is
//!   due is drawn at once. The first rows of a small folder come at a third of the time.
//! - The next page is asked for as soon as the end of the last one is known, and that is read
//!   meanwhile.
//! - Entries are read from the text right into rows of 64 bytes and one text of all names.
//! - An ordinary entry is written as a line of text, not as a tree of fields that is walked; unusual
//!   ones still are, and a property test holds both to the same bytes. A further page of a million
//!   fell from 3.2 to 2.3 milliseconds of processor time.
//! - The names of a page are fetched from memory together before the disk is asked for each: a miss of
//!   the cache between two system calls costs more than it seems.
//!
//! What cannot be had: larger pages, for the protocol ends at a thousand; several pages at once, for a
//! page is known by the marker of the one before; a page made ahead of the question, for a file that
//! was deleted in between would come back in it.
//!
//! # Keys
//!
//! - Sorting, filtering, counting and looking for names go in pieces of a few milliseconds, and keys
//!   go between them. What is done to rows is done to those that were asked for: a key that acts
//!   finishes the pieces first.
//! - Marks of a whole listing lend its entries: eight bytes a mark, no names, no look-up for the rows
//!   that are drawn. Names are found by a table that is made between keys once a job needs it.
//! - Only rows on the screen are measured and drawn, one frame for all that has arrived.
//!
//! # Jobs
//!
//! - Items are packed, the folders of their paths kept once. Above 50,000 they stay in the log of the
//!   job and are read as they are needed; in memory are eight bytes for each. A job of a million takes
//!   67 MB of the whole program, one of 100,000 takes 26.
//! - With 50 ms on the way a job finds its pace by itself: 1.01 times the time of the best fixed size
//!   and number of requests.
//! - A batch to the bin waits twice for the disk of the service, not three times, and the files of one
//!   run are noted in one row.
//!
//! # What is left
//!
//! - All of a folder is known after 0.53 seconds with 100,000 entries and 4.7 with a million, which is
//!   2.1 and 1.4 times what a file manager takes that looks at each file and shows nothing before
//!   (ours shows the first rows after 0.08 and 0.54). Both ends together take six microseconds of
//!   processor time an entry, 2.3 of them in the service, most of that in `statx`; on two cores that
//!   can become half of it at best.
//! - Pages that come in another order than that of the rows are merged one by one: 0.3 seconds for
//!   100,000 entries, 6.9 for a million.
//! - Marks of the session before are read before the first frame. That took four seconds with a
//!   million when they were also read byte by byte and written again.
//! - A retry of a job of a million items hands its marks over on the thread of the screen.
