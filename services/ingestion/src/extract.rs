//! Bytes to text, page by page.
//!
//! Every format, plain text too, is read in a child process of its own, with limits on memory and time and with nothing
//! in reach but its input and its output (`confine`): a parser that loops, overflows its stack, is fed a bomb or is
//! taken over by a document takes down that child and nothing else. Starting one takes some ten milliseconds.

mod about;
mod archive;
mod blank;
mod calls;
mod child;
mod confine;
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
mod wire;
mod xlsx;
mod xml;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::Date;

pub(crate) use about::{tag, written};
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
    /// The day that it says it is of.
    pub dated: Option<Date>,
    /// The tag of the language that it says it is in.
    pub language: Option<String>,
    /// Whether the text is Markdown, or plain.
    pub markdown: bool,
    /// The pages; one without a number where the format has none.
    pub pages: Vec<Page>,
    /// Numbers of pages that nothing is to be read on, by whomever.
    pub blank: Vec<u32>,
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

/// Most characters of a title.
const MAX_TITLE: usize = 300;

/// Reads a document of any kind. `name` is what it was called, for formats that bytes do not tell.
pub(crate) async fn extract(
    name: &str,
    bytes: &[u8],
    limits: Limits,
) -> Result<Extracted, ExtractError> {
    child::extract(name, bytes, limits).await
}

/// Reads in this process, which is the child, what `extract` is given.
fn parse(name: &str, bytes: Vec<u8>, limits: Limits) -> Result<Extracted, ExtractError> {
    let extracted = match detect::detect(name, &bytes)? {
        detect::Kind::Text(form) => text::extract(form, &bytes, limits)?,
        detect::Kind::Parsed(format) => office::extract(format, name, bytes, limits)?,
    };
    // Cleaned before it is counted: a scan may give nothing but soft hyphens.
    check(cleaned(extracted), limits)
}

/// Whether a text has words or numbers.
pub(crate) fn says_something(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// A document without characters that nobody sees.
fn cleaned(mut extracted: Extracted) -> Extracted {
    extracted.title = extracted.title.map(invisible::removed);
    for page in &mut extracted.pages {
        page.text = invisible::removed(std::mem::take(&mut page.text));
    }
    extracted
}

fn check(mut extracted: Extracted, limits: Limits) -> Result<Extracted, ExtractError> {
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
    // What a document calls its title may be anything, and goes where one line is expected.
    extracted.title = extracted.title.as_deref().and_then(one_line);
    Ok(extracted)
}

/// A text as one line without control characters, cut to the length of a title; `None` when nothing is left.
fn one_line(text: &str) -> Option<String> {
    // Titles go into prompts and chat messages, where a line break would begin something new.
    let printable = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = printable
        .filter(|word| !word.is_empty())
        .flat_map(|word| [" ", word])
        .flat_map(str::chars)
        .skip(1)
        .take(MAX_TITLE)
        .collect::<String>();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        pages: 100,
        text_bytes: 1 << 20,
        seconds: 10,
        memory_mib: 64,
    };

    #[test]
    fn pages_of_text_are_counted_before_they_are_kept() {
        let pages = 1 << 19;
        let error = parse("a.txt", vec![b'\x0c'; pages], LIMITS).expect_err("too many");
        let ExtractError::TooManyPages {
            pages: found,
            limit,
        } = error
        else {
            panic!("{error}");
        };
        assert_eq!((found as usize, limit), (pages + 1, LIMITS.pages));
    }

    #[test]
    fn text_is_bounded_while_it_is_decoded() {
        // Two bytes of UTF-16 become three of UTF-8.
        let text = "过".repeat(400_000);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [[b"\xff\xfe".as_slice(), &bytes].concat(), text.into_bytes()] {
            let error = parse("a.txt", bytes, LIMITS).expect_err("too long");
            assert!(matches!(error, ExtractError::TooMuchText { .. }), "{error}");
        }
    }

    #[test]
    fn a_title_is_one_line_of_a_bounded_length() {
        assert_eq!(one_line(" On\n wings\0 "), Some("On wings".to_owned()));
        assert_eq!(one_line("\0\n"), None);
        let long = one_line(&"word ".repeat(1_000)).expect("a title");
        assert_eq!(long.chars().count(), MAX_TITLE);
    }
}
