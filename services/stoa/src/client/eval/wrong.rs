//! What was answered wrongly once, and is asked each time.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use anyhow::Result;
use stoa_eval::{Outcome, QuestionSet, Row, line_of};

use super::files;

/// The questions of a set that were answered wrongly. They are in a file beside it, where they stay when they are taken out
/// of the set.
pub(super) struct Wrong {
    file: PathBuf,
    known: HashSet<String>,
}

impl Wrong {
    /// Adds to a set the questions that were taken out of it, and marks those that are still there. `None` for a set that
    /// Stoa does not keep.
    pub(super) fn add_to(set: &mut QuestionSet, questions: &Path) -> Result<Option<Self>> {
        // Somebody's own file of questions gets no other file beside it.
        if set.head.is_none() {
            return Ok(None);
        }
        let file = files::beside(questions, "wrong");
        let earlier = files::questions_if_there(&file)?;
        let earlier = earlier.map(|set| set.questions).unwrap_or_default();
        let known: HashSet<String> = earlier.iter().map(|earlier| earlier.id.clone()).collect();
        for question in &mut set.questions {
            if known.contains(&question.id) {
                question.mark_wrong();
            }
        }
        let own: HashSet<String> = set.questions.iter().map(|own| own.id.clone()).collect();
        let gone = earlier
            .into_iter()
            .filter(|earlier| !own.contains(&earlier.id));
        set.questions.extend(gone);
        Ok(Some(Self { file, known }))
    }

    /// Keeps what was answered wrongly this time. Returns how many there are that were not before.
    pub(super) fn keep(&self, set: &QuestionSet, rows: &[Row]) -> Result<usize> {
        let wrong: HashSet<&str> = rows
            .iter()
            // Those that failed are left out: an error says nothing of the answer.
            .filter(|row| row.outcome == Outcome::Wrong && !self.known.contains(&row.id))
            .map(|row| row.id.as_str())
            .collect();
        let mut lines = String::new();
        for question in &set.questions {
            if wrong.contains(question.id.as_str()) {
                let mut question = question.clone();
                question.mark_wrong();
                lines += &line_of(&question)?;
            }
        }
        files::append(&self.file, &lines)?;
        Ok(wrong.len())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use stoa_eval::Values;

    use super::*;

    const HEAD: &str = r#"{"space":"default","version":1}"#;

    fn row(id: &str, outcome: Outcome) -> Row {
        Row {
            id: id.to_owned(),
            question: id.to_owned(),
            language: String::new(),
            tags: Vec::new(),
            outcome,
            answer: String::new(),
            expected: Vec::new(),
            found: Vec::new(),
            values: Values::new(),
        }
    }

    fn line(id: &str) -> String {
        format!("{{\"id\": \"{id}\", \"question\": \"{id}?\", \"answer\": \"a\"}}\n")
    }

    #[test]
    fn what_was_wrong_is_asked_though_it_left_the_set() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("set.jsonl");
        fs::write(&file, format!("{HEAD}\n{}{}", line("a"), line("b"))).expect("writes");
        let mut set = files::questions(&file).expect("a set");
        let wrong = Wrong::add_to(&mut set, &file).expect("reads");
        let wrong = wrong.expect("one that Stoa keeps");
        let rows = [row("a", Outcome::Wrong), row("b", Outcome::Refused)];
        assert_eq!(wrong.keep(&set, &rows).expect("writes"), 1);

        fs::write(&file, format!("{HEAD}\n{}", line("b"))).expect("writes");
        let mut set = files::questions(&file).expect("a set");
        let wrong = Wrong::add_to(&mut set, &file).expect("reads");
        let wrong = wrong.expect("one that Stoa keeps");
        let ids: Vec<&str> = set.questions.iter().map(|own| own.id.as_str()).collect();
        assert_eq!(ids, ["b", "a"]);
        assert!(set.questions[1].was_wrong() && !set.questions[0].was_wrong());
        let again = [row("a", Outcome::Wrong)];
        assert_eq!(wrong.keep(&set, &again).expect("nothing to do"), 0);
    }

    #[test]
    fn a_set_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("set.jsonl");
        fs::write(&file, line("a")).expect("writes");
        let mut set = files::questions(&file).expect("a set");
        assert!(Wrong::add_to(&mut set, &file).expect("reads").is_none());
    }
}
