//! What the parser's process is told, and what it answers: a length of four bytes, a head in JSON, then plain bytes.
//!
//! The text of the pages follows the head as it is, so that it is written and read without a second copy. The answer
//! comes from a process that a document may have taken over: nothing of it is believed, and none of it is given memory
//! before its length was held against the limits.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{ExtractError, Extracted, Limits};

/// Most bytes of a head: this, and so many for each page that is allowed.
const HEAD: usize = 1 << 20;
const HEAD_OF_PAGE: usize = 128;

/// A document to read; its bytes follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) name: String,
    /// Length of the document in bytes.
    pub(super) size: u64,
    pub(super) limits: Limits,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Answer {
    /// What the kernel could not refuse to the process, a line each.
    pub(super) unconfined: Vec<String>,
    pub(super) result: Result<Extracted, ExtractError>,
}

/// An answer that cannot be read.
#[derive(Debug, Error)]
pub(super) enum Unreadable {
    /// The process ended before it had answered.
    #[error("it ended early: {0}")]
    Ended(#[from] io::Error),
    /// It is longer than a document may be.
    #[error("it answered with more than a document may have")]
    TooLong,
    /// It is none.
    #[error("its answer is none")]
    Wrong,
}

/// An answer without the text of its pages.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    unconfined: Vec<String>,
    result: Result<Extracted, ExtractError>,
    /// Bytes of text of each page.
    lengths: Vec<u64>,
}

impl Task {
    /// Its head, as it is sent before the document.
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        framed(self)
    }

    pub(super) fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        // This side is the child: what it reads comes from the service, and may be believed.
        let mut head = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut head)?;
        Ok(serde_json::from_slice(&head)?)
    }
}

impl Answer {
    pub(super) fn write(self, output: &mut impl Write) -> io::Result<()> {
        let mut result = self.result;
        let texts: Vec<String> = result.as_mut().map_or_else(
            |_| Vec::new(),
            |extracted| {
                let pages = extracted.pages.iter_mut();
                pages.map(|page| std::mem::take(&mut page.text)).collect()
            },
        );
        let head = Head {
            unconfined: self.unconfined,
            result,
            lengths: texts.iter().map(|text| text.len() as u64).collect(),
        };
        output.write_all(&framed(&head)?)?;
        for text in texts {
            output.write_all(text.as_bytes())?;
        }
        output.flush()
    }

    pub(super) async fn read(
        output: &mut (impl AsyncRead + Unpin),
        limits: Limits,
    ) -> Result<Self, Unreadable> {
        let Head {
            unconfined,
            mut result,
            lengths,
        } = read_head(output, limits).await?;
        if let Ok(extracted) = &mut result {
            check(extracted, &lengths, limits)?;
            for (page, length) in extracted.pages.iter_mut().zip(lengths) {
                page.text = read_text(output, length).await?;
            }
        }
        Ok(Self { unconfined, result })
    }
}

fn framed(head: &impl Serialize) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(head)?;
    let length = u32::try_from(head.len()).map_err(io::Error::other)?;
    Ok([length.to_le_bytes().as_slice(), &head].concat())
}

async fn read_head<T: DeserializeOwned>(
    output: &mut (impl AsyncRead + Unpin),
    limits: Limits,
) -> Result<T, Unreadable> {
    let length = output.read_u32_le().await? as usize;
    if length > HEAD + HEAD_OF_PAGE * limits.pages as usize {
        return Err(Unreadable::TooLong);
    }
    let mut head = vec![0; length];
    output.read_exact(&mut head).await?;
    serde_json::from_slice(&head).map_err(|_| Unreadable::Wrong)
}

/// Holds an answer against the limits before its text is read.
fn check(extracted: &Extracted, lengths: &[u64], limits: Limits) -> Result<(), Unreadable> {
    let pages = extracted.pages.len();
    // Text in the head would not be counted.
    if lengths.len() != pages || extracted.pages.iter().any(|page| !page.text.is_empty()) {
        return Err(Unreadable::Wrong);
    }
    // Lengths that overflow together would pass for a small sum.
    let sum = |sum: u64, length: &u64| sum.checked_add(*length);
    let bytes = lengths.iter().try_fold(0, sum);
    if pages > limits.pages as usize || bytes.is_none_or(|bytes| bytes > limits.text_bytes) {
        return Err(Unreadable::TooLong);
    }
    Ok(())
}

async fn read_text(
    output: &mut (impl AsyncRead + Unpin),
    length: u64,
) -> Result<String, Unreadable> {
    let length = usize::try_from(length).map_err(|_| Unreadable::TooLong)?;
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).await?;
    String::from_utf8(bytes).map_err(|_| Unreadable::Wrong)
}

#[cfg(test)]
mod tests {
    use super::{super::Page, *};

    const LIMITS: Limits = Limits {
        pages: 3,
        text_bytes: 20,
        seconds: 1,
        memory_mib: 1,
    };

    fn document(pages: &[&str]) -> Extracted {
        let pages = pages.iter().zip(1..).map(|(text, number)| Page {
            number,
            text: (*text).to_owned(),
        });
        Extracted {
            media_type: "text/plain".to_owned(),
            pages: pages.collect(),
            ..Extracted::default()
        }
    }

    fn written(document: Extracted) -> Vec<u8> {
        let mut bytes = Vec::new();
        let answer = Answer {
            unconfined: vec!["no Landlock".to_owned()],
            result: Ok(document),
        };
        answer.write(&mut bytes).expect("written");
        bytes
    }

    #[tokio::test]
    async fn an_answer_arrives_as_it_was_given() {
        let given = document(&["one\n", "", "zwölf"]);
        let bytes = written(given.clone());
        let answer = Answer::read(&mut bytes.as_slice(), LIMITS).await;
        let answer = answer.expect("read");
        assert_eq!(answer.unconfined, ["no Landlock"]);
        assert_eq!(answer.result.expect("a document"), given);
    }

    #[tokio::test]
    async fn an_answer_past_the_limits_is_not_read() {
        let too_long = "x".repeat(21);
        for pages in [&["a", "b", "c", "d"][..], &[too_long.as_str()]] {
            let bytes = written(document(pages));
            let answer = Answer::read(&mut bytes.as_slice(), LIMITS).await;
            assert!(matches!(answer, Err(Unreadable::TooLong)), "{answer:?}");
        }
        // A head of 4 GiB, of which nothing comes.
        let mut head: &[u8] = &u32::MAX.to_le_bytes();
        let answer = Answer::read(&mut head, LIMITS).await;
        assert!(matches!(answer, Err(Unreadable::TooLong)), "{answer:?}");
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_or_is_none_is_said() {
        let whole = written(document(&["one", "two"]));
        let answer = Answer::read(&mut &whole[..whole.len() - 1], LIMITS).await;
        assert!(matches!(answer, Err(Unreadable::Ended(_))), "{answer:?}");
        let mut none: &[u8] = b"\x02\0\0\0{]";
        let answer = Answer::read(&mut none, LIMITS).await;
        assert!(matches!(answer, Err(Unreadable::Wrong)), "{answer:?}");
        let mut no_text = whole;
        if let Some(last) = no_text.last_mut() {
            *last = 0xff;
        }
        let answer = Answer::read(&mut no_text.as_slice(), LIMITS).await;
        assert!(matches!(answer, Err(Unreadable::Wrong)), "{answer:?}");
    }
}
