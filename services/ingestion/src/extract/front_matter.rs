//! What stands before a text about it: its title in front matter of YAML or TOML, and in what the library makes of a
//! page's head.

use serde::Deserialize;

/// Lines that front matter has at most.
const MAX_LINES: usize = 200;

/// Keys of which front matter has one at least. Between two rules a text may have a line "Note: …", and stays.
const CUSTOMARY: [&str; 36] = [
    "title",
    "subtitle",
    "author",
    "authors",
    "date",
    "created",
    "updated",
    "modified",
    "lastmod",
    "published",
    "publishdate",
    "tags",
    "tag",
    "categories",
    "category",
    "keywords",
    "description",
    "summary",
    "abstract",
    "excerpt",
    "layout",
    "template",
    "draft",
    "slug",
    "permalink",
    "url",
    "aliases",
    "weight",
    "lang",
    "language",
    "locale",
    "id",
    "type",
    "sidebar_label",
    "sidebar_position",
    "toc",
];

/// The part of front matter that is of use.
#[derive(Deserialize)]
struct Known {
    title: Option<serde_json::Value>,
}

/// A Markdown text without its front matter, and the title that this gives.
pub(super) fn split(text: &str) -> (Option<String>, &str) {
    split_of(text).unwrap_or((None, text))
}

fn split_of(text: &str) -> Option<(Option<String>, &str)> {
    let mut lines = text.split_inclusive('\n');
    let mark = lines.next()?.trim_end();
    let is_yaml = match mark {
        "---" => true,
        "+++" => false,
        _ => return None,
    };
    let begin = text.find('\n')? + 1;
    let mut end = begin;
    for line in lines.take(MAX_LINES) {
        let after = end + line.len();
        let line = line.trim_end();
        if line == mark || (is_yaml && line == "...") {
            let (matter, rest) = (&text[begin..end], &text[after..]);
            let title = if is_yaml { yaml(matter) } else { toml(matter) };
            return Some((title?, rest));
        }
        end = after;
    }
    None
}

/// The title of YAML that is front matter; the outer `None` for what is not.
fn yaml(matter: &str) -> Option<Option<String>> {
    // A blank line behind the first rule: it parts the text.
    if matter.starts_with('\n') || !keys(matter, ':').any(is_customary) {
        return None;
    }
    let known: Option<Known> = yaml_serde::from_str(matter).ok();
    Some(match known {
        Some(known) => known.title.and_then(text_of),
        // Writers quote what they should not, and do not quote what they should.
        None => line_title(matter, ':'),
    })
}

fn toml(matter: &str) -> Option<Option<String>> {
    if !keys(matter, '=').any(is_customary) {
        return None;
    }
    Some(line_title(matter, '='))
}

/// Keys that begin a line, with their values.
fn pairs(matter: &str, sign: char) -> impl Iterator<Item = (&str, &str)> {
    matter
        .lines()
        .filter(|line| !line.starts_with([' ', '\t', '-', '#']))
        .filter_map(move |line| line.split_once(sign))
        .map(|(key, value)| (key.trim().trim_matches('"'), value.trim()))
}

fn keys(matter: &str, sign: char) -> impl Iterator<Item = &str> {
    pairs(matter, sign).map(|(key, _)| key)
}

fn is_customary(key: &str) -> bool {
    CUSTOMARY.contains(&key.to_ascii_lowercase().as_str())
}

fn line_title(matter: &str, sign: char) -> Option<String> {
    let (_, value) = pairs(matter, sign).find(|(key, _)| key.eq_ignore_ascii_case("title"))?;
    let value = value.trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

fn text_of(value: serde_json::Value) -> Option<String> {
    let text = match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

/// A page's text without its head. The library writes the head's title, links and meta tags before the text as YAML,
/// and makes a heading of the last one, since it takes the rule below it for an underline.
pub(super) fn without_head(text: &str) -> &str {
    let Some(begin) = text.strip_prefix("---\n") else {
        return text;
    };
    let mut rest = begin;
    for line in begin.split_inclusive('\n') {
        rest = &rest[line.len()..];
        let (last, entry) = match line.trim_end().strip_prefix("## ") {
            Some(entry) => (true, entry),
            None => (false, line.trim_end()),
        };
        if entry.is_empty() {
            continue;
        }
        let is_head = entry.split_once(':').is_some_and(|(key, _)| {
            let key = key.trim_matches('"');
            matches!(key, "title" | "base" | "base-href" | "canonical") || key.starts_with("meta-")
        });
        if !is_head {
            break;
        }
        if last {
            return rest.trim_start_matches('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_gives_the_title_and_no_text() {
        for (text, title) in [
            (
                "---\ntitle: Summer timetable\nlayout: page\ntags: [boat, timetable]\n---\nFrom May on.",
                Some("Summer timetable"),
            ),
            (
                "---\ntitle: \"Summer: timetable\"\n...\nFrom May on.",
                Some("Summer: timetable"),
            ),
            (
                "---\ntitle: Summer: timetable\ndate: 2026-05-01\n---\nFrom May on.",
                Some("Summer: timetable"),
            ),
            ("---\ndraft: false\n---\nFrom May on.", None),
            (
                "+++\ntitle = \"Summer timetable\"\ndate = 2026-05-01\n[menu]\nweight = 1\n+++\nFrom May on.",
                Some("Summer timetable"),
            ),
        ] {
            assert_eq!(
                split(text),
                (title.map(str::to_owned), "From May on."),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_between_rules_stays() {
        for text in [
            "---\n\nThe gate opens at nine.\n\n---\n\nIt closes at ten.",
            "---\nNote: the gate is shut.\n---\nMore.",
            "---\ntitle: never closed\n",
            "No rule at all.\n---\ntitle: x\n---\n",
            "---",
        ] {
            assert_eq!(split(text), (None, text), "{text}");
        }
    }

    #[test]
    fn a_page_is_without_its_head() {
        let head = "---\nmeta-description: All boats\nmeta-keywords: \"boat, winter\"\n\n## title: Winter\n\n";
        assert_eq!(
            without_head(&format!("{head}From November on.\n")),
            "From November on.\n"
        );
        assert_eq!(without_head("---\n\n## title: X\n\nText"), "Text");
        for text in ["---\n\nTime: nine\n\n## Boats\n", "## title: X\n", "Text\n"] {
            assert_eq!(without_head(text), text);
        }
    }
}
