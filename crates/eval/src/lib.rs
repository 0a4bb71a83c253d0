//! How good search and answers are, over questions whose answers are known.
//!
//! A question set is read (`question`, `set`), a run puts its questions to a server, each question is measured
//! (`measure`), and what was measured is kept as a `Run`: one JSON file that a gate, a comparison and a report read.
//! Nothing here calls a service.

mod case;
mod compare;
mod figure;
mod gate;
mod measure;
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
mod topics;
mod training;
mod variant;
mod word_vectors;

pub use case::{Reason, Source, propose};
pub use compare::{Change, Comparison, Level, Shift, Verdict, compare};
pub use figure::{Aim, Figure, KNOWN_FIGURES, Meaning, meaning};
pub use gate::{Closed, Gate, InvalidGate};
pub use measure::{Answered, Cited, Ending, Found, Values, measure_answer, measure_search};
pub use question::{Evidence, Invalid, MAX_QUESTION, Question, names_document};
pub use report::html;
pub use review::Review;
pub use run::{Document, FORMAT, Outcome, Row, Run, Setup};
pub use set::{MAX_BYTES, QuestionSet, Unreadable, line_of};
pub use topics::{Topic, group};
pub use training::{Triplet, triplets};
pub use variant::{Asked, COLUMNS, Step, Variant};
pub use word_vectors::{Vocabulary, WordVectors};
