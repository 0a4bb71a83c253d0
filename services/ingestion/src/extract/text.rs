//! Plain text, Markdown and CSV.

use super::{ExtractError, Extracted, Page, detect::Form, encoding::decode};

pub(super) fn extract(form: Form, bytes: &[u8]) -> Result<Extracted, ExtractError> {
    let text = decode(bytes)?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (media_type, markdown) = match form {
        Form::Plain => ("text/plain", false),
        Form::Markdown => ("text/markdown", true),
        Form::Csv => ("text/csv", false),
    };
    // A form feed is a page break in text.
    let parts: Vec<&str> = text.split('\u{c}').collect();
    let paged = parts.len() > 1;
    let pages = parts
        .iter()
        .zip(1..)
        .map(|(part, number)| Page {
            number: if paged { number } else { 0 },
            text: (*part).to_owned(),
        })
        .collect();
    Ok(Extracted {
        media_type: media_type.to_owned(),
        title: None,
        markdown,
        pages,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_one_kind_and_form_feeds_are_pages() {
        let extracted = extract(Form::Plain, b"one\r\ntwo\x0cthree").expect("text");
        let pages: Vec<_> = extracted
            .pages
            .iter()
            .map(|page| (page.number, page.text.as_str()))
            .collect();
        assert_eq!(pages, [(1, "one\ntwo"), (2, "three")]);
    }
}
