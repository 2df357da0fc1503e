//! Contents that are known by their hashes, so that nobody has to send what is here already (part
//! B 4.1 and 4.8).

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::fs::FileExt;

use ring::digest::{Context, Digest, SHA256};

use crate::domain::path::RemotePath;
use crate::server::ledger::ContentRow;

use super::Space;
use super::copy::Birth;
use super::facts::Facts;
use super::problem::Problem;
use super::sums;
use super::uploads::confirm::{Confirmation, Settled};

/// Hashes are those of pieces of this size, and smaller contents have none.
pub const PIECE: u64 = 1 << 20;

/// A content up to this size is hashed while the caller waits for the answer.
const WORTH_WAITING: u64 = 256 << 20;

/// The hashes of a content while it comes in piece by piece.
pub struct Hashing {
    context: Context,
    filled: usize,
    beginning: Option<Digest>,
    last: Option<Digest>,
}

impl Default for Hashing {
    /// Of nothing yet.
    fn default() -> Self {
        Self {
            context: Context::new(&SHA256),
            filled: 0,
            beginning: None,
            last: None,
        }
    }
}

impl Hashing {
    /// Adds bytes.
    pub fn add(&mut self, mut bytes: &[u8]) {
        let piece = usize::try_from(PIECE).unwrap_or(usize::MAX);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(piece - self.filled));
            self.context.update(now);
            self.filled += now.len();
            bytes = later;
            if self.filled == piece {
                self.close();
            }
        }
    }

    /// The hash of the first piece and that of everything; none for less than a piece.
    pub fn finish(mut self) -> Option<(String, String)> {
        if self.filled > 0 && self.beginning.is_some() {
            self.close();
        }
        Some((hex(&self.beginning?), hex(&self.last?)))
    }

    /// The hash of a piece is that of the one before it and of its bytes.
    fn close(&mut self) {
        let digest = std::mem::replace(&mut self.context, Context::new(&SHA256)).finish();
        self.context.update(digest.as_ref());
        self.filled = 0;
        self.beginning.get_or_insert(digest);
        self.last = Some(digest);
    }
}

fn hex(digest: &Digest) -> String {
    digest
        .as_ref()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// A content by its hashes.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Hash of the first piece.
    pub beginning: String,
    /// Hash of everything.
    pub whole: String,
    /// Bytes, if they were said.
    pub size: Option<u64>,
}

impl Space {
    /// Whether a file of this space begins so.
    pub fn knows_beginning(&self, beginning: &str, size: Option<u64>) -> Result<bool, Problem> {
        Ok(self
            .contents(beginning, size)?
            .iter()
            .any(|content| self.find_content(content).is_some()))
    }

    /// The bytes of a content, if it may be here.
    pub fn known_size(&self, wanted: &Wanted) -> Result<Option<u64>, Problem> {
        let contents = self.contents(&wanted.beginning, wanted.size)?;
        let is_it = |content: &&ContentRow| {
            let whole = content.whole.as_ref();
            whole.is_none_or(|whole| *whole == wanted.whole)
        };
        let sizes = contents.iter().filter(is_it).map(|content| content.size);
        Ok(sizes.max())
    }

    /// Makes a file of a content that is here; none if it is not.
    pub fn upload_known(
        &self,
        wanted: &Wanted,
        to: &RemotePath,
        asked: &Confirmation,
    ) -> Result<Option<Settled>, Problem> {
        for mut content in self.contents(&wanted.beginning, wanted.size)? {
            let Some((from, facts)) = self.find_content(&content) else {
                continue;
            };
            if content.whole.is_none() && content.size <= WORTH_WAITING {
                content.whole = self.hash_content(&from)?;
            }
            if content.whole.as_deref() != Some(&wanted.whole) {
                continue;
            }
            let token = facts.content_cas();
            let mut aside = match self.copy_file_aside(self, &from, Some(&token)) {
                Err(Problem::ContentChanged | Problem::SourceFileMissing) => continue,
                aside => aside?,
            };
            aside.birth = Birth::New { is_rapid: true };
            // Nobody wrote to it while it was copied.
            if self.find_content(&content).is_none() {
                continue;
            }
            let copied = aside.facts()?;
            self.set_attributes(&copied, &asked.attributes)?;
            let (path, is_overwritten) =
                aside.settle(to, asked.strategy, asked.content_cas.as_deref())?;
            let (file, facts) = self.open_file(&path)?;
            let crc64 = self.sum(&file, &facts)?;
            content.identity = facts.identity();
            content.modified = sums::modified(&facts);
            path.as_str().clone_into(&mut content.path);
            self.put_content(&content)?;
            return Ok(Some(Settled {
                attributes: self.attributes(&facts)?,
                path,
                facts,
                crc64,
                is_overwritten,
            }));
        }
        Ok(None)
    }

