//! What commands print. The JSON forms are a contract: scripts read them.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde::Serialize;

pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

/// Prints a line for people, as `println!` does, but a reader that has gone, such as `head`, is no error.
macro_rules! say {
    ($($part:tt)*) => {
        $crate::client::output::print(format_args!("{}\n", format_args!($($part)*)))
    };
}
pub(crate) use say;

/// Prints text for people.
pub(crate) fn print(text: std::fmt::Arguments<'_>) {
    let mut out = anstream::stdout().lock();
    // Where nobody reads it any more, the command has still done its work.
    let _ = out.write_fmt(text).and_then(|()| out.flush());
}

/// Prints one object.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    match std::io::stdout().write_all(line.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// A page as JSON has it: null where the format has none.
pub(super) fn page(number: u32) -> Option<u32> {
    (number > 0).then_some(number)
}

/// A text as JSON has it: null where there is none.
pub(super) fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A page, for a person.
pub(super) fn page_name(number: u32) -> String {
    format!("p. {number}")
}

/// How much was read and is found, for a person. Not every format has pages.
pub(super) fn counts(pages: u32, passages: u32) -> String {
    let passages = plural(passages.into(), "passage");
    match pages {
        0 => passages,
        pages => format!("{}, {passages}", plural(pages.into(), "page")),
    }
}

/// A number of things, for a person.
pub(super) fn plural(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// A time as JSON and people read it.
pub(super) fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(stoa_kit::wire::instant)
        .and_then(|at| {
            at.replace_nanosecond(0)
                .unwrap_or(at)
                .format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_default()
}

/// A day as people read it.
pub(super) fn date(at: Option<&prost_types::Timestamp>) -> String {
    at.and_then(stoa_kit::wire::instant)
        .map(|at| format!("{} {} {}", at.day(), at.month(), at.year()))
        .unwrap_or_default()
}

/// A passage as `ask` and `search` print it.
#[derive(Debug, Serialize)]
pub(super) struct PassageJson {
    pub(super) id: String,
    pub(super) document: String,
    pub(super) title: String,
    pub(super) page: Option<u32>,
    pub(super) text: String,
    pub(super) score: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_said_as_people_say_them() {
        assert_eq!(counts(1, 1), "1 page, 1 passage");
        assert_eq!(counts(12, 340), "12 pages, 340 passages");
        assert_eq!(counts(0, 3), "3 passages");
    }
}
