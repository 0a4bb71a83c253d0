//! What people are told of where citations lead.

use crate::generation::Citation;

/// Most characters of a title, and of a heading, that are shown.
const MAX_TITLE: usize = 80;
const MAX_HEADING: usize = 60;
/// Headings that are shown, innermost ones first taken.
const HEADINGS: usize = 2;

/// Citations of one place in a document: they share its section and its page.
#[derive(Debug, Clone)]
pub struct CitedPlace<'a> {
    /// The citations, by number. There is at least one.
    pub citations: Vec<&'a Citation>,
}

impl CitedPlace<'_> {
    /// The marks that stand for it in the text, such as `[1][3]`.
    pub fn marks(&self) -> String {
        let marks = self
            .citations
            .iter()
            .map(|citation| format!("[{}]", citation.n));
        marks.collect()
    }

    /// Where it is, and of which day where the document says so; `page` says a page number in the reader's language.
    pub fn name(&self, page: impl Fn(u32) -> String) -> String {
        self.citations.first().map_or_else(String::new, |citation| {
            let Citation {
                title,
                document,
                heading_path,
                dated,
                ..
            } = citation;
            let place = place(title, document, heading_path, citation.page, page);
            if dated.is_empty() {
                place
            } else {
                format!("{place} ({dated})")
            }
        })
    }
}

/// Groups citations by the places that they name, in the order of the first of each.
pub fn sources(citations: &[Citation]) -> Vec<CitedPlace<'_>> {
    let place = |citation: &Citation| {
        (
            citation.document.clone(),
            citation.heading_path.clone(),
            citation.page,
        )
    };
    let mut sources: Vec<CitedPlace<'_>> = Vec::new();
    for citation in citations {
        let known = sources.iter_mut().find(|source| {
            let first = source.citations.first();
            first.is_some_and(|first| place(first) == place(citation))
        });
        match known {
            Some(source) => source.citations.push(citation),
            None => sources.push(CitedPlace {
                citations: vec![citation],
            }),
        }
    }
    sources
}

/// Where a passage is, for a person: `Handbook › Leave, p. 4`. The document stands for a title that is empty, and a
/// page of 0 for none.
pub fn place(
    title: &str,
    document: &str,
    heading_path: &[String],
    number: u32,
    page: impl Fn(u32) -> String,
) -> String {
    let title = short(if title.is_empty() { document } else { title }, MAX_TITLE);
    let headings: Vec<String> = heading_path
        .iter()
        .map(|heading| short(heading, MAX_HEADING))
        // The first heading of a document is often its title.
        .filter(|heading| !heading.is_empty() && *heading != title)
        .collect();
    // The innermost ones: they tell where on the page to look.
    let shown = &headings[headings.len().saturating_sub(HEADINGS)..];
    let mut place = title;
    for heading in shown {
        place.push_str(" › ");
        place.push_str(heading);
    }
    if number > 0 {
        place.push_str(", ");
        place.push_str(&page(number));
    }
    place
}

/// The beginning of a text, in one line.
fn short(text: &str, most: usize) -> String {
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(most).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation(n: u32, document: &str, headings: &[&str], page: u32) -> Citation {
        Citation {
            n,
            document: document.to_owned(),
            title: "Handbook".to_owned(),
            page,
            heading_path: headings
                .iter()
                .map(|heading| (*heading).to_owned())
                .collect(),
            ..Citation::default()
        }
    }

    #[test]
    fn each_place_stands_once() {
        let citations = [
            citation(1, "a", &["Handbook", "Leave"], 4),
            citation(2, "a", &["Handbook", "Leave"], 5),
            citation(3, "a", &["Handbook", "Leave"], 4),
            Citation {
                dated: "2026-05-01".to_owned(),
                ..citation(4, "b", &["Handbook"], 0)
            },
        ];
        let page = |page| format!("p. {page}");
        let listed: Vec<String> = sources(&citations)
            .iter()
            .map(|source| format!("{} {}", source.marks(), source.name(page)))
            .collect();
        assert_eq!(
            listed,
            [
                "[1][3] Handbook › Leave, p. 4",
                "[2] Handbook › Leave, p. 5",
                "[4] Handbook (2026-05-01)",
            ]
        );
    }
}
