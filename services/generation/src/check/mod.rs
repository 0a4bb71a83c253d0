//! Whether what a model wrote is what its sources say, in layers that can each say no.
//!
//! What must agree whoever wrote it (numbers, names, negations: `agree`) is asked of every statement. What it says is
//! asked of an entailment model (`entailment`) and of a checking model (`judge`), of those that there are, and each can
//! say no; where neither answers, of the words (`words`).

mod agree;
mod controls;
mod copied;
mod entailment;
mod judge;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod languages;
mod nearest;
#[cfg(test)]
mod properties;
mod statement;
mod translated;
mod unchecked;
mod vouched;
mod words;

use std::fmt;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use stoa_kit::metrics::metrics;
use stoa_language::Reading;
use stoa_proto::generation::AnswerPart;

use crate::{parts::Without, read::Source};

pub(crate) use entailment::Entailment;
pub(crate) use judge::Judge;
pub(crate) use nearest::Nearest;
pub(crate) use statement::{Statement, ends_wide, normal};
pub(crate) use words::Words;

/// Characters of a quote.
const MAX_QUOTE: usize = 400;

/// What statements are held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    /// The sources; source n is the n-th, from 1.
    pub(crate) sources: &'a [Source],
    /// What was asked.
    pub(crate) question: &'a Reading,
    /// Layers of the check, and what else of an answer, that an evaluation leaves out.
    pub(crate) without: Without,
}

impl<'a> Ground<'a> {
    /// The ground of a whole answer.
    pub(crate) fn new(sources: &'a [Source], question: &'a Reading) -> Self {
        Self {
            sources,
            question,
            without: Without::default(),
        }
    }

    /// The sources a statement may rest on: those it cites, or all of them.
    fn cited(&self, statement: &Statement) -> Vec<(usize, &'a Source)> {
        let sources = self.sources.iter().zip(1..).map(|(source, n)| (n, source));
        if statement.cited.is_empty() {
            return sources.collect();
        }
        sources
            .filter(|(n, _)| statement.cited.contains(n))
            .collect()
    }
}

/// How a source carries a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Support {
    /// Number of the source, from 1.
    pub(crate) source: usize,
    /// Its words that carry it.
    pub(crate) quote: String,
    /// How much of the statement they carry, 0 to 1.
    pub(crate) score: f32,
}

/// What became of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finding {
    /// Sources carry it.
    Carried(Vec<Support>),
    /// None does.
    Refused(Reason),
}

/// Why a statement is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// It says nothing, or what the question said.
    Empty,
    /// It cites sources that are not there.
    NoSuchSource,
    /// A number, date or amount is not in its source, or belongs to something else there.
    Quantity(String),
    /// A name or code is not in its source.
    Name(String),
    /// It says the opposite.
    Polarity,
    /// It says only, all or some where its source does not, or the other way round.
    Extent,
    /// It makes a duty of a permission, or the other way round.
    Duty,
    /// It names the other one of two opposites.
    Opposite,
    /// Who did it and to whom it was done are exchanged.
    Order,
    /// A word that carries the meaning is not in its source.
    Word(String),
    /// The negations of its language are not known.
    UnknownLanguage,
    /// A checking model says that the source does not say it.
    NotStated,
    /// A checking model says that the source says otherwise.
    Contradicted,
    /// A checking model quotes words that are not in the source.
    NotQuoted,
    /// It is longer than the model reads that checks.
    TooLong,
}

impl Reason {
    /// Whether it is about what belongs to what, which the clauses of a statement one by one do not show.
    fn is_firm(&self) -> bool {
        matches!(self, Self::Order | Self::Opposite | Self::Quantity(_))
    }

    /// What it is called in metrics, which say nothing of the words that it is about.
    fn label(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoSuchSource => "no_such_source",
            Self::Quantity(_) => "quantity",
            Self::Name(_) => "name",
            Self::Polarity => "polarity",
            Self::Extent => "extent",
            Self::Duty => "duty",
            Self::Opposite => "opposite",
            Self::Order => "order",
            Self::Word(_) => "word",
            Self::UnknownLanguage => "unknown_language",
            Self::NotStated => "not_stated",
            Self::Contradicted => "contradicted",
            Self::NotQuoted => "not_quoted",
            Self::TooLong => "too_long",
        }
    }
}

impl Finding {
    /// Counts it, as found by a layer.
    fn count(&self, layer: &'static str) {
        let (finding, reason) = match self {
            Self::Carried(_) => ("carried", "none"),
            Self::Refused(reason) => ("refused", reason.label()),
        };
        metrics().checks.of([layer, finding, reason]).inc();
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it says nothing"),
            Self::NoSuchSource => f.write_str("the source it cites does not exist"),
            Self::Quantity(what) => write!(f, "the source does not say “{what}” of this"),
            Self::Name(name) => write!(f, "the source does not name “{name}”"),
            Self::Polarity => f.write_str("the source says the opposite"),
            Self::Extent => f.write_str("the source does not say only, all or some as it does"),
            Self::Duty => {
                f.write_str("the source allows what it demands, or demands what it allows")
            }
            Self::Opposite => f.write_str("the source names the opposite"),
            Self::Order => f.write_str("the source says it the other way round"),
            Self::Word(word) => write!(f, "the source does not say “{word}”"),
            Self::UnknownLanguage => f.write_str("its language cannot be checked by words"),
            Self::NotStated => f.write_str("the source does not state it"),
            Self::Contradicted => f.write_str("the source contradicts it"),
            Self::NotQuoted => f.write_str("no words of the source say it"),
            Self::TooLong => f.write_str("it is too long to be checked"),
        }
    }
}

