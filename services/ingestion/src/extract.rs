//! Bytes to text, page by page.
//!
//! Text is decoded here. Every other format is parsed in a child process of its own, with a limit on memory and
//! time: a parser that loops, overflows its stack or is fed a bomb takes down that child and nothing else.

mod child;
mod csv;
mod detect;
mod docx;
mod encoding;
mod form;
mod front_matter;
mod invisible;
mod layout;
mod numbers;
mod office;
mod package;
mod page_tables;
mod table;
mod text;
mod xlsx;
mod xml;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use child::{CHILD_COMMAND, run_child};

/// What a document may be at most.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Limits {
    /// Pages.
    pub pages: u32,
    /// Bytes of text; and of all files in an archive format together.
    pub text_bytes: u64,
    /// Seconds of parsing.
    pub seconds: u64,
    /// MiB of memory while parsing.
    pub memory_mib: u64,
}

/// Text of a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Extracted {
    /// Media type that was found in the bytes.
    pub media_type: String,
    /// Title in the metadata, if there is one.
    pub title: Option<String>,
    /// Whether the text is Markdown, or plain.
    pub markdown: bool,
    /// The pages; one without a number where the format has none.
    pub pages: Vec<Page>,
}

/// Text of a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Number, from 1; 0 where the format has no pages.
    pub number: u32,
    /// The text.
    pub text: String,
}

/// The document cannot be read. Trying again gives the same, except for `Broken`.
#[derive(Debug, Clone, Error, Serialize, Deserialize)]
pub enum ExtractError {
    /// Nothing that Stoa reads.
    #[error(
        "{found} is not a document that Stoa reads. It reads PDF, DOCX, PPTX, XLSX, HTML, Markdown, text, CSV and EPUB"
    )]
    Unsupported {
        /// What the bytes are.
        found: String,
    },
    /// The bytes are not what the name says.
    #[error(
        "the name ends in .{extension} but the bytes are {found}: check that the file is the right one"
    )]
    Lying {
        /// Ending of the name.
        extension: String,
        /// What the bytes are.
        found: String,
    },
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// No text.
    #[error("there is no text in it. If it is a scan, run text recognition (OCR) on it first")]
    NoText,
    /// Locked.
    #[error("it is encrypted: remove its password and teach it again")]
    Encrypted,
    /// Broken.
    #[error("it is damaged or cut off: {reason}")]
    Damaged {
        /// What the parser says.
        reason: String,
        /// The page, from 1; 0 when it is not about a page.
        page: u32,
    },
    /// Too many pages.
    #[error("it has {pages} pages and the limit is {limit} (ingestion.max_pages): split it")]
    TooManyPages {
        /// Pages.
        pages: u32,
        /// The limit.
        limit: u32,
    },
    /// Too much text.
    #[error(
        "it unpacks to more than {limit} bytes (ingestion.max_text_bytes): split it, or it may be an archive bomb"
    )]
    TooMuchText {
        /// The limit.
        limit: u64,
    },
    /// Too slow.
    #[error("reading it took longer than {seconds} seconds (ingestion.parse_secs)")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// The child ended without an answer.
    #[error(
        "the parser broke on it ({how}); it may need more than {memory_mib} MiB of memory (ingestion.parse_memory_mib)"
    )]
    Crashed {
        /// How it ended.
        how: String,
        /// The limit.
        memory_mib: u64,
    },
    /// The child did not start.
    #[error("the parser did not start: {reason}")]
    Broken {
        /// Why.
        reason: String,
    },
}

impl ExtractError {
    /// Page that it is about, from 1; 0 when it is not about one.
    pub fn page(&self) -> u32 {
        match self {
            Self::Damaged { page, .. } => *page,
            _ => 0,
        }
    }
}

/// Reads a document of any kind. `name` is what it was called, for formats that bytes do not tell.
pub(crate) async fn extract(
    name: &str,
    bytes: &[u8],
    limits: Limits,
) -> Result<Extracted, ExtractError> {
    let kind = detect::detect(name, bytes)?;
    let extracted = match kind {
        detect::Kind::Text(form) => text::extract(form, bytes)?,
        detect::Kind::Parsed(_) => child::extract(name, bytes, limits).await?,
    };
    check(cleaned(extracted), limits)
}

/// Reads in this process what `extract` gives to a child.
fn parse(name: &str, bytes: Vec<u8>, limits: Limits) -> Result<Extracted, ExtractError> {
    match detect::detect(name, &bytes)? {
        detect::Kind::Text(form) => text::extract(form, &bytes),
        detect::Kind::Parsed(format) => office::extract(format, name, bytes, limits),
    }
}

/// A document without characters that nobody sees.
fn cleaned(mut extracted: Extracted) -> Extracted {
    extracted.title = extracted.title.map(invisible::removed);
    for page in &mut extracted.pages {
        page.text = invisible::removed(std::mem::take(&mut page.text));
    }
    extracted
}

fn check(extracted: Extracted, limits: Limits) -> Result<Extracted, ExtractError> {
    let pages = u32::try_from(extracted.pages.len()).unwrap_or(u32::MAX);
    if pages > limits.pages {
        return Err(ExtractError::TooManyPages {
            pages,
            limit: limits.pages,
        });
    }
    let bytes: usize = extracted.pages.iter().map(|page| page.text.len()).sum();
    if bytes as u64 > limits.text_bytes {
        return Err(ExtractError::TooMuchText {
            limit: limits.text_bytes,
        });
    }
    if extracted
        .pages
        .iter()
        .all(|page| page.text.trim().is_empty())
    {
        return Err(ExtractError::NoText);
    }
    Ok(extracted)
}
