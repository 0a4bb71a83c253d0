//! The text of an answer as it grows, and what carries it.

mod batch;
mod links;
mod marks;
mod table;

use std::collections::HashSet;

use stoa_language::{Reading, markers::Class};
use stoa_proto::generation::{Citation, Delta, FoundPassage, answer_response};

use self::{marks::mark, table::with_gaps};
use super::blocks::{Body, Lead};
use crate::{
    answer::{Events, Unanswered, send},
    check::{Finding, Ground, Reason, Statement, Support, ends_wide, normal},
    quote::Quoted,
    read::Source,
    store::Checked,
};

pub(crate) use batch::{Batch, CheckedBatch};

/// Refused statements in a row after which a model is taken to be lost.
pub(crate) const LOST: usize = 6;
/// Words and numbers from which on a statement is read without its question.
const WHOLE: usize = 2;
/// Share of its words that a heading or a lead takes from the question and the sources.
const LEAD_HELD: f32 = 0.5;
/// Shortest line of code that tells one source from another, in characters.
const CODE_LINE: usize = 3;

/// The text of an answer as it grows.
pub(crate) struct Draft<'a> {
    sources: &'a [Source],
    passages: &'a [FoundPassage],
    question: &'a Reading,
    asked: String,
    events: &'a Events,
    pub(crate) text: String,
    pub(crate) citations: Vec<Citation>,
    /// Every statement, with what became of it.
    pub(crate) checked: Vec<Checked>,
    /// Where those of the last attempt begin.
    pub(super) attempt: usize,
    pub(crate) refused_in_a_row: usize,
    /// Statements that were kept.
    pub(crate) kept: usize,
    /// The model says that it does not know.
    pub(crate) gave_up: bool,
    said: HashSet<String>,
    /// The break before the next piece that is kept.
    lead: Lead,
    /// A heading or a line that introduces others: it stands when one of them does.
    held: Vec<(Lead, String)>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(
        ground: Ground<'a>,
        passages: &'a [FoundPassage],
        asked: &str,
        events: &'a Events,
    ) -> Self {
        Self {
            sources: ground.sources,
            passages,
            question: ground.question,
            asked: normal(asked),
            events,
            text: String::new(),
            citations: Vec::new(),
            checked: Vec::new(),
            attempt: 0,
            refused_in_a_row: 0,
            kept: 0,
            gave_up: false,
            said: HashSet::new(),
            lead: Lead::default(),
            held: Vec::new(),
        }
    }

    /// Takes what the checks let through, with its place in the answer.
    pub(crate) async fn take(&mut self, batch: CheckedBatch) -> Result<(), Unanswered> {
        for (piece, found) in batch.pieces {
            self.move_on(&piece.lead);
            match piece.body {
                Body::Sentence(text) => self.sentence(&text, found).await?,
                Body::Heading(text) => self.introduce(&text),
                Body::Code(text) => self.code(&text).await?,
                Body::Table(rows) => self.table(&rows, found).await?,
            }
        }
        Ok(())
    }

    /// Adds sentences of the sources themselves.
    pub(crate) async fn quote(&mut self, quoted: Vec<Quoted>) -> Result<(), Unanswered> {
        for quoted in quoted {
            let Quoted {
                n,
                text,
                quote,
                block,
            } = quoted;
            let support = Support {
                source: n,
                quote,
                score: 1.0,
            };
            // A block of code may be all that is quoted; then it is the statement itself.
            let (text, block) = match block {
                Some(block) if text.is_empty() => (block, None),
                block => (text, block),
            };
            self.record(&text, &Finding::Carried(vec![support.clone()]));
            let marked = mark(&text, &Statement::default(), &[n]);
            self.cite(&[support]);
            let is_list = text.contains('\n');
            self.say(marked).await?;
            self.lead.breaks = if is_list { 2 } else { 0 };
            if let Some(block) = block {
                self.lead.breaks = 2;
                self.say(self.safe(&block)).await?;
                self.lead.breaks = 2;
            }
        }
        Ok(())
    }

    /// Says words of Stoa's own.
    pub(crate) async fn tell(&mut self, text: String) -> Result<(), Unanswered> {
        self.held.clear();
        self.text.push_str(&text);
        send(self.events, answer_response::Event::Delta(Delta { text })).await
    }

    /// Statements that were left out, with the reason.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &Checked> {
        self.checked
            .iter()
            .filter(|checked| checked.refused.is_some())
    }

    async fn sentence(
        &mut self,
        text: &str,
        found: Vec<(Statement, Finding)>,
    ) -> Result<(), Unanswered> {
        let Some((statement, finding)) = found.into_iter().next() else {
            return Ok(());
        };
        // "I don't know" between statements is no statement. Whether anything else is left decides what becomes of the
        // answer.
        if crate::understand::gives_up(&statement.text) {
            self.gave_up = true;
            return Ok(());
        }
        let key = normal(&statement.text);
        if key.is_empty() || key == self.asked || self.said.contains(&key) {
            // Small models repeat themselves, which is not a statement more.
            self.refused_in_a_row += usize::from(!statement.text.is_empty());
            return Ok(());
        }
        // "The steps are:" states nothing that a source could carry, whatever a model says, and is needed to understand
        // what follows. What is contradicted does state something.
        if statement.text.ends_with([':', '：']) {
            let reading = Reading::of(&statement.text);
            let is_lead = match &finding {
                Finding::Refused(reason) => *reason != Reason::Contradicted,
                Finding::Carried(_) => statement.cited.is_empty() && self.is_known(&reading),
            };
            if is_lead && introduces(&reading) {
                self.introduce(&statement.text);
                return Ok(());
            }
        }
        self.record(&statement.text, &finding);
        let Finding::Carried(supports) = finding else {
            return Ok(());
        };
        // Only what was said: a refused statement may be carried when it is written again with another citation.
        self.said.insert(key);
        let numbers: Vec<usize> = supports.iter().map(|support| support.source).collect();
        // "42." is right only as the answer to its question, and is read without it in a chat.
        let whole = self.whole_sentence(&statement, &supports);
        let marked = mark(
            whole.as_deref().unwrap_or(&self.safe(text)),
            &statement,
            &numbers,
        );
        self.cite(&supports);
        self.say(marked).await
    }

    /// A statement of a single word or number is said in the sentence that carries it.
    fn whole_sentence(&self, statement: &Statement, supports: &[Support]) -> Option<String> {
        let [support] = supports else {
            return None;
        };
        let reading = Reading::of(&statement.text);
        let numbers = reading.quantities.iter().filter(|number| !number.weak);
        let says = reading.claims().count() + numbers.count();
        let source = &self.sources[support.source - 1];
        let unit = source
            .units
            .iter()
            .find(|unit| unit.quote == support.quote)?;
        (says < WHOLE && unit.text != statement.text).then(|| unit.text.clone())
    }

    /// A heading, or a line that introduces others: nothing in it may be the model's own.
    fn introduce(&mut self, text: &str) {
        let statement = Statement::parse(&plain(text));
        let lead = std::mem::take(&mut self.lead);
        if self.is_known(&Reading::of(&statement.text)) {
            let shown = mark(&self.safe(text), &statement, &[]);
            self.held.push((lead, shown));
        } else {
            self.lead = lead;
            // A heading that is dropped must not leave its mark to the sentence behind it.
            self.lead.mark.clear();
        }
    }

    fn is_known(&self, reading: &Reading) -> bool {
        let known = |term| {
            self.question.holds(term)
                || self.sources.iter().any(|source| {
                    source.heading().holds(term)
                        || source
                            .claims()
                            .iter()
                            .any(|claim| claim.reading.holds(term))
                })
        };
        let terms: Vec<_> = reading.claims().collect();
        let held = terms.iter().filter(|term| known(term)).count();
        let own_name = terms
            .iter()
            .any(|term| (term.name || term.identifier) && !known(term));
        reading.quantities.is_empty() && !own_name && held as f32 >= terms.len() as f32 * LEAD_HELD
    }

    /// Every line of code is a source's own, or the block is left out.
    async fn code(&mut self, text: &str) -> Result<(), Unanswered> {
        let lines: Vec<String> = text
            .lines()
            // The fence itself.
            .skip(1)
            .map(squeezed)
            .filter(|line| !line.is_empty() && !line.starts_with("```") && !line.starts_with("~~~"))
            .collect();
        let bodies: Vec<String> = self.sources.iter().map(told).collect();
        let known: Vec<bool> = lines
            .iter()
            .map(|line| bodies.iter().any(|body| body.contains(line.as_str())))
            .collect();
        let missing = lines.iter().zip(&known).find(|(_, known)| !**known);
        if lines.is_empty() || missing.is_some() {
            let word = missing.map_or_else(String::new, |(line, _)| line.clone());
            self.record(text, &Finding::Refused(Reason::Word(word)));
            return Ok(());
        }
        let carries = |body: &String| {
            lines
                .iter()
                .any(|line| line.chars().count() >= CODE_LINE && body.contains(line))
        };
        let supports: Vec<Support> = (1..)
            .zip(&bodies)
            .filter(|(_, body)| carries(body))
            // Code that stands in several documents is cited once.
            .take(1)
            .map(|(source, _)| Support {
                source,
                quote: lines.join("\n"),
                score: 1.0,
            })
            .collect();
        self.record(text, &Finding::Carried(supports.clone()));
        self.cite(&supports);
        self.say(text.to_owned()).await
    }

    /// The rows of a table that are carried, with a row of dots where others were left out: a gap is never silent.
    async fn table(
        &mut self,
        rows: &[String],
        found: Vec<(Statement, Finding)>,
    ) -> Result<(), Unanswered> {
        let mut supports: Vec<Support> = Vec::new();
        let mut carried: Vec<bool> = Vec::new();
        for (statement, finding) in &found {
            self.record(&statement.text, finding);
            carried.push(matches!(finding, Finding::Carried(_)));
            if let Finding::Carried(by) = finding {
                supports.extend(by.clone());
            }
        }
        // A table of heads and dots says nothing.
        if !carried.contains(&true) {
            return Ok(());
        }
        let rows = with_gaps(rows, &carried);
        let cites = found
            .iter()
            .any(|(statement, _)| !statement.cited.is_empty());
        let mut text = rows
            .iter()
            .map(|row| self.safe(row))
            .collect::<Vec<_>>()
            .join("\n");
        if !cites {
            let mut numbers: Vec<usize> = supports.iter().map(|support| support.source).collect();
            numbers.sort_unstable();
            numbers.dedup();
            let marks: String = numbers.iter().map(|n| format!("[{n}]")).collect();
            text = format!("{text}\n\n{marks}");
        }
        self.cite(&supports);
        self.say(text).await
    }

    /// Adds a text in its place, after what introduces it.
    async fn say(&mut self, text: String) -> Result<(), Unanswered> {
        let mut added = String::new();
        for (lead, held) in std::mem::take(&mut self.held) {
            self.add(&mut added, &lead, &held);
        }
        let lead = std::mem::take(&mut self.lead);
        self.add(&mut added, &lead, &text);
        self.refused_in_a_row = 0;
        self.kept += 1;
        self.text.push_str(&added);
        send(
            self.events,
            answer_response::Event::Delta(Delta { text: added }),
        )
        .await
    }

    fn add(&self, added: &mut String, lead: &Lead, text: &str) {
        let before = if added.is_empty() {
            &self.text
        } else {
            added.as_str()
        };
        let gap = match lead.breaks {
            // Refused pieces may have stood before the first that is kept.
            _ if before.is_empty() => "",
            0 if lead.mark.is_empty() => {
                // Chinese has no space between sentences, also not behind a citation.
                if ends_wide(text) && before.ends_with(|c: char| c == ']' || !c.is_ascii()) {
                    ""
                } else {
                    " "
                }
            }
            0 | 1 => "\n",
            _ => "\n\n",
        };
        let joined = format!("{gap}{}{text}", lead.mark);
        added.push_str(&joined);
    }

    /// The break before the next piece is the widest of those since the last that was kept.
    fn move_on(&mut self, lead: &Lead) {
        self.lead.breaks = self.lead.breaks.max(lead.breaks);
        if lead.breaks > 0 {
            self.lead.mark.clone_from(&lead.mark);
        }
        // Headings that nothing followed: at most the last few can still introduce something.
        if lead.breaks == 2 && self.held.len() > 2 {
            self.held.remove(0);
        }
    }

    /// What is checked from here on is of another attempt.
    pub(crate) fn begin_attempt(&mut self) {
        self.attempt = self.checked.len();
    }

    fn record(&mut self, text: &str, finding: &Finding) {
        let refused = match finding {
            Finding::Carried(_) => None,
            Finding::Refused(reason) => {
                self.refused_in_a_row += 1;
                Some(reason.clone())
            }
        };
        self.checked.push(Checked {
            statement: text.to_owned(),
            refused,
        });
    }

    fn cite(&mut self, supports: &[Support]) {
        for support in supports {
            let n = u32::try_from(support.source).unwrap_or(u32::MAX);
            if self.citations.iter().any(|citation| citation.n == n) {
                continue;
            }
            let passage = &self.passages[support.source - 1];
            let citation = Citation {
                n,
                passage_id: passage.id.clone(),
                document: passage.document.clone(),
                title: passage.title.clone(),
                page: passage.page,
                quote: support.quote.clone(),
                score: support.score,
                heading_path: self.sources[support.source - 1]
                    .section(&passage.heading_path, &support.quote),
                dated: passage.dated.clone(),
            };
            // By number, which is the order in which a person looks them up.
            let at = self.citations.partition_point(|other| other.n < n);
            self.citations.insert(at, citation);
        }
    }

    fn safe(&self, text: &str) -> String {
        links::safe(text, self.sources)
    }
}

/// Whether a line says nothing of its own of what it introduces: "dogs are not allowed:" does.
fn introduces(reading: &Reading) -> bool {
    !reading.marks.iter().any(|mark| match mark.class {
        Class::Not | Class::Fails | Class::Only => true,
        Class::Side(side) => side.is_polar() && !side.first,
        _ => false,
    })
}

/// A text on one line, with single spaces.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a source says to its readers, a statement a line.
fn told(source: &Source) -> String {
    let units = source.units.iter().filter(|unit| !unit.instructs);
    units
        .flat_map(|unit| [squeezed(&unit.text), squeezed(&unit.quote)])
        .collect::<Vec<_>>()
        .join("\n")
}

/// What a sentence says, without marks of emphasis, code and links.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for event in pulldown_cmark::Parser::new(text) {
        match event {
            pulldown_cmark::Event::Text(text) | pulldown_cmark::Event::Code(text) => {
                plain.push_str(&text);
            }
            pulldown_cmark::Event::SoftBreak | pulldown_cmark::Event::HardBreak => plain.push(' '),
            _ => {}
        }
    }
    // A sentence that begins like a list or a quote is none.
    if plain.trim().is_empty() {
        text.to_owned()
    } else {
        plain
    }
}
