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
//!   beside it. The first page of a million comes at 0.6 to 1.1 times a bare `readdir` and sort.
//! - A page says where the next one begins before its entries, and the next one is asked for as soon
//!   as that is seen: three pages are on their way at once, and none waits until another is read. A
//!   service that says it at the end is understood too.
//! - The service looks at the entries of the page that comes next while it writes the one before. It
//!   does so for folders of more than 10,000 entries, and such a look is thrown away as soon as an entry
//!   has come or gone, and after fifty milliseconds in any case.
//! - A page is read on the thread that received it, and whoever waits there moves to another. Handed to
//!   a waiting thread, it would push aside the one that has just to ask for the next page: with two
//!   processors a woken thread often begins on the one that woke it, while the other has nothing to do.
//! - Nothing waits for a timer. Timers of the runtime are rounded up to milliseconds; a frame that is
//!   due is drawn at once. The first rows of a small folder come at a third of the time.
//! - While a folder fills, ten frames a second count along; there were thirty. Its first rows, its last
//!   and the answers to keys are shown at once. Whoever shows the frames needs a processor as well.
//! - Whether an answer is text at all is looked at once, not for each of its strings: a quarter of the
//!   reading.
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
//! - Entries that do not come behind all others get rows together, before a frame or a key: page by
//!   page up to a million rows would be moved for each. Half of the time for a million in no order.
//!
//! What did not help:
//!
//! - Two readers of JSON that use wide registers. Without a build for one processor alone, `sonic-rs`
//!   took 1.1 times and `simd-json` 1.7 times as long as `serde_json` on such a page.
//! - All processors at the entries of each page. Threads that look into one folder share its counters,
//!   those of a pool look round for work before they rest, and the one that reads the page before is
//!   left without a processor: the same time for a tenth more work. Two threads look at the first page.
//! - Another allocator. With `mimalloc` 100,000 entries were known after 1.5 times the time and in 4.7
//!   times the memory: what one thread takes is given back by another.
//!
//! What cannot be had: larger pages, for the protocol ends at a thousand; several pages at once without
//! having seen where they begin, for a page is known by the marker of the one before.
//!
//! # Keys
//!
//! - Sorting, filtering, counting and looking for names go in pieces of a few milliseconds, and keys
//!   go between them. All processors sort and filter a piece. What is done to rows is done to those
//!   that were asked for: a key that acts finishes the pieces first.
//! - A word of a filter is looked for in the names of thousands of entries as one text, which is how they
//!   lie in memory; only entries that have it are asked the whole rule. Of a million those with one word
//!   are there after 16 milliseconds, and were after 52. Names that have to be folded, for their width
//!   or accents, are asked one by one.
//! - Names are sorted by a number of sixteen bytes, made of what comes behind that in which all names
//!   begin alike: `IMG_`, a date, `测试片段_`. A million of those are in order after 0.27 seconds, and
//!   were after 2.8 when their common beginning took up the number.
//! - A question about many marks, and the plan of them, are worked out beside the screen. Marks and
//!   what is known of contents are shared until they change, so a snapshot costs next to nothing. The
//!   question shows three items and knows which; it used to look for them among all, for each frame.
//! - If all that is marked goes to a job, it is handed over as a whole, without a look for any name.
//! - Marks of the session before are read beside the screen.
//! - Marks of a whole listing lend its entries: eight bytes a mark, no names, no look-up for the rows
//!   that are drawn. Names are found by a table that is made between keys once a job needs it.
//! - Only rows on the screen are measured and drawn, one frame for all that has arrived.
//! - Leaving waits for no work: whoever waits until a folder is sorted looks now and then whether the
//!   service is stopping. In the middle of the sort the program is gone after 17 milliseconds, and was
//!   after 75.
//!
//! # Jobs
//!
//! - Items are packed, the folders of their paths kept once. Above 50,000 they stay in the log of the
//!   job and are read as they are needed; in memory are eight bytes for each. A job of a million takes
//!   67 MB of the whole program, one of 100,000 takes 26.
//! - All items stand in the log before the first is sent, and the job says how far it has come: a million
//!   take half a second. Meanwhile it is worked out in which order they are sent. From the answer to the
//!   question on, the screen never stands still for longer than some 50 milliseconds; with a million
//!   items it did for 725, with 100,000 for 89.
//! - With 50 ms on the way a job finds its pace by itself: 1.01 times the time of the best fixed size
//!   and number of requests.
//! - A batch to the bin waits twice for the disk of the service, not three times, and the files of one
//!   run are noted in one row.
//!
//! # How costs grow
//!
//! From 100,000 to a million, as the exponent of the size, on the screen: first rows 0.6, all known 0.9,
//! filter 0.7, marks of all rows 0.8, a frame 0. In the bench, whose pages come in no order: filter 0.9,
//! plan 1.0, facts of a job 1.0; above 1.1 are sorting (1.1 to 1.3), pages in no order (1.3), a rule and
//! marks of all rows (1.4). These go through the entries in another order than that in which they lie in
//! memory, and of a million, unlike 100,000, few are in the cache when they are needed.
//!
//! # What is left
//!
//! - With 100,000 entries all of a folder is known after 1.05 to 1.3 times what a file manager takes that
//!   looks at each file and shows nothing before, in three runs, with a million after 0.77 times (2.2
//!   seconds; the first rows after 0.3). Both ends together take some four microseconds of processor time
//!   an entry: a quarter is `statx`, a quarter the reading of JSON, a tenth the writing; the rest is
//!   spread over sockets, memory and rows. Half the time of that file manager would need a service that
//!   is not asked over a socket, or more than two processors: whoever shows the frames has one of them.
//! - The first rows of 100,000 come after 50 to 85 milliseconds, 1.4 to 2.4 times a bare `readdir`, sort
//!   and frame: 13 of them are the start of the service and the way to it, and each wait for a processor
//!   shows.
//! - A retry of a job of a million items hands its marks over on the thread of the screen, which takes
//!   some 150 milliseconds.
