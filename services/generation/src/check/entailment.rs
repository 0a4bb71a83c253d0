//! A model in process that tells whether one text follows from another.
//!
//! A statement is held against every sentence that says something like it, and against the whole source in as few parts
//! as the model can read. The reading that is surest decides: a statement is carried when one of them entails it, and
//! none contradicts it as surely.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use stoa_models::entailment::{EntailmentError, EntailmentModel, Opinion, Pair};
use stoa_proto::generation::AnswerPart;

use super::{
    CheckError, Checker, Finding, Ground, Reason, Statement, Support, agree, shortened,
    vouched::{Trust, held},
    words,
};
use crate::read::{Claim, Source};

/// How sure the model must be.
const SURE: f32 = 0.5;
/// Claims of a source that are read one by one, those first that share most with the statement.
const SINGLY: usize = 12;

/// Asks an entailment model.
pub(crate) struct Entailment {
    model: Arc<EntailmentModel>,
    patience: Duration,
}

/// An excerpt of a source, read beside a statement.
struct Excerpt<'a> {
    statement: usize,
    source: usize,
    /// The claim that it is; `None` of a window over the source.
    claim: Option<&'a Claim>,
}

impl Entailment {
    pub(crate) fn new(model: Arc<EntailmentModel>, patience: Duration) -> Self {
        Self { model, patience }
    }

    /// What the model is given of a statement and a source.
    fn parts<'a>(
        &self,
        statement: &Statement,
        source: &'a Source,
    ) -> Result<Vec<(Option<&'a Claim>, Pair)>, EntailmentError> {
        let windows = |sentences: &[&str]| {
            self.model
                .windows(&source.context, sentences, &statement.text)
        };
        let sentences: Vec<&str> = source
            .units
            .iter()
            // Text that addresses whoever answers is no evidence, and in a window it would colour what the model makes of
            // its neighbours.
            .filter(|unit| !unit.instructs)
            .map(|unit| unit.read.as_str())
            .collect();
        let mut parts: Vec<(Option<&Claim>, Pair)> = windows(&sentences)?
            .into_iter()
            .map(|pair| (None, pair))
            .collect();
        let reading = words::read(&statement.text, source);
        let mut claims: Vec<&Claim> = source.claims().iter().collect();
        // Each claim is a run of the model, some tens of milliseconds on a core: a long passage would take longer than
        // a person waits.
        claims.sort_by_key(|claim| std::cmp::Reverse(agree::overlap(&reading, claim)));
        for claim in claims.into_iter().take(SINGLY) {
            let pairs = windows(&[&claim.reading.text])?;
            parts.extend(pairs.into_iter().map(|pair| (Some(claim), pair)));
        }
        Ok(parts)
    }

    async fn ask(
        &self,
        statements: &[Statement],
        ground: Ground<'_>,
    ) -> Result<Vec<Finding>, EntailmentError> {
        let mut parts: Vec<Excerpt<'_>> = Vec::new();
        let mut pairs: Vec<Pair> = Vec::new();
        // A statement that does not fit is refused alone; the block's others are still read.
        let mut too_long = vec![false; statements.len()];
        for (at, statement) in statements.iter().enumerate() {
            for (n, source) in ground.cited(statement) {
                match self.parts(statement, source) {
                    Ok(read) => {
                        for (claim, pair) in read {
                            parts.push(Excerpt {
                                statement: at,
                                source: n,
                                claim,
                            });
                            pairs.push(pair);
                        }
                    }
                    Err(EntailmentError::TooLong { .. }) => too_long[at] = true,
                    Err(error) => return Err(error),
                }
            }
        }
        // All pairs of a block in one call, so that the model can batch them.
        let opinions = self.model.read(pairs).await?;
        let read: Vec<(Excerpt<'_>, Opinion)> = parts.into_iter().zip(opinions).collect();
        let findings = statements.iter().enumerate().map(|(at, statement)| {
            let about = |n: usize| -> Vec<(Option<&Claim>, Opinion)> {
                read.iter()
                    .filter(|(part, _)| part.statement == at && part.source == n)
                    .map(|(part, opinion)| (part.claim, *opinion))
                    .collect()
            };
            let verdicts = ground
                .cited(statement)
                .into_iter()
                .map(|(n, source)| (n, verdict(statement, source, &about(n), ground)));
            finding(verdicts, too_long[at])
        });
        Ok(findings.collect())
    }
}

impl Checker for Entailment {
    fn name(&self) -> &'static str {
        "entailment model"
    }

    fn part(&self) -> AnswerPart {
        AnswerPart::Entailment
    }

    fn check<'a>(
        &'a self,
        statements: &'a [Statement],
        ground: Ground<'a>,
    ) -> BoxFuture<'a, Result<Vec<Finding>, CheckError>> {
        async move {
            let failed = |reason| CheckError {
                checker: self.name(),
                reason,
            };
            match tokio::time::timeout(self.patience, self.ask(statements, ground)).await {
                Ok(findings) => findings.map_err(|error| failed(error.to_string())),
                Err(_) => Err(failed(format!("no answer within {:?}", self.patience))),
            }
        }
        .boxed()
    }
}

