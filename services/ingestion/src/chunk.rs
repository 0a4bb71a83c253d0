//! Text to passages that follow its structure.

use std::ops::Range;

use kitoken::Kitoken;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use stoa_language::sentences;
use text_splitter::{ChunkCapacity, ChunkConfig, MarkdownSplitter, TextSplitter};

use crate::{extract::Extracted, tokens::TokenCounter};

/// Most tokens of a passage's context.
const CONTEXT_TOKENS: usize = 40;
/// Most passages of a plain text whose beginning is the context of the others. What a longer text begins with says
/// little about its parts.
const SHORT_TEXT: usize = 8;
/// Most headings a passage names, and most characters of one.
const MAX_HEADINGS: usize = 6;
const MAX_HEADING: usize = 120;

/// Most characters of a page that are the end of the last page's sentence.
const MAX_REST: usize = 300;

/// What a sentence ends with.
const SENTENCE_ENDS: [char; 8] = ['.', '!', '?', '。', '！', '？', '”', '」'];

/// A passage: a part of a document that is found and cited as one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Passage {
    /// Page it begins on, from 1; 0 where the format has none.
    pub(crate) page: u32,
    /// Headings above it, outermost first.
    pub(crate) heading_path: Vec<String>,
    /// ISO 639-3 code of its language; empty when it could not be told.
    pub(crate) language: String,
    /// Its text.
    pub(crate) text: String,
    /// What it is found by besides its own words, and above them: its headings, or how a short plain text begins.
    /// One a line.
    pub(crate) context: String,
    /// What is embedded, and the mean of it taken: the text in parts that the model is best at, each after the lines
    /// of the context that it does not hold itself.
    pub(crate) embedded: Vec<String>,
}

/// How long texts may be, in the embedding model's tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// A passage, its context included.
    pub(crate) passage: usize,
    /// A part of it that is embedded, its context included.
    pub(crate) embedded: usize,
}

/// A document as passages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chunked {
    /// First heading of the text, if there is one.
    pub(crate) heading: Option<String>,
    pub(crate) passages: Vec<Passage>,
}

/// The pages as one text, so that a sentence may run over the end of a page.
struct Joined {
    text: String,
    /// Where each page begins, and its number.
    pages: Vec<(usize, u32)>,
    /// Texts that no passage runs over the end of: a page each, with the end of its last sentence. A passage of two
    /// pages would be cited with the first of them, whatever it is cited for.
    sections: Vec<Range<usize>>,
}

/// A table of the text.
struct Table {
    range: Range<usize>,
    /// Where its heads end.
    heads: usize,
}

struct Heading {
    at: usize,
    level: usize,
    text: String,
}

/// Splits a document into passages. Headings,
/// paragraphs, lists, tables and code stay whole where they fit, and sentences where those do not; Chinese and Japanese
/// sentences too.
pub(crate) fn chunk(extracted: &Extracted, tokenizer: Option<&Kitoken>, sizes: Sizes) -> Chunked {
    let max_tokens = sizes.passage;
    let joined = join(extracted);
    let counter = TokenCounter::new(tokenizer);
    let headings = if extracted.markdown {
        headings(&joined.text)
    } else {
        Vec::new()
    };
    let tables = if extracted.markdown {
        tables(&joined.text)
    } else {
        Vec::new()
    };
    let total = counter.count(&joined.text);
    let lead = if !extracted.markdown && total <= max_tokens * SHORT_TEXT {
        lead(&counter, &joined.text)
    } else {
        ""
    };
    let has_context = !headings.is_empty() || (!lead.is_empty() && total > max_tokens);
    let room = if has_context {
        beside_context(max_tokens)
    } else {
        max_tokens
    };
    let parts = joined.sections.iter().flat_map(|section| {
        let text = &joined.text[section.clone()];
        let config = ChunkConfig::new(even(counter.count(text), room)).with_sizer(&counter);
        let parts: Vec<(usize, &str)> = if extracted.markdown {
            MarkdownSplitter::new(config).chunk_indices(text).collect()
        } else {
            TextSplitter::new(config).chunk_indices(text).collect()
        };
        let begin = section.start;
        parts.into_iter().map(move |(at, part)| (begin + at, part))
    });
    let passages = parts
        .filter(|(_, text)| text.chars().any(char::is_alphanumeric))
        .map(|(at, text)| {
            let heading_path = path_at(&headings, at);
            let context = if lead.is_empty() {
                context(&counter, &heading_path)
            } else {
                lead.to_owned()
            };
            let heads = heads_at(&tables, &joined.text, at);
            let fits = counter.count(heads) <= room / 4;
            let text = if fits {
                [heads, text].concat()
            } else {
                text.to_owned()
            };
            Passage {
                page: joined.page_at(at),
                language: whatlang::detect_lang(&text)
                    .map_or_else(String::new, |lang| lang.code().to_owned()),
                heading_path,
                embedded: embedded(&counter, &context, &text, sizes.embedded),
                text,
                context,
            }
        })
        .collect();
    Chunked {
        heading: headings.into_iter().next().map(|heading| heading.text),
        passages,
    }
}

