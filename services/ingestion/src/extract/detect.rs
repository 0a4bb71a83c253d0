//! What a file is: its bytes decide, its name only where they cannot.

use super::{ExtractError, encoding::is_text};

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Decoded.
    Text(Form),
    /// Parsed by a library.
    Parsed(Format),
}

/// Forms of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Markdown,
    Csv,
}

/// Formats that a library parses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Pdf,
    Docx,
    Pptx,
    Xlsx,
    Epub,
    Html,
}

impl Format {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Epub => "application/epub+zip",
            Self::Html => "text/html",
        }
    }

    /// Whether it is a ZIP archive inside.
    pub(super) fn is_archive(self) -> bool {
        matches!(self, Self::Docx | Self::Pptx | Self::Xlsx | Self::Epub)
    }

    fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "pdf" => Some(Self::Pdf),
            "docx" => Some(Self::Docx),
            "pptx" => Some(Self::Pptx),
            "xlsx" => Some(Self::Xlsx),
            "epub" => Some(Self::Epub),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            _ => None,
        }
    }
}

/// Bytes in which a text's form shows.
const HEAD: usize = 4 << 10;

pub(super) fn detect(name: &str, bytes: &[u8]) -> Result<Kind, ExtractError> {
    if bytes.is_empty() {
        return Err(ExtractError::Empty);
    }
    let extension = extension(name);
    let named = Format::of_extension(&extension);
    // The bytes before the name: a PDF that was saved as .docx is read as what it is.
    if let Some(format) = format_of(bytes) {
        return Ok(Kind::Parsed(format));
    }
    // Its guesses of text formats are by a few characters, and Markdown that begins with a tag is no HTML.
    if let Some(found) = infer::get(bytes).filter(|found| !found.mime_type().starts_with("text/")) {
        let found = found.mime_type().to_owned();
        return Err(match named {
            // Named as an office format, and none of its folders is in it.
            Some(_) if found == "application/zip" => {
                damaged("it is a ZIP archive without a document in it")
            }
            Some(_) => ExtractError::Lying { extension, found },
            None => ExtractError::Unsupported { found },
        });
    }
    if !is_text(bytes) {
        return Err(match named {
            Some(Format::Html) | None => ExtractError::Unsupported {
                found: "binary data".to_owned(),
            },
            Some(_) => damaged("its beginning is not one of that format"),
        });
    }
    match named {
        Some(Format::Html) => Ok(Kind::Parsed(Format::Html)),
        Some(_) => Err(ExtractError::Lying {
            extension,
            found: "plain text".to_owned(),
        }),
        // Pages without an ending: most addresses of the web have none.
        None if looks_like_html(bytes) => Ok(Kind::Parsed(Format::Html)),
        None => Ok(Kind::Text(match extension.as_str() {
            "md" | "markdown" | "mdown" => Form::Markdown,
            "csv" | "tsv" => Form::Csv,
            _ => Form::Plain,
        })),
    }
}

fn damaged(reason: &str) -> ExtractError {
    ExtractError::Damaged {
        reason: reason.to_owned(),
        page: 0,
    }
}

/// The ending of a file name or of an address's path, in lower case.
fn extension(name: &str) -> String {
    let path = name.split(['?', '#']).next().unwrap_or(name);
    let file = path.rsplit('/').next().unwrap_or(path);
    file.rsplit_once('.')
        .map_or_else(String::new, |(_, end)| end.to_ascii_lowercase())
}

fn format_of(bytes: &[u8]) -> Option<Format> {
    // Writers put a few bytes before the header now and then; the format allows 1,024.
    if bytes[..bytes.len().min(1_024)]
        .windows(5)
        .any(|window| window == b"%PDF-")
    {
        return Some(Format::Pdf);
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let archive = zip::ZipArchive::new(std::io::Cursor::new(bytes));
    match archive {
        Ok(archive) => {
            let holds = |prefix: &str| archive.file_names().any(|name| name.starts_with(prefix));
            if holds("word/") {
                Some(Format::Docx)
            } else if holds("ppt/") {
                Some(Format::Pptx)
            } else if holds("xl/") {
                Some(Format::Xlsx)
            } else if holds("META-INF/container.xml") {
                Some(Format::Epub)
            } else {
                None
            }
        }
        // Cut off: the directory at the end is missing. What it was shows in its first entries.
        Err(_) => match infer::get(bytes)?.mime_type() {
            mime if mime == Format::Docx.media_type() => Some(Format::Docx),
            mime if mime == Format::Pptx.media_type() => Some(Format::Pptx),
            mime if mime == Format::Xlsx.media_type() => Some(Format::Xlsx),
            mime if mime == Format::Epub.media_type() => Some(Format::Epub),
            _ => None,
        },
    }
}

fn looks_like_html(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with("<!doctype html") || head.starts_with("<html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_win_over_the_name() {
        assert_eq!(
            detect("notes.txt", b"%PDF-1.7\n").expect("a PDF"),
            Kind::Parsed(Format::Pdf)
        );
        assert_eq!(
            detect("page", b"<!DOCTYPE html><p>x").expect("HTML"),
            Kind::Parsed(Format::Html)
        );
    }

    #[test]
    fn a_lying_name_is_said() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        let error = detect("report.pdf", png)
            .expect_err("a picture")
            .to_string();
        assert!(
            error.contains(".pdf") && error.contains("image/png"),
            "{error}"
        );
        assert!(matches!(
            detect("a.docx", b"just words"),
            Err(ExtractError::Lying { .. })
        ));
    }

    #[test]
    fn junk_is_refused() {
        let junk: Vec<u8> = (0..4_096_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        assert!(matches!(
            detect("data.txt", &junk),
            Err(ExtractError::Unsupported { .. })
        ));
        assert!(matches!(detect("empty.md", b""), Err(ExtractError::Empty)));
    }

    #[test]
    fn addresses_have_extensions_too() {
        assert_eq!(extension("https://example.org/a/guide.MD?raw=1#top"), "md");
        assert_eq!(extension("https://example.org/a.b/guide"), "");
    }
}
