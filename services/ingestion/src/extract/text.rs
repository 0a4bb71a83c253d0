//! Plain text, Markdown and CSV.

use std::borrow::Cow;

use super::{
    ExtractError, Extracted, Limits, Page, about::About, csv, detect::Form, encoding::decode,
    front_matter, invisible,
};

/// A page break in text: a form feed.
const PAGE_BREAK: char = '\u{c}';

pub(super) fn extract(form: Form, bytes: &[u8], limits: Limits) -> Result<Extracted, ExtractError> {
    let text = decode(bytes, limits.text_bytes)?;
    // Before the pages are made: a file of form feeds alone would make one a byte.
    count_pages(&text, limits)?;
    // Line ends of Windows and of the old Macintosh.
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    };
    let (media_type, markdown) = match form {
        Form::Plain => ("text/plain", false),
        Form::Markdown => ("text/markdown", true),
        Form::Csv => {
            if let Some(table) = csv::markdown(&text) {
                return Ok(table_of(table));
            }
            ("text/csv", false)
        }
    };
    let (about, text) = if markdown {
        front_matter::split(&text)
    } else {
        (About::default(), &*text)
    };
    let paged = text.contains(PAGE_BREAK);
    let pages = text
        .split(PAGE_BREAK)
        .zip(1..)
        .map(|(part, number)| Page {
            number: if paged { number } else { 0 },
            text: if markdown {
                invisible::without_entities(part).into_owned()
            } else {
                part.to_owned()
            },
        })
        .collect();
    Ok(Extracted {
        media_type: media_type.to_owned(),
        title: about.get("title").map(str::to_owned),
        dated: about.dated(),
        language: about.language(),
        markdown,
        pages,
        ..Extracted::default()
    })
}

fn table_of(text: String) -> Extracted {
    Extracted {
        media_type: "text/csv".to_owned(),
        markdown: true,
        pages: vec![Page { number: 0, text }],
        ..Extracted::default()
    }
}

/// Counts pages without keeping any: a page is kept in more bytes than its break takes in the file.
fn count_pages(text: &str, limits: Limits) -> Result<(), ExtractError> {
    let pages = text.matches(PAGE_BREAK).count() + 1;
    if pages > limits.pages as usize {
        return Err(ExtractError::TooManyPages {
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
            limit: limits.pages,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        pages: 10,
        text_bytes: 1_000,
        seconds: 1,
        memory_mib: 1,
    };

    #[test]
    fn line_ends_are_one_kind_and_form_feeds_are_pages() {
        let extracted = extract(Form::Plain, b"one\r\ntwo\x0cthree", LIMITS).expect("text");
        let pages: Vec<_> = extracted
            .pages
            .iter()
            .map(|page| (page.number, page.text.as_str()))
            .collect();
        assert_eq!(pages, [(1, "one\ntwo"), (2, "three")]);
    }

    #[test]
    fn front_matter_of_markdown_is_its_title_and_its_day() {
        let text =
            b"---\r\ntitle: Boats\r\ndate: 2026-05-01\r\n---\r\nThe last boat leaves at 23:05.";
        let extracted = extract(Form::Markdown, text, LIMITS).expect("text");
        assert_eq!(extracted.title.as_deref(), Some("Boats"));
        let day = extracted.dated.map(super::super::written);
        assert_eq!(day.as_deref(), Some("2026-05-01"));
        assert_eq!(extracted.pages[0].text, "The last boat leaves at 23:05.");
    }

    #[test]
    fn values_are_a_table() {
        let extracted = extract(Form::Csv, b"pump,bar\nHX-1,3\n", LIMITS).expect("text");
        assert!(extracted.markdown);
        assert_eq!(
            extracted.pages[0].text,
            "| pump | bar |\n|---|---|\n| HX-1 | 3 |\n"
        );
    }
}
