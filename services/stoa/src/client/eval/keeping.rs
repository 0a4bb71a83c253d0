//! The files of a set while its proposals are gone through: each decision is on the disk before the next is asked for.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::Serialize;
use stoa_eval::{Head, Question, Review, Source, head_of, line_of, with_head};
use stoa_kit::Space;

use super::files;
use crate::client::output::{plural, print_json, say};

/// How a review ended.
#[derive(Serialize)]
struct ReviewJson {
    proposed: usize,
    accepted: usize,
    dropped: usize,
    /// Not decided, or skipped.
    left: usize,
}

/// A set, what was dropped of it, and what is proposed, as they were before.
pub(super) struct Keeping {
    file: PathBuf,
    space: String,
    /// The text of the set; nothing where it is new.
    set: Option<String>,
    dropped: Option<String>,
    /// Where proposals are kept that are not decided; those of chats need no file.
    proposals: Option<PathBuf>,
    /// Words and origins that are not to be proposed.
    known: HashSet<String>,
}

impl Keeping {
    /// Reads the files of a set, which need not be there.
    pub(super) fn of(file: &Path, space: &Space) -> Result<Self> {
        let mut known = HashSet::new();
        if let Some(set) = files::questions_if_there(file)? {
            // Questions of another space would be measured against documents that never had the answers.
            files::belongs(&set, space, file)?;
            for question in set.questions {
                known.insert(question.question);
                // By its origin, too: whoever rewords a proposal does not want it proposed again.
                known.insert(question.origin);
            }
        }
        let dropped = text_if_there(&files::beside(file, "dropped"))?;
        known.extend(
            dropped
                .iter()
                .flat_map(|text| text.lines())
                .map(str::to_owned),
        );
        Ok(Self {
            file: file.to_owned(),
            space: space.to_string(),
            set: text_if_there(file)?,
            dropped,
            proposals: None,
            known,
        })
    }

    pub(super) fn known(&self) -> &HashSet<String> {
        &self.known
    }

    /// The proposals that were not decided the last time, and are kept from now on.
    pub(super) fn proposals(&mut self) -> Result<Vec<(Question, Source)>> {
        let file = files::beside(&self.file, "proposed");
        let text = text_if_there(&file)?.unwrap_or_default();
        let mut proposals = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let proposal: (Question, Source) = serde_json::from_str(line).with_context(|| {
                format!(
                    "{} has a line that is no proposal: remove it",
                    file.display()
                )
            })?;
            let (question, _) = &proposal;
            let is_known = [&question.question, &question.origin]
                .into_iter()
                .any(|text| self.known.contains(text));
            if !is_known {
                proposals.push(proposal);
            }
        }
        self.proposals = Some(file);
        Ok(proposals)
    }

    /// Keeps a proposal that was just made, behind the others.
    pub(super) fn propose(&self, proposal: &(Question, Source)) -> Result<()> {
        let line = serde_json::to_string(proposal)? + "\n";
        let Some(file) = &self.proposals else {
            return Ok(());
        };
        files::append(file, &line)
    }

    /// Writes what was decided.
    pub(super) fn keep(&self, review: &Review) -> Result<()> {
        let mut lines = String::new();
        for question in review.accepted() {
            lines += &line_of(question)?;
        }
        let set = self.changed(&lines)?;
        put(&self.file, self.set.as_ref(), set)?;
        let origins: String = review
            .dropped()
            .map(|origin| format!("{origin}\n"))
            .collect();
        let before = self.dropped.as_ref();
        let dropped = (!origins.is_empty()).then(|| behind(before, &origins));
        put(&files::beside(&self.file, "dropped"), before, dropped)?;
        if let Some(proposals) = &self.proposals {
            let mut left = String::new();
            for proposal in review.left() {
                left += &serde_json::to_string(proposal)?;
                left.push('\n');
            }
            // Last: where this is not reached, the next run leaves out what the set and the dropped hold.
            files::replace(proposals, &left)?;
        }
        Ok(())
    }

    /// The text of the set with more lines, as its next version; nothing where there are none.
    fn changed(&self, lines: &str) -> Result<Option<String>> {
        if lines.is_empty() {
            return Ok(None);
        }
        let before = self.set.as_deref().and_then(head_of);
        let head = Head {
            space: self.space.clone(),
            version: before.map_or(1, |head| head.version.saturating_add(1)),
        };
        Ok(Some(with_head(&behind(self.set.as_ref(), lines), &head)?))
    }

    /// Prints how many were added and dropped.
    pub(super) fn report(&self, review: &Review, json: bool, nothing: &str) -> Result<()> {
        let (_, proposed) = review.progress();
        let (accepted, dropped) = (review.accepted().count(), review.dropped().count());
        if json {
            let left = review.left().count();
            return print_json(&ReviewJson {
                proposed,
                accepted,
                dropped,
                left,
            });
        }
        if proposed == 0 {
            say!("{nothing}");
        } else {
            let added = plural(accepted as u64, "question");
            say!(
                "{added} added to {}, {dropped} dropped",
                self.file.display()
            );
        }
        Ok(())
    }
}

