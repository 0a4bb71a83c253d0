//! What a document says of itself, in front matter or in a page's meta tags: of which day it is, and in which language.

use time::{Date, Month};

/// Names of the day, the one of the last change first. As they are written without capitals, and with dashes.
const DAYS: [&str; 22] = [
    "updated",
    "updated-at",
    "modified",
    "lastmod",
    "last-modified",
    "last-updated",
    "revised",
    "article-modified-time",
    "og-updated-time",
    "dcterms-modified",
    "date",
    "dcterms-date",
    "dc-date",
    "published",
    "publishdate",
    "pubdate",
    "article-published-time",
    "dcterms-issued",
    "created",
    "created-at",
    "dcterms-created",
    "dc-date-issued",
];
/// Names of the language.
const LANGUAGES: [&str; 8] = [
    "lang",
    "language",
    "locale",
    "content-language",
    "dc-language",
    "dcterms-language",
    "og-locale",
    "article-language",
];
/// Years of documents. Generators write the year 1 where there is none.
const YEARS: std::ops::RangeInclusive<i32> = 1_000..=9_999;
/// Longest tag of a language.
const MAX_TAG: usize = 35;

/// What is said of a document by name.
#[derive(Debug, Default)]
pub(super) struct About(Vec<(String, String)>);

impl About {
    pub(super) fn of<K, V>(said: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: AsRef<str>,
        V: Into<String>,
    {
        let name = |key: K| {
            key.as_ref()
                .to_lowercase()
                .replace(['_', ':', '.', ' '], "-")
        };
        let said = said.into_iter();
        Self(said.map(|(key, value)| (name(key), value.into())).collect())
    }

    /// What is said first under a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let said = self.0.iter().find(|(key, _)| key == name);
        said.map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The day of its last change, or else the one that it is of.
    pub(super) fn dated(&self) -> Option<Date> {
        DAYS.iter().find_map(|name| day(self.get(name)?))
    }

    /// The tag of its language.
    pub(super) fn language(&self) -> Option<String> {
        LANGUAGES.iter().find_map(|name| tag(self.get(name)?))
    }
}

/// A day that is written in the order of ISO 8601, whatever its time; of other orders nobody knows which is the month.
fn day(text: &str) -> Option<Date> {
    let day = text.trim().split(['T', ' ']).next()?;
    let mut parts = day.split(['-', '/']);
    let mut number = || parts.next()?.parse::<u16>().ok();
    let (year, month, day) = (number()?, number()?, number()?);
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    (parts.next().is_none() && YEARS.contains(&date.year())).then_some(date)
}

/// A day as it is sent and kept.
pub(crate) fn written(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}

/// A language's tag in small letters (`en`, `zh-cn`); `None` for what is none, such as a list of them or a name.
pub(crate) fn tag(text: &str) -> Option<String> {
    let tag = text.trim().replace('_', "-").to_lowercase();
    let mut parts = tag.split('-');
    let is_language = |part: &str| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let is_more = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let is_tag =
        tag.len() <= MAX_TAG && parts.next().is_some_and(is_language) && parts.all(is_more);
    is_tag.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(said: &[(&str, &str)]) -> Option<String> {
        About::of(said.iter().copied()).dated().map(written)
    }

    #[test]
    fn the_day_of_the_last_change_comes_first() {
        for (said, day) in [
            (&[("date", "2026-05-01")][..], Some("2026-05-01")),
            (&[("Date", "2026/5/1")], Some("2026-05-01")),
            (&[("date", "2026-05-01T10:00:00+02:00")], Some("2026-05-01")),
            (&[("date", "2026-05-01 10:00")], Some("2026-05-01")),
            (
                &[("created", "2024-01-31"), ("last_modified", "2026-05-01")],
                Some("2026-05-01"),
            ),
            (
                &[
                    ("lastmod", "soon"),
                    ("article:published_time", "2026-05-01"),
                ],
                Some("2026-05-01"),
            ),
            (&[("date", "01/05/2026")], None),
            (&[("date", "0001-01-01T00:00:00Z")], None),
            (&[("date", "2026-02-30")], None),
            (&[("date", "2026-05")], None),
            (&[("date", "2026-05-01-1")], None),
            (&[("title", "2026-05-01")], None),
        ] {
            assert_eq!(dated(said), day.map(str::to_owned), "{said:?}");
        }
    }

    #[test]
    fn a_language_is_a_tag() {
        for (text, expected) in [
            ("en", Some("en")),
            ("zh_CN", Some("zh-cn")),
            ("de-CH-1996", Some("de-ch-1996")),
            ("English", None),
            ("en, de", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(tag(text), expected.map(str::to_owned), "{text}");
        }
        let about = About::of([("DC.language", "fr")]);
        assert_eq!(about.language().as_deref(), Some("fr"));
    }
}
