//! What stands before a text about it: front matter of YAML or TOML, and what the library makes of a page's head.

use std::collections::BTreeMap;

use super::about::About;

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

/// A Markdown text without its front matter, and what this says of it.
pub(super) fn split(text: &str) -> (About, &str) {
    split_of(text).unwrap_or_else(|| (About::default(), text))
}

fn split_of(text: &str) -> Option<(About, &str)> {
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
            let about = if is_yaml { yaml(matter) } else { toml(matter) };
            return Some((about?, rest));
        }
        end = after;
    }
    None
}

/// What YAML says that is front matter; `None` for what is not.
fn yaml(matter: &str) -> Option<About> {
    // A blank line behind the first rule: it parts the text.
    if matter.starts_with('\n') || !keys(matter, ':').any(is_customary) {
        return None;
    }
    let known: Option<BTreeMap<String, serde_json::Value>> = yaml_serde::from_str(matter).ok();
    Some(match known {
        Some(known) => About::of(
            known
                .into_iter()
                .filter_map(|(key, value)| Some((key, text_of(value)?))),
        ),
        // Writers quote what they should not, and do not quote what they should.
        None => by_line(matter, ':'),
    })
}

fn toml(matter: &str) -> Option<About> {
    keys(matter, '=')
        .any(is_customary)
        .then(|| by_line(matter, '='))
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

fn by_line(matter: &str, sign: char) -> About {
    About::of(pairs(matter, sign).map(|(key, value)| (key, value.trim_matches(['"', '\'']))))
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
            let (about, rest) = split(text);
            assert_eq!(
                (about.get("title"), rest),
                (title, "From May on."),
                "{text}"
            );
        }
    }

    #[test]
    fn front_matter_gives_the_day_and_the_language() {
        for text in [
            "---\ntitle: Boats\nlang: de\ndate: 2026-05-01\n---\nText",
            "---\nlanguage: \"DE\"\nlastmod: 2026-05-01T08:00:00Z\ndate: 2024-01-31\n---\nText",
            "---\ntitle: Summer: timetable\nlang: de\ndate: '2026-05-01'\n---\nText",
            "+++\nlang = \"de\"\ndate = 2026-05-01\n+++\nText",
        ] {
            let (about, rest) = split(text);
            let day = about.dated().map(super::super::written);
            assert_eq!(day.as_deref(), Some("2026-05-01"), "{text}");
            assert_eq!(about.language().as_deref(), Some("de"), "{text}");
            assert_eq!(rest, "Text");
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
            let (about, rest) = split(text);
            assert_eq!((about.get("title"), rest), (None, text), "{text}");
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
