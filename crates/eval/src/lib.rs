//! How good search and answers are, over questions whose answers are known.
//!
//! A question set is read (`question`, `set`), a run puts its questions to a server, each question is measured
//! (`measure`), and what was measured is kept as a `Run`: one JSON file that a gate, a comparison and a report read.
//! Nothing here calls a service.

mod agreement;
mod case;
mod compare;
mod cost;
mod figure;
mod gate;
mod marks;
mod measure;
mod preference;
mod prompts;
mod proposal;
mod question;
mod ranking;
mod report;
mod review;
mod run;
mod set;
mod significance;
mod statements;
mod statistics;
mod text;
mod training;
mod variant;
mod word_vectors;

pub use agreement::Agreement;
pub use case::{Reason, Source, propose};
pub use compare::{Change, Comparison, Level, Shift, Verdict, compare, paired};
pub use cost::Prices;
pub use figure::{Aim, Figure, KNOWN_FIGURES, Meaning, meaning, shown};
pub use gate::{Closed, Gate, InvalidGate};
pub use marks::{Answer, Marks};
pub use measure::{Answered, Cited, Ending, Found, Values, measure_answer, measure_search};
pub use preference::{Choice, Pair, Preferences, Preferred};
pub use prompts::{JUDGE, PREFER, PROPOSE, Prompt};
pub use proposal::{Excerpt, Proposal, origin_of, pick};
pub use question::{Evidence, Invalid, MAX_QUESTION, Question, names_document};
pub use report::html;
pub use review::Review;
pub use run::{Document, FORMAT, Judging, Outcome, Row, Run, Setup, Topic, Unjudged};
pub use set::{Head, MAX_BYTES, QuestionSet, Unreadable, head_of, line_of, with_head};
pub use training::{Triplet, triplets};
pub use variant::{Asked, COLUMNS, Step, Variant};
pub use word_vectors::{Vocabulary, WordVectors};