/// Tokens that are left beside a context.
fn beside_context(tokens: usize) -> usize {
    tokens.saturating_sub(CONTEXT_TOKENS).max(tokens / 2)
}

/// A passage as the texts that are embedded for it.
fn embedded(counter: &TokenCounter<'_>, context: &str, text: &str, most: usize) -> Vec<String> {
    let room = if context.is_empty() {
        most
    } else {
        beside_context(most)
    };
    let config = ChunkConfig::new(even(counter.count(text), room)).with_sizer(counter);
    let splitter = TextSplitter::new(config);
    let parts = splitter.chunks(text).map(|part| {
        let lines = context.lines().filter(|line| !part.contains(line));
        lines.chain([part]).collect::<Vec<_>>().join("\n")
    });
    parts.collect()
}

/// A text that is a little too long for one passage is better two halves than one whole and a scrap.
fn even(tokens: usize, room: usize) -> ChunkCapacity {
    let passages = tokens.div_ceil(room).max(1);
    let desired = tokens.div_ceil(passages).clamp(1, room);
    ChunkCapacity::new(desired)
        .with_max(room)
        .unwrap_or_else(|_| ChunkCapacity::new(room))
}

fn join(extracted: &Extracted) -> Joined {
    let mut text = String::new();
    let mut pages = Vec::with_capacity(extracted.pages.len());
    let mut sections: Vec<Range<usize>> = Vec::with_capacity(extracted.pages.len());
    let mut open = 0;
    let mut unfinished = false;
    for page in &extracted.pages {
        let body = page.text.trim_end();
        let begin = text.len();
        let rest = if unfinished { end_of_sentence(body) } else { 0 };
        sections.push(open..begin + rest);
        open = begin + rest;
        unfinished = !extracted.markdown && !body.ends_with(SENTENCE_ENDS);
        pages.push((begin, page.number));
        text.push_str(body);
        text.push_str("\n\n");
    }
    sections.push(open..text.len());
    Joined {
        text,
        pages,
        sections,
    }
}

/// Where the sentence that a text begins with ends; 0 when it does not soon.
fn end_of_sentence(text: &str) -> usize {
    let near = text.char_indices().take(MAX_REST);
    near.map(|(at, c)| (at + c.len_utf8(), c))
        .find(|(end, c)| sentences::is_end(*c, &text[*end..]))
        .map_or(0, |(end, _)| end)
}

impl Joined {
    fn page_at(&self, offset: usize) -> u32 {
        let after = self.pages.partition_point(|(begin, _)| *begin <= offset);
        after.checked_sub(1).map_or(0, |index| self.pages[index].1)
    }
}

fn headings(markdown: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut open: Option<Heading> = None;
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                open = Some(Heading {
                    at: range.start,
                    level: level as usize,
                    text: String::new(),
                });
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut open {
                    heading.text.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                found.extend(open.take().map(|mut heading| {
                    heading.text = heading.text.trim().chars().take(MAX_HEADING).collect();
                    heading
                }));
            }
            _ => {}
        }
    }
    found.retain(|heading| !heading.text.is_empty());
    found
}

fn tables(markdown: &str) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Table(_)) => {
                let heads = range.start;
                found.push(Table { range, heads });
            }
            // The first row ends the heads, and the line that parts them from it.
            Event::Start(Tag::TableRow) => {
                if let Some(table) = found.last_mut()
                    && table.heads == table.range.start
                {
                    table.heads = range.start;
                }
            }
            _ => {}
        }
    }
    found
}

/// The heads of the table whose later rows begin at a place; empty where it is no such place. Without them, a row says
/// numbers and not of what.
fn heads_at<'a>(tables: &[Table], text: &'a str, at: usize) -> &'a str {
    let table = tables
        .iter()
        .find(|table| table.range.contains(&at) && at >= table.heads);
    table.map_or("", |table| &text[table.range.start..table.heads])
}