/// The words of a source that carry a statement, or why it does not.
fn verdict(
    statement: &Statement,
    source: &Source,
    read: &[(Option<&Claim>, Opinion)],
    ground: Ground<'_>,
) -> Result<String, Reason> {
    let most = |share: fn(&Opinion) -> f32| {
        read.iter()
            .map(|(_, opinion)| share(opinion))
            .fold(0.0, f32::max)
    };
    let entailed = most(|opinion| opinion.entailed);
    let contradicted = most(|opinion| opinion.contradicted);
    // Before the other test: where one sentence entails the statement and another contradicts it as surely, the
    // document is at odds with itself or the statement holds only under a condition.
    if contradicted >= SURE && contradicted >= entailed {
        return Err(Reason::Contradicted);
    }
    if entailed < SURE {
        return Err(Reason::NotStated);
    }
    // Windows have no quote to show: the claim that entails it most is what a person is shown, and what its numbers and
    // names are held against.
    let quoted = read
        .iter()
        .filter_map(|(claim, opinion)| Some(((*claim)?, opinion.entailed)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(claim, _)| claim.quote.as_str());
    let quote = quoted.ok_or(Reason::NotQuoted)?;
    // Entailment models overlook a changed digit or name, which comparing does not.
    held(statement, source, &[quote], None, ground, Trust::Untested)?;
    Ok(shortened(quote))
}

/// What carries a statement, or why none does: a contradiction tells more than that nothing was found.
fn finding(
    verdicts: impl Iterator<Item = (usize, Result<String, Reason>)>,
    too_long: bool,
) -> Finding {
    let mut carried = Vec::new();
    let mut reason = if too_long {
        Reason::TooLong
    } else {
        Reason::NotStated
    };
    for (source, verdict) in verdicts {
        match verdict {
            Ok(quote) => carried.push(Support {
                source,
                quote,
                score: 1.0,
            }),
            // A source that says nothing of it must not hide that another contradicts it.
            Err(Reason::NotStated) => {}
            Err(refused) => reason = refused,
        }
    }
    if carried.is_empty() {
        Finding::Refused(reason)
    } else {
        Finding::Carried(carried)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use stoa_kit::config::Assets;
    use stoa_language::Reading;

    use super::{
        super::{Checks, judge},
        *,
    };

    /// The smallest model that reads both texts: every word of a statement must be in the passage.
    fn overlap(patience: Duration) -> Entailment {
        let assets = std::env::var_os("STOA_ASSETS_DIR")
            .map_or_else(|| Assets::default().dir, PathBuf::from);
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/models/fixtures");
        let folder = PathBuf::from(fixtures).join("overlap");
        let model = EntailmentModel::load(&assets, "checking.entailment", &folder, 1)
            .expect("the fixture loads");
        Entailment::new(Arc::new(model), patience)
    }

    const RULES: &str = "Boats are lent to members. Boats are not lent to guests. The library opens on Monday. Rooms are for beginners.";

    fn found(checks: &Checks, text: &str) -> Finding {
        all_found(checks, text, 1).remove(0)
    }

    /// The findings of so many times the same statement.
    fn all_found(checks: &Checks, text: &str, times: usize) -> Vec<Finding> {
        let sources = [Source::new(RULES, "Rowing club")];
        let question = Reading::of("What are the rules?");
        let ground = Ground::new(&sources, &question);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let statements = vec![Statement::parse(&format!("{text} [1]")); times];
        runtime.block_on(checks.check(&statements, ground))
    }

    fn with(models: Vec<Box<dyn Checker>>, text: &str) -> Finding {
        found(&Checks::new(models), text)
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn what_the_model_does_not_find_is_refused_where_words_would_do() {
        let also = "Boats are also lent to members.";
        assert!(matches!(with(Vec::new(), also), Finding::Carried(_)));
        let checks = Checks::new(vec![Box::new(overlap(PATIENCE))]);
        assert_eq!(found(&checks, also), Finding::Refused(Reason::NotStated));
        assert_eq!(
            found(&checks, "Boats are lent to guests."),
            Finding::Refused(Reason::Contradicted)
        );
        let Finding::Carried(support) = found(&checks, "To members boats are lent.") else {
            panic!("it follows");
        };
        assert_eq!(support[0].quote, "Boats are lent to members.");
    }

    #[test]
    fn what_must_agree_must_agree_whatever_the_model_says() {
        let checks = Checks::new(vec![Box::new(overlap(PATIENCE))]);
        // Every word is there, and it is of something else.
        let found = found(&checks, "Boats open rooms on Monday.");
        assert!(matches!(found, Finding::Refused(_)), "{found:?}");
    }

    #[test]
    fn both_models_must_agree() {
        let models = || -> Vec<Box<dyn Checker>> {
            vec![Box::new(overlap(PATIENCE)), Box::new(judge::fooled())]
        };
        let refused = with(models(), "Boats are also lent to members.");
        assert_eq!(refused, Finding::Refused(Reason::NotStated));
        let carried = with(models(), "To members boats are lent.");
        assert!(matches!(carried, Finding::Carried(_)), "{carried:?}");
        let reluctant: Vec<Box<dyn Checker>> = vec![
            Box::new(overlap(PATIENCE)),
            Box::new(judge::quoting("Not in the passage.")),
        ];
        let refused = with(reluctant, "To members boats are lent.");
        assert_eq!(refused, Finding::Refused(Reason::NotQuoted));
    }

    #[test]
    fn a_model_that_takes_too_long_leaves_it_to_the_next() {
        let late: Vec<Box<dyn Checker>> = vec![Box::new(overlap(Duration::ZERO))];
        // More than a model reads before the clock moves.
        let found = all_found(&Checks::new(late), "Boats are also lent to members.", 300);
        let carried = |finding: &Finding| matches!(finding, Finding::Carried(_));
        assert!(found.iter().all(carried), "{found:?}");
    }

    #[test]
    fn a_statement_that_the_model_cannot_read_is_refused() {
        let checks = Checks::new(vec![Box::new(overlap(PATIENCE))]);
        let long = format!("Boats are lent to {}members.", "members and ".repeat(20));
        assert_eq!(found(&checks, &long), Finding::Refused(Reason::TooLong));
    }
}
