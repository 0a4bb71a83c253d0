//! A model that is asked whether the sources state what was written.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use serde::Deserialize;
use stoa_kit::metrics::metrics;
use stoa_models::language::{LanguageModel, Options, Prompt, PromptStyle, object};
use stoa_proto::generation::AnswerPart;

use super::{
    CheckError, Checker, Finding, Ground, Reason, Statement, Support,
    controls::Controls,
    nearest::{Nearest, Units},
    shortened,
    vouched::{Trust, held},
    words,
};
use crate::{read::Source, write::prompts};

/// Tokens of a verdict with its quotes.
const TOKENS_PER_STATEMENT: usize = 160;
/// Statements of one call: more than a block has.
const MOST: usize = 24;
/// Attempts at a call.
const ATTEMPTS: usize = 2;

/// Asks a language model.
pub(crate) struct Judge {
    model: Arc<dyn LanguageModel>,
    patience: Duration,
    nearest: Nearest,
}

#[derive(Debug, Deserialize)]
struct Answer {
    verdicts: Vec<Verdict>,
}

#[derive(Debug, Deserialize)]
struct Verdict {
    statement: usize,
    verdict: Word,
    #[serde(default)]
    quotes: Vec<Quote>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Supported,
    Contradicted,
    NotStated,
}

#[derive(Debug, Deserialize)]
struct Quote {
    passage: usize,
    text: String,
}

impl Judge {
    /// `None` for a model that only goes on with texts: it cannot be asked.
    pub(crate) fn new(
        model: Arc<dyn LanguageModel>,
        patience: Duration,
        nearest: Nearest,
    ) -> Option<Self> {
        (model.style() == PromptStyle::Chat).then_some(Self {
            model,
            patience,
            nearest,
        })
    }

    async fn ask(
        &self,
        statements: &[Statement],
        ground: Ground<'_>,
    ) -> Result<Answer, CheckError> {
        let prompt = Prompt::Chat {
            system: prompts::CHECK.text.to_owned(),
            user: message(statements, ground),
        };
        let options = Options {
            // 256 for the frame of the JSON, and for models that say a few words before it.
            max_tokens: 256 + TOKENS_PER_STATEMENT * statements.len(),
            json: true,
            ..Options::default()
        };
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            let (prompt, options) = (prompt.clone(), options.clone());
            let call = self.model.complete_within(prompt, options, self.patience);
            // Asked again only for an answer that cannot be read, or for none: what a model has once refused is never
            // asked again, so that chance cannot overrule a no.
            reason = match call.await {
                Ok(Some(text)) => match object(&text) {
                    Ok(answer) => return Ok(answer),
                    Err(error) => format!("its answer is no JSON of verdicts: {error}"),
                },
                Err(error) => error.to_string(),
                Ok(None) => format!("no answer within {:?}", self.patience),
            };
        }
        Err(CheckError {
            checker: self.name(),
            reason,
        })
    }
}

impl Checker for Judge {
    fn name(&self) -> &'static str {
        "checking model"
    }

    fn part(&self) -> AnswerPart {
        AnswerPart::Judge
    }

    fn check<'a>(
        &'a self,
        statements: &'a [Statement],
        ground: Ground<'a>,
    ) -> BoxFuture<'a, Result<Vec<Finding>, CheckError>> {
        async move {
            let mut findings = Vec::with_capacity(statements.len());
            // Small models lose count in long lists, and then a verdict stands beside the wrong statement.
            for some in statements.chunks(MOST) {
                let controls = Controls::of(some, ground);
                let answer = self.ask(&controls.among(some), ground).await?;
                // By the number that the model gave: it may leave a statement out, or answer in another order. What has
                // no verdict is refused below.
                let verdicts: BTreeMap<usize, Verdict> = answer
                    .verdicts
                    .into_iter()
                    .map(|verdict| (verdict.statement, verdict))
                    .collect();
                let trust = trust(&controls, &verdicts);
                if trust.is_none() {
                    metrics().checks_failed.of([self.name()]).inc();
                    // Without its text, which is a document's.
                    tracing::warn!(
                        "the checking model vouches for what is certainly false: words decide"
                    );
                }
                for (place, statement) in some.iter().enumerate() {
                    let verdict = verdicts.get(&controls.number(place));
                    let supported = verdict.is_some_and(|said| said.verdict == Word::Supported);
                    findings.push(match trust {
                        // What it refuses is refused all the same.
                        None if supported => words::found(statement, &self.nearest, ground).await,
                        trust => {
                            // Which sentence it is of is asked of what the model supports alone.
                            let nearest = if supported {
                                self.nearest.of(statement, ground).await
                            } else {
                                Units::new()
                            };
                            let trust = trust.unwrap_or(Trust::Untested);
                            finding(statement, verdict, &nearest, ground, trust)
                        }
                    });
                }
            }
            Ok(findings)
        }
        .boxed()
    }
}

/// How far a model is believed, after what it said of the controls; `None` where it vouches for one of them, for then its
/// word for others is worth no more. One that says nothing of a control was not tested.
fn trust(controls: &Controls, verdicts: &BTreeMap<usize, Verdict>) -> Option<Trust> {
    let said: Vec<Option<Word>> = controls
        .numbers()
        .map(|n| verdicts.get(&n).map(|verdict| verdict.verdict))
        .collect();
    if said.contains(&Some(Word::Supported)) {
        None
    } else if controls.tell && said.iter().all(Option::is_some) {
        Some(Trust::Tested)
    } else {
        Some(Trust::Untested)
    }
}