/// A check could not be made; what it would have checked is not let through by that.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{checker} could not check: {reason}")]
pub(crate) struct CheckError {
    pub(crate) checker: &'static str,
    pub(crate) reason: String,
}

/// Tells whether sources say what statements say.
pub(crate) trait Checker: Send + Sync {
    /// What it is called in logs and in the turn.
    fn name(&self) -> &'static str;

    /// Which part of answering it is.
    fn part(&self) -> AnswerPart;

    /// One finding a statement, in their order.
    fn check<'a>(
        &'a self,
        statements: &'a [Statement],
        ground: Ground<'a>,
    ) -> BoxFuture<'a, Result<Vec<Finding>, CheckError>>;
}

/// Models in the order in which they are asked, each of what the one before let through. Where none can answer, the
/// words decide.
pub(crate) struct Checks {
    models: Vec<Box<dyn Checker>>,
    words: Words,
}

impl Checks {
    pub(crate) fn new(models: Vec<Box<dyn Checker>>) -> Self {
        let words = Words::default();
        Self { models, words }
    }

    /// With words that know which sentences a statement in another language may be of.
    pub(crate) fn with(self, words: Words) -> Self {
        Self { words, ..self }
    }

    /// Whether checking takes no longer than reading: then each sentence is checked as it comes, and not its block.
    pub(crate) fn is_immediate(&self) -> bool {
        self.models.is_empty()
    }

    /// The layers that a statement of a model meets.
    pub(crate) fn parts(&self) -> Vec<AnswerPart> {
        let models = self.models.iter().map(|model| model.part());
        let models: Vec<AnswerPart> = models.collect();
        [
            &[AnswerPart::Agreement][..],
            &models[..],
            &[self.words.part()][..],
        ]
        .concat()
    }

    /// One finding a statement.
    pub(crate) async fn check(&self, statements: &[Statement], ground: Ground<'_>) -> Vec<Finding> {
        let known: Vec<Option<Finding>> = statements
            .iter()
            .map(|statement| known(statement, ground))
            .collect();
        for finding in known.iter().flatten() {
            finding.count("known");
        }
        let mut findings = known.clone();
        // One after the other, and not at once: what the near and cheap one refuses the dear one is never asked.
        for model in &self.models {
            if ground.without.has(model.part()) {
                continue;
            }
            let open = |at: &usize| {
                known[*at].is_none() && !matches!(findings[*at], Some(Finding::Refused(_)))
            };
            let open: Vec<usize> = (0..findings.len()).filter(open).collect();
            ask(model.as_ref(), &open, statements, ground, &mut findings).await;
        }
        let open: Vec<usize> = (0..findings.len())
            .filter(|at| findings[*at].is_none())
            .collect();
        // Only of what no model has an opinion on, because there is none or it failed: words refuse too much to be a
        // third vote.
        if ground.without.has(self.words.part()) {
            for at in open {
                findings[at] = Some(unchecked::finding(&statements[at], ground));
            }
        } else {
            ask(&self.words, &open, statements, ground, &mut findings).await;
        }
        findings
            .into_iter()
            // Never reached while `Words` answers for each; a checker that returns too few must not let the rest
            // through.
            .map(|finding| finding.unwrap_or(Finding::Refused(Reason::NotStated)))
            .collect()
    }
}

/// Asks a checker of some statements. What it cannot answer stays as it was.
async fn ask(
    checker: &dyn Checker,
    open: &[usize],
    statements: &[Statement],
    ground: Ground<'_>,
    findings: &mut [Option<Finding>],
) {
    if open.is_empty() {
        return;
    }
    let asked: Vec<Statement> = open.iter().map(|at| statements[*at].clone()).collect();
    match checker.check(&asked, ground).await {
        Ok(found) => open.iter().zip(found).for_each(|(at, finding)| {
            finding.count(checker.name());
            findings[*at] = Some(finding);
        }),
        Err(error) => {
            metrics().checks_failed.of([checker.name()]).inc();
            tracing::warn!("{error}");
        }
    }
}

/// What needs no checker: a statement of nothing, of no source, or of a source's own words.
fn known(statement: &Statement, ground: Ground<'_>) -> Option<Finding> {
    let said = normal(&statement.text);
    if said.is_empty() {
        return Some(Finding::Refused(Reason::Empty));
    }
    let cited = ground.cited(statement);
    if cited.is_empty() {
        return Some(Finding::Refused(Reason::NoSuchSource));
    }
    let own = cited.into_iter().filter_map(|(n, source)| {
        let quote = copied::verbatim(source, &said)
            .or_else(|| copied::clause_of(source, &statement.text))?;
        Some(Support {
            source: n,
            quote,
            score: 1.0,
        })
    });
    let mut own: Vec<Support> = own.collect();
    if statement.cited.is_empty() {
        own.truncate(1);
    }
    (!own.is_empty()).then_some(Finding::Carried(own))
}

fn shortened(quote: &str) -> String {
    if quote.chars().count() <= MAX_QUOTE {
        return quote.to_owned();
    }
    let kept: String = quote.chars().take(MAX_QUOTE).collect();
    format!("{}…", kept.trim_end())
}
