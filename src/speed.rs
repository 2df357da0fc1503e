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
//! - The next page is asked for before the one at hand is read: its marker is looked for in the text,
//!   not by reading it, and the reading goes on a thread of its own. On a thread of the runtime the
//!   question waited until the page was read, for tasks that one has just begun wait for whoever began
//!   them; nothing went side by side.
//! - Whether an answer is text at all is looked at once, not for each of its strings: a quarter of the
//!   reading.
//! - Two threads look at the entries of a page.
//! - What a space uses is asked once its folder is listed: the embedded service looks at every file to
//!   tell, which took as long as the listing beside which it ran.
//! - The colours of a theme are fitted to the terminal once. Where it has 256, each cell of each frame
//!   looked for the nearest of them.
//! - Entries are read from the text right into rows of 64 bytes and one text of all names.
//! - An ordinary entry is written as a line of text, not as a tree of fields that is walked; unusual
//!   ones still are, and a property test holds both to the same bytes. A further page of a million
//!   fell from 3.2 to 2.3 milliseconds of processor time.
//! - The names of a page are fetched from memory together before the disk is asked for each: a miss of
//!   the cache between two system calls costs more than it seems.
//!
//! What did not help: two readers of JSON that use wide registers. Without a build for one processor
//! alone, `sonic-rs` took 1.1 times and `simd-json` 1.7 times as long as `serde_json` on such a page.
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
//! - A question about many marks, and the plan of them, are worked out beside the screen. Marks and
//!   what is known of contents are shared until they change, so a snapshot costs next to nothing. The
//!   question shows three items and knows which; it used to look for them among all, for each frame.
//! - If all that is marked goes to a job, it is handed over as a whole, without a look for any name.
//! - Marks of the session before are read beside the screen.
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
//! - All of a folder is known after 1.5 times what a file manager takes that looks at each file and
//!   shows nothing before: 0.67 seconds with 100,000 entries and 6.5 with a million, in a slow hour of
//!   a machine with two cores, where that one took 0.45 and 4.5. Ours shows the first rows after 0.07
//!   and 0.54. Both ends together take some five microseconds of processor time an entry: a quarter is
//!   `statx`, a third the reading and writing of JSON. With every instruction side by side two cores
//!   could do it in half the time; a service that is not asked over a socket would be needed for more.
//! - Pages that come in another order than that of the rows are merged one by one.
//! - A retry of a job of a million items hands its marks over on the thread of the screen.