    /// Hashes the content of a file whose beginning is known; none if it changed since.
    pub fn hash_content(&self, path: &RemotePath) -> Result<Option<String>, Problem> {
        let _only_one = self
            .hashing
            .lock()
            .expect("no thread panics while it hashes");
        let (file, facts) = self.open_file(path)?;
        let Some(hashes) = self.hash(&file, facts.size)? else {
            return Ok(None);
        };
        if Facts::of_open(&file)? != facts || self.is_stopping() {
            return Ok(None);
        }
        let (beginning, whole) = hashes;
        self.put_content(&ContentRow {
            identity: facts.identity(),
            path: path.as_str().to_owned(),
            size: facts.size,
            modified: sums::modified(&facts),
            beginning,
            whole: Some(whole.clone()),
        })?;
        Ok(Some(whole))
    }

    fn hash(&self, file: &File, size: u64) -> Result<Option<(String, String)>, Problem> {
        let mut hashing = Hashing::default();
        let mut piece = vec![0; usize::try_from(PIECE).unwrap_or(1)];
        let mut at = 0;
        while at < size {
            if self.is_stopping() {
                return Err(Problem::Stopping);
            }
            let read = file.read_at(&mut piece, at)?;
            if read == 0 {
                return Ok(None);
            }
            hashing.add(&piece[..read]);
            at += read as u64;
        }
        Ok(hashing.finish())
    }

    fn contents(&self, beginning: &str, size: Option<u64>) -> Result<Vec<ContentRow>, Problem> {
        match self.store_if_any()? {
            Some(store) => Ok(store.ledger.contents(beginning, size)?),
            None => Ok(Vec::new()),
        }
    }

    fn put_content(&self, content: &ContentRow) -> Result<(), Problem> {
        let mut store = self.store()?;
        let change = store.ledger.change()?;
        change.put_content(content)?;
        Ok(change.commit()?)
    }

    /// The file of a content, if it is where it was and what it was.
    fn find_content(&self, content: &ContentRow) -> Option<(RemotePath, Facts)> {
        let path = Self::path(&content.path).ok()?;
        let facts = self.look(&path).ok()?;
        let is_same = facts.identity() == content.identity
            && facts.size == content.size
            && sums::modified(&facts) == content.modified;
        is_same.then_some((path, facts))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_documents_come_out() {
        let hashes = |bytes: &[u8], step: usize| {
            let mut hashing = Hashing::default();
            bytes.chunks(step).for_each(|bytes| hashing.add(bytes));
            hashing.finish()
        };
        let text = |(one, other): (&str, &str)| (one.to_owned(), other.to_owned());
        let zeros = "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58";
        assert_eq!(hashes(&vec![0; 1 << 20], 1000), Some(text((zeros, zeros))));
        assert_eq!(
            hashes(&vec![0; 5 << 19], 1 << 20),
            Some(text((
                zeros,
                "049fbee1d68b1af5834b2cc2bce04dc9b13e497524ccd32fdee323c42f802dd4"
            )))
        );
        let bytes: Vec<u8> = (0..(2u32 << 20) + 7).map(|i| (i % 251) as u8).collect();
        assert_eq!(
            hashes(&bytes, 70_000),
            Some(text((
                "631b84027d6b9e52b539c4e8373622d23032dfadc64d60af87339c9037e4f769",
                "75c86bc09bd8c73ca3b8a387af0519ad1c1c864871fd2964bd9633397ede8f27"
            )))
        );
        assert_eq!(hashes(&[0; 100], 10), None);
    }
}