/// Headings that a place stands under, its own included.
fn path_at(headings: &[Heading], at: usize) -> Vec<String> {
    let mut path: Vec<&Heading> = Vec::new();
    for heading in headings.iter().take_while(|heading| heading.at <= at) {
        while path
            .last()
            .is_some_and(|above| above.level >= heading.level)
        {
            path.pop();
        }
        path.push(heading);
    }
    path.iter()
        .take(MAX_HEADINGS)
        .map(|heading| heading.text.clone())
        .collect()
}

/// As many headings as there is room for.
fn context(counter: &TokenCounter<'_>, path: &[String]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut tokens = 0;
    // The innermost heading says most, so it is the last to be left out.
    for heading in path.iter().rev() {
        tokens += counter.count(heading);
        if tokens > CONTEXT_TOKENS {
            break;
        }
        kept.insert(0, heading);
    }
    kept.join("\n")
}

/// The first sentence of a text; nothing when it is a long one.
fn lead<'a>(counter: &TokenCounter<'_>, text: &'a str) -> &'a str {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, c)| *c == '\n' || sentences::is_end(*c, &text[at + c.len_utf8()..]))
        .map_or(text.len(), |(at, c)| at + c.len_utf8());
    let lead = text[..end].trim();
    if counter.count(lead) <= CONTEXT_TOKENS {
        lead
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::Page;

    fn markdown(text: &str) -> Extracted {
        let page = Page {
            number: 0,
            text: text.to_owned(),
        };
        Extracted {
            markdown: true,
            pages: vec![page],
            ..Extracted::default()
        }
    }

    fn plain(pages: &[&str]) -> Extracted {
        let pages = pages
            .iter()
            .zip(1..)
            .map(|(text, number)| Page {
                number,
                text: (*text).to_owned(),
            })
            .collect();
        Extracted {
            pages,
            ..Extracted::default()
        }
    }

    fn sizes(passage: usize) -> Sizes {
        Sizes {
            passage,
            embedded: passage,
        }
    }

    fn texts(chunked: &Chunked) -> Vec<&str> {
        chunked
            .passages
            .iter()
            .map(|passage| passage.text.as_str())
            .collect()
    }

    #[test]
    fn passages_know_the_headings_above_them() {
        let document = markdown(
            "# Handbook\n\nIntro text here.\n\n## Leave\n\n### Parents\n\nTwelve weeks of leave.\n\n## Pay\n\nPaid monthly.",
        );
        let chunked = chunk(&document, None, sizes(12));
        let leave = chunked
            .passages
            .iter()
            .find(|p| p.text.contains("Twelve"))
            .expect("there");
        assert_eq!(leave.heading_path, ["Handbook", "Leave", "Parents"]);
        assert!(leave.embedded.concat().contains("Leave"), "{leave:?}");
        let pay = chunked
            .passages
            .iter()
            .find(|p| p.text.contains("monthly"))
            .expect("there");
        assert_eq!(pay.heading_path, ["Handbook", "Pay"]);
        assert_eq!(chunked.heading.as_deref(), Some("Handbook"));
    }

    #[test]
    fn tables_and_code_that_fit_stay_whole() {
        let table = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |";
        let code = "```rust\nfn main() {\n    println!(\"hello\");\n}\n```";
        let document = markdown(&format!(
            "Some words that come before it all.\n\n{table}\n\n{code}\n"
        ));
        let chunked = chunk(&document, None, sizes(30));
        let texts = texts(&chunked);
        assert!(texts.iter().any(|text| text.contains(table)), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains(code)), "{texts:?}");
    }

    #[test]
    fn chinese_is_split_between_sentences() {
        let sentence = "过拟合是指模型在训练集上表现很好但在新样本上表现很差的现象。";
        let document = plain(&[&sentence.repeat(12)]);
        let chunked = chunk(&document, None, sizes(100));
        assert!(chunked.passages.len() > 2);
        for text in texts(&chunked) {
            assert!(text.ends_with('。'), "{text}");
            assert_eq!(chunked.passages[0].language, "cmn");
        }
    }

    #[test]
    fn passages_name_the_page_they_begin_on() {
        let document = plain(&[
            "First page has these words.",
            "Second page has other words.",
        ]);
        let chunked = chunk(&document, None, sizes(12));
        let pages: Vec<_> = chunked
            .passages
            .iter()
            .map(|p| (p.page, p.text.split(' ').next().unwrap_or("")))
            .collect();
        assert_eq!(pages.first(), Some(&(1, "First")));
        assert_eq!(
            pages.iter().find(|(page, _)| *page == 2),
            Some(&(2, "Second"))
        );
    }

    #[test]
    fn a_sentence_ends_on_its_page_and_nothing_else_runs_over() {
        let document = plain(&[
            "The gate opens at nine. It closes",
            "at ten in the evening. Keys are at the desk.",
            "Page three has no stop",
            "and page four begins a table 1 2 3",
        ]);
        let chunked = chunk(&document, None, sizes(200));
        let found: Vec<_> = chunked
            .passages
            .iter()
            .map(|p| (p.page, p.text.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (
                    1,
                    "The gate opens at nine. It closes\n\nat ten in the evening."
                ),
                (2, "Keys are at the desk."),
                (3, "Page three has no stop"),
                (4, "and page four begins a table 1 2 3"),
            ]
        );
    }

    #[test]
    fn each_part_of_a_long_table_has_its_heads() {
        let rows: Vec<String> = (0..60).map(|n| format!("| pump {n} | {n} bar |")).collect();
        let heads = "| name | pressure |\n|---|---|\n";
        let document = markdown(&format!(
            "# Pumps\n\nAll pumps.\n\n{heads}{}\n\nAfter it.",
            rows.join("\n")
        ));
        let chunked = chunk(&document, None, sizes(120));
        assert!(chunked.passages.len() > 3);
        for passage in &chunked.passages {
            let has_rows = passage.text.contains("| pump");
            assert_eq!(
                passage.text.matches(heads).count(),
                usize::from(has_rows),
                "{}",
                passage.text
            );
        }
        for row in rows {
            let held = chunked
                .passages
                .iter()
                .filter(|p| p.text.contains(&row))
                .count();
            assert_eq!(held, 1, "{row}");
        }
    }

    #[test]
    fn a_text_that_is_a_little_too_long_becomes_even_parts() {
        let sentences: Vec<String> = (0..11)
            .map(|n| format!("Sentence {n} is of ordinary length."))
            .collect();
        let chunked = chunk(&plain(&[&sentences.join(" ")]), None, sizes(120));
        let counter = TokenCounter::new(None);
        let sizes: Vec<usize> = chunked
            .passages
            .iter()
            .map(|p| counter.count(&p.text))
            .collect();
        assert_eq!(sizes.len(), 2, "{sizes:?}");
        assert!(sizes[1] * 2 > sizes[0], "{sizes:?}");
    }

    #[test]
    fn the_parts_of_a_short_text_are_found_by_how_it_begins() {
        let sentences: Vec<String> = (0..20)
            .map(|n| format!("Sentence {n} is of ordinary length."))
            .collect();
        let text = format!("On the stall of wings. {}", sentences.join(" "));
        let chunked = chunk(&plain(&[&text]), None, sizes(120));
        assert!(chunked.passages.len() > 1);
        for (n, passage) in chunked.passages.iter().enumerate() {
            assert_eq!(passage.context, "On the stall of wings.");
            assert_eq!(
                passage.embedded == [passage.text.as_str()],
                n == 0,
                "said once"
            );
            let counter = TokenCounter::new(None);
            assert!(
                passage
                    .embedded
                    .iter()
                    .all(|text| counter.count(text) <= 120)
            );
        }
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_too_long() {
        let words: Vec<String> = (0..2_000).map(|n| format!("word{n}")).collect();
        let document = plain(&[&words.join(" ")]);
        let chunked = chunk(&document, None, sizes(50));
        let counter = TokenCounter::new(None);
        let found: Vec<&str> = chunked
            .passages
            .iter()
            .flat_map(|p| p.text.split_whitespace())
            .collect();
        assert_eq!(found, words);
        assert!(
            chunked
                .passages
                .iter()
                .all(|p| counter.count(&p.text) <= 50)
        );
    }

    #[test]
    fn a_passage_is_embedded_in_parts_that_the_model_is_best_at() {
        let sentences: Vec<String> = (0..20)
            .map(|n| format!("Sentence {n} is of ordinary length."))
            .collect();
        let document = markdown(&format!("# Wings\n\n{}", sentences.join(" ")));
        let sizes = Sizes {
            passage: 600,
            embedded: 120,
        };
        let chunked = chunk(&document, None, sizes);
        let [passage] = &chunked.passages[..] else {
            panic!("{chunked:?}");
        };
        assert!(passage.embedded.len() > 1);
        let all = passage.embedded.concat();
        assert!(sentences.iter().all(|sentence| all.contains(sentence)));
        for text in &passage.embedded {
            assert!(text.contains("Wings"), "{text}");
            assert!(TokenCounter::new(None).count(text) <= 120);
        }
    }
}
