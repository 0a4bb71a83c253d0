//! What commands print. The JSON forms are a contract: scripts read them.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde::Serialize;

pub(super) const STRONG: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();

/// Prints one object.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// A page as JSON has it: null where the format has none.
pub(super) fn page(number: u32) -> Option<u32> {
    (number > 0).then_some(number)
}

/// Where a passage is, for a person.
pub(super) fn place(title: &str, document: &str, number: u32) -> String {
    let name = if title.is_empty() { document } else { title };
    match page(number) {
        Some(number) => format!("{name}, p. {number}"),
        None => name.to_owned(),
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
