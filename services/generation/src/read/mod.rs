//! What was found, as the model reads it and as the checks and quotes read it.

mod claims;
mod hidden;
mod instructions;
mod units;

use std::sync::OnceLock;

use stoa_language::{Language, Reading};
use stoa_proto::generation::FoundPassage;

pub(crate) use claims::Claim;
pub(crate) use hidden::visible;
pub(crate) use units::{Unit, UnitKind};

/// A passage as the model and the checks see it.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Title of the document and headings of the passage.
    pub(crate) context: String,
    /// The day that its document says it is of, such as 2026-05-01; empty where it says none.
    pub(crate) dated: String,
    /// The text, without what a reader would not see.
    pub(crate) text: String,
    /// Id of its document.
    pub(crate) document: String,
    /// Cosine of its vector and the question's; 0 where it is not known.
    pub(crate) similarity: f32,
    /// The language it is read in.
    pub(crate) language: Language,
    /// Its statements. Those that tell a reader's assistant what to do are not among them.
    pub(crate) units: Vec<Unit>,
    claims: OnceLock<Vec<Claim>>,
    heading: OnceLock<Reading>,
}

impl Source {
    pub(crate) fn new(text: &str, context: &str) -> Self {
        let (text, context) = (visible(text), visible(context));
        let mut units = units::units(&text);
        instructions::leave_out(&mut units);
        Self {
            // A file name that gives orders says nothing.
            context: if instructions::instructs(&context) {
                String::new()
            } else {
                context
            },
            language: Language::of(&text),
            text,
            dated: String::new(),
            document: String::new(),
            similarity: 0.0,
            units,
            claims: OnceLock::new(),
            heading: OnceLock::new(),
        }
    }

    pub(crate) fn of(passage: &FoundPassage) -> Self {
        let mut context = vec![passage.title.as_str()];
        let headings = passage.heading_path.iter().map(String::as_str);
        context.extend(headings.filter(|heading| *heading != passage.title));
        Self {
            dated: passage.dated.clone(),
            document: passage.document_id.clone(),
            similarity: passage.similarity,
            ..Self::new(&passage.text, &context.join(" › "))
        }
    }

    /// What it states, each as short as it can be said; read once, when there is something to check.
    pub(crate) fn claims(&self) -> &[Claim] {
        self.claims.get_or_init(|| claims::claims(self))
    }

    /// What a model is told of where it stands: the day is for the one who reads, and no heading that carries a statement.
    pub(crate) fn head(&self) -> String {
        match (self.context.as_str(), self.dated.as_str()) {
            (context, "") => context.to_owned(),
            ("", dated) => format!("({dated})"),
            (context, dated) => format!("{context} ({dated})"),
        }
    }

    /// The headings above a quote: those of the passage's beginning, and of what it says before the quote.
    pub(crate) fn section(&self, above: &[String], quote: &str) -> Vec<String> {
        // A quote of several sentences is found by its first.
        let first = quote.split(" … ").next().unwrap_or_default();
        let first = first.trim_end_matches('…');
        let quoted = |unit: &Unit| {
            !first.is_empty() && (unit.quote.contains(first) || first.contains(&unit.quote))
        };
        let stated = |unit: &Unit| unit.kind != UnitKind::Heading && quoted(unit);
        let mut path = above.to_vec();
        let Some(at) = self.units.iter().position(stated) else {
            return path;
        };
        for heading in self.units[..at].iter().filter(|unit| unit.depth > 0) {
            path.truncate(usize::from(heading.depth) - 1);
            path.push(heading.text.clone());
        }
        path
    }

    /// What stands above it.
    pub(crate) fn heading(&self) -> &Reading {
        let read = || Reading::in_language(&self.context, self.language);
        self.heading.get_or_init(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_stands_under_the_last_heading_before_it() {
        let text = "Fees are due in May.\n\n## Boats\n\nBoats are booked online.\n\n### Late\n\nWho is late pays 5 euros.\n\n## Hall\n\nThe hall is let.";
        let source = Source::new(text, "");
        let above = ["Rules".to_owned(), "Fees".to_owned()];
        let under = |quote: &str| source.section(&above, quote).join(" › ");
        assert_eq!(under("Fees are due in May."), "Rules › Fees");
        assert_eq!(under("Boats are booked online."), "Rules › Boats");
        assert_eq!(under("Who is late pays 5 euros."), "Rules › Boats › Late");
        assert_eq!(under("The hall is let. … More."), "Rules › Hall");
        assert_eq!(under("It is not there."), "Rules › Fees");
    }
}
