//! What languages do to words, numbers, dates and negations: one subject that search and answers share.
//!
//! Nothing here does I/O or knows a service. The data of each language is in `data/`, one file a subject.

pub mod fold;
pub mod language;
pub mod markers;
pub mod quantity;
pub mod reading;
pub mod script;
pub mod sentences;
pub mod synonyms;
pub mod words;

pub use language::Language;
pub use reading::Reading;
