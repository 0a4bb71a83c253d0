//! The command line of `stoa eval`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use stoa_eval::Gate;

use super::{Mode, Output, Target};

/// Options of `stoa eval`: of a run, or a command.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Eval {
    #[command(subcommand)]
    pub(crate) command: Option<EvalCommand>,
    #[command(flatten)]
    pub(crate) run: EvalRun,
}

/// Options of a run.
#[derive(Debug, ClapArgs)]
pub(crate) struct EvalRun {
    /// File of questions (JSONL)
    #[arg(value_name = "QUESTIONS.jsonl")]
    pub(crate) questions: Option<PathBuf>,
    /// Keeps the result, for `stoa eval compare` and for --against
    #[arg(long, value_name = "RUN.json")]
    pub(crate) out: Option<PathBuf>,
    /// Writes a report: one HTML file with plots
    #[arg(long, value_name = "REPORT.html")]
    pub(crate) report: Option<PathBuf>,
    /// Puts the differences to an earlier result into the report
    #[arg(long, value_name = "RUN.json")]
    pub(crate) against: Option<PathBuf>,
    /// Fails when a figure is below a number, for example --at-least recall@5=0.8
    #[arg(long, value_name = "FIGURE=NUMBER")]
    pub(crate) at_least: Vec<Gate>,
    /// Fails when a figure is above a number, for example --at-most unsupported=0.02
    #[arg(long, value_name = "FIGURE=NUMBER")]
    pub(crate) at_most: Vec<Gate>,
    /// Searches only, and asks for no answers
    #[arg(long)]
    pub(crate) search_only: bool,
    /// How passages are looked for where the search is measured; answers look as they always do
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub(crate) mode: Mode,
    /// Asks the same of each generation of language models in turn: words, a vector a word, an encoder, a model that
    /// writes, and all together; one table says what each adds
    #[arg(long, conflicts_with = "mode")]
    pub(crate) ladder: bool,
    /// Asks the same with each part of the search and of answering off in turn; one table says what each is worth, and
    /// whether chance would do
    #[arg(long, conflicts_with = "mode")]
    pub(crate) ablate: bool,
    /// Questions that are asked at once; times are those of a server that is asked so much
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) concurrency: u16,
    /// What the resamples of intervals are drawn with
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Asks no judging model, though one is configured (eval.model)
    #[arg(long)]
    pub(crate) no_judge: bool,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// What else `stoa eval` does.
#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Says what became better and what worse between two results, and whether chance would do; fails when something
    /// became worse
    ///
    /// With a judging model (eval.model) it says also whose answers are preferred. Each pair is judged twice, in both orders.
    Compare {
        /// The earlier result
        #[arg(value_name = "A.json")]
        first: PathBuf,
        /// The later one
        #[arg(value_name = "B.json")]
        second: PathBuf,
        /// Share of the figures called better or worse that may be so by chance
        #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = share)]
        level: f64,
        /// Asks no judging model, though one is configured (eval.model)
        #[arg(long)]
        no_judge: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Goes through what people marked as wrong and what got no answer, and adds what you accept to a question set
    ///
    /// Each decision is kept at once, so that it can be stopped and gone on with at any time. What is dropped is remembered
    /// beside the set, in QUESTIONS.jsonl.dropped, and not proposed again. A set that it changes says in its first line whose
    /// it is and how often it was changed, and what was answered wrongly once stays in QUESTIONS.jsonl.wrong: it is asked
    /// each time.
    Review {
        /// The question set, which need not be there yet
        #[arg(value_name = "QUESTIONS.jsonl")]
        questions: PathBuf,
        #[command(flatten)]
        target: Target,
    },
    /// Has a language model (eval.model) propose questions about the documents, and adds what you accept to a question set
    ///
    /// One passage gives one question, whose answer stands in it word for word. They are gone through as in `review`; what
    /// is not decided stays in QUESTIONS.jsonl.proposed, and comes first the next time.
    Propose {
        /// The question set, which need not be there yet
        #[arg(value_name = "QUESTIONS.jsonl")]
        questions: PathBuf,
        /// How many questions to go through
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
        count: u16,
        /// What the passages are drawn with
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        target: Target,
    },
    /// Writes pairs to train a model with, one JSON object a line, as sentence-transformers reads them
    ///
    /// They are made of the questions of the set, and of answers in the space's chats that got a thumb up.
    Export {
        /// File of questions (JSONL)
        #[arg(value_name = "QUESTIONS.jsonl")]
        questions: PathBuf,
        /// What is trained
        #[arg(long = "for", value_enum, default_value_t = Purpose::Embedding)]
        purpose: Purpose,
        /// Passages a question that are found for it and do not answer it
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=50))]
        negatives: u16,
        /// Where to write; to the terminal when it is not given
        #[arg(long, value_name = "PAIRS.jsonl")]
        out: Option<PathBuf>,
        #[command(flatten)]
        target: Target,
    },
}

/// What pairs are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// An embedding model: question, passage that answers, passage that does not
    Embedding,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok();
    share
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "give a share between 0 and 1, such as 0.05".to_owned())
}