/// The wire form: what a statement cites, then the statements. Lines of passages that look like it are moved in.
fn message(statements: &[Statement], ground: Ground<'_>) -> String {
    let mut cited: BTreeMap<usize, &Source> = BTreeMap::new();
    for statement in statements {
        cited.extend(ground.cited(statement));
    }
    let mut text = String::from("Passages:\n");
    for (n, source) in &cited {
        let head = source.head();
        let body = if head.is_empty() {
            source.text.clone()
        } else {
            format!("{head}\n{}", source.text)
        };
        let lines: Vec<String> = body.trim().lines().map(safe_line).collect();
        let _ = writeln!(text, "[{n}] {}", lines.join("\n"));
    }
    text.push_str("\nStatements:\n");
    for (statement, n) in statements.iter().zip(1..) {
        // A statement without a citation is held against everything that is shown, as `Ground::cited` does.
        let numbers: Vec<String> = if statement.cited.is_empty() {
            cited.keys().map(ToString::to_string).collect()
        } else {
            statement.cited.iter().map(ToString::to_string).collect()
        };
        let _ = writeln!(text, "S{n} [{}]: {}", numbers.join(", "), statement.text);
    }
    text
}

fn safe_line(line: &str) -> String {
    let structural =
        // A document may hold a line "S1 [1]: …" or "Statements:" to have its own words taken for the program's. A
        // space before it is enough for a model to see that it is of the passage.
        line.starts_with('[') || line.trim_end().ends_with("tatements:") || line.starts_with('S');
    if structural {
        format!(" {line}")
    } else {
        line.to_owned()
    }
}

fn finding(
    statement: &Statement,
    verdict: Option<&Verdict>,
    nearest: &Units,
    ground: Ground<'_>,
    trust: Trust,
) -> Finding {
    // Silence is no support.
    let Some(verdict) = verdict else {
        return Finding::Refused(Reason::NotStated);
    };
    match verdict.verdict {
        Word::NotStated => return Finding::Refused(Reason::NotStated),
        Word::Contradicted => return Finding::Refused(Reason::Contradicted),
        Word::Supported => {}
    }
    let mut reason = Reason::NotQuoted;
    let mut carried: Vec<Support> = Vec::new();
    for (n, source) in ground.cited(statement) {
        let quotes: Vec<&str> = verdict
            .quotes
            .iter()
            // A model that is fooled vouches readily, but it cannot make the passage say something: of its word only
            // what is quoted letter for letter counts.
            .filter(|quote| quote.passage == n && stands_in(&quote.text, source))
            .map(|quote| quote.text.as_str())
            .collect();
        if quotes.is_empty() {
            continue;
        }
        match held(
            statement,
            source,
            &quotes,
            nearest.get(&n).map(Vec::as_slice),
            ground,
            trust,
        ) {
            Ok(()) => carried.push(Support {
                source: n,
                quote: shortened(&quotes.join(" … ")),
                score: 1.0,
            }),
            // Another source may carry it still; the reason of the last one is what is kept when none does.
            Err(refused) => reason = refused,
        }
    }
    if carried.is_empty() {
        Finding::Refused(reason)
    } else {
        Finding::Carried(carried)
    }
}

/// Whether a quote is the source's, letter for letter but for white space, and says anything.
fn stands_in(quote: &str, source: &Source) -> bool {
    // Without any white space: models join lines and drop the spaces that PDFs leave between Chinese characters.
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().concat();
    let quote = plain(quote);
    // Words that speak to the one who answers are no evidence, however well they are quoted; neither is a longer quote
    // with such words in it.
    let data = source
        .units
        .iter()
        .filter(|unit| unit.instructs)
        .any(|unit| {
            let unit = plain(&unit.text);
            unit.contains(&quote) || quote.contains(&unit)
        });
    // An empty quote, or "…", would stand in every passage.
    quote.chars().any(char::is_alphanumeric)
        && !data
        && (plain(&source.text).contains(&quote) || plain(&source.context).contains(&quote))
}

/// A judge whose model says supported of everything, with the sentence that is most like it as its quote.
#[cfg(test)]
pub(crate) fn fooled() -> impl Checker {
    Scripted(|statement: &Statement, source: &Source| {
        let alike = |text: &str| pairs(text).intersection(&pairs(&statement.text)).count();
        let quotes = source.units.iter().map(|unit| unit.quote.clone());
        quotes.max_by_key(|quote| alike(quote))
    })
}

/// A judge whose model says supported of everything, with these words of the first source.
#[cfg(test)]
pub(crate) fn quoting(quote: &str) -> impl Checker {
    Scripted(move |_: &Statement, _: &Source| Some(quote.to_owned()))
}

/// A judge whose model vouches for everything with the words that a function chooses.
#[cfg(test)]
struct Scripted<F>(F);

#[cfg(test)]
impl<F: Fn(&Statement, &Source) -> Option<String> + Send + Sync> Checker for Scripted<F> {
    fn name(&self) -> &'static str {
        "scripted model"
    }

    fn part(&self) -> AnswerPart {
        AnswerPart::Judge
    }

    fn check<'a>(
        &'a self,
        statements: &'a [Statement],
        ground: Ground<'a>,
    ) -> BoxFuture<'a, Result<Vec<Finding>, CheckError>> {
        let findings = statements.iter().map(|statement| {
            let quote = (self.0)(statement, &ground.sources[0]);
            let quotes = quote.map(|text| Quote { passage: 1, text });
            let verdict = Verdict {
                statement: 1,
                verdict: Word::Supported,
                quotes: quotes.into_iter().collect(),
            };
            finding(
                statement,
                Some(&verdict),
                &Units::new(),
                ground,
                Trust::Untested,
            )
        });
        std::future::ready(Ok(findings.collect())).boxed()
    }
}

#[cfg(test)]
fn pairs(text: &str) -> std::collections::HashSet<(char, char)> {
    let chars: Vec<char> = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    chars.windows(2).map(|pair| (pair[0], pair[1])).collect()
}