/// Lines behind a text, which need not end with a line's end.
fn behind(before: Option<&String>, lines: &str) -> String {
    match before {
        // Somebody edited the file by hand; two questions on one line would make it unreadable.
        Some(text) if !text.is_empty() && !text.ends_with('\n') => format!("{text}\n{lines}"),
        Some(text) => format!("{text}{lines}"),
        None => lines.to_owned(),
    }
}

/// Writes a text, or what was there before. A file that was not there goes again.
fn put(file: &Path, before: Option<&String>, text: Option<String>) -> Result<()> {
    match text.as_ref().or(before) {
        Some(text) => files::replace(file, text),
        // After an undo of the only decision.
        None => match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot write {}", file.display()))
            }
            _ => Ok(()),
        },
    }
}

fn text_if_there(file: &Path) -> Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use stoa_eval::{Evidence, Reason};

    use super::*;

    fn proposal(n: usize) -> (Question, Source) {
        let mut question = Question::new(&format!("question {n}"));
        question.answers = vec!["a".to_owned()];
        question.evidence = vec![Evidence {
            document: "a.md".to_owned(),
            page: None,
            passage: None,
        }];
        question.origin = format!("proposed:{n}:m");
        let source = Source {
            turn: n.to_string(),
            question: question.question.clone(),
            reason: Reason::Proposed {
                model: "m".to_owned(),
                passage: "words".to_owned(),
            },
            cited: Vec::new(),
        };
        (question, source)
    }

    #[test]
    fn what_is_decided_is_on_the_disk_and_what_is_taken_back_is_not() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("set.jsonl");
        let space = Space::parse("team").expect("a space");
        let mut keeping = Keeping::of(&file, &space).expect("nothing there");
        assert!(keeping.proposals().expect("none").is_empty());
        let proposals: Vec<_> = (0..3).map(proposal).collect();
        for one in &proposals {
            keeping.propose(one).expect("writes");
        }
        let mut review = Review::new(proposals);
        review.accept(None).expect("valid");
        review.drop_it();
        keeping.keep(&review).expect("writes");
        let text = fs::read_to_string(&file).expect("a set");
        assert_eq!(
            head_of(&text).map(|head| (head.space, head.version)),
            Some(("team".to_owned(), 1))
        );
        assert_eq!(text.lines().count(), 2);

        // As the next one finds it, who was not told that this one ended.
        let mut next = Keeping::of(&file, &space).expect("reads");
        let left = next.proposals().expect("reads");
        assert_eq!(left.len(), 1);
        assert!(next.known().contains("proposed:1:m"));
        let mut rest = Review::new(left);
        rest.accept(None).expect("valid");
        next.keep(&rest).expect("writes");
        let text = fs::read_to_string(&file).expect("a set");
        assert_eq!(head_of(&text).map(|head| head.version), Some(2));
        assert!(rest.undo());
        next.keep(&rest).expect("writes");
        let text = fs::read_to_string(&file).expect("a set");
        assert_eq!(head_of(&text).map(|head| head.version), Some(1));

        assert!(review.undo() && review.undo());
        keeping.keep(&review).expect("writes");
        assert!(!file.exists());
        let other = Space::parse("other").expect("a space");
        fs::write(&file, text).expect("writes");
        let error = Keeping::of(&file, &other).err().expect("another's");
        assert!(error.to_string().contains("--space team"), "{error}");
    }
}
