//! Going through what was proposed, one by one, with a way back.

use crate::{
    case::Source,
    question::{Invalid, Question},
};

/// What was decided of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Decision {
    Accepted(Box<Question>),
    Dropped,
    Skipped,
}

/// A walk through proposals.
#[derive(Debug)]
pub struct Review {
    proposed: Vec<(Question, Source)>,
    decided: Vec<Decision>,
}

impl Review {
    /// Begins at the first.
    pub fn new(proposed: Vec<(Question, Source)>) -> Self {
        Self {
            proposed,
            decided: Vec::new(),
        }
    }

    /// What is to be decided, and where it came from; nothing at the end.
    pub fn current(&self) -> Option<(&Question, &Source)> {
        let (question, source) = self.proposed.get(self.decided.len())?;
        Some((question, source))
    }

    /// How many were decided, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.decided.len(), self.proposed.len())
    }

    /// Takes the proposal as it is, or as it was edited. One that cannot be measured by stays to be decided.
    pub fn accept(&mut self, edited: Option<Question>) -> Result<(), Invalid> {
        let Some((proposed, _)) = self.proposed.get(self.decided.len()) else {
            return Ok(());
        };
        let question = edited.unwrap_or_else(|| proposed.clone());
        question.check()?;
        self.decided.push(Decision::Accepted(Box::new(question)));
        Ok(())
    }

    /// It is not proposed again.
    pub fn drop_it(&mut self) {
        self.decide(Decision::Dropped);
    }

    /// It is proposed again the next time.
    pub fn skip(&mut self) {
        self.decide(Decision::Skipped);
    }

    /// Goes back to the one before. `false`: this is the first.
    pub fn undo(&mut self) -> bool {
        self.decided.pop().is_some()
    }

    fn decide(&mut self, decision: Decision) {
        // A key that is held down must not decide beyond the end.
        if self.decided.len() < self.proposed.len() {
            self.decided.push(decision);
        }
    }

    /// Questions that were accepted.
    pub fn accepted(&self) -> impl Iterator<Item = &Question> {
        self.decided.iter().filter_map(|decision| match decision {
            Decision::Accepted(question) => Some(&**question),
            Decision::Dropped | Decision::Skipped => None,
        })
    }

    /// Those that are still to be decided, another time if not now.
    pub fn left(&self) -> impl Iterator<Item = &(Question, Source)> {
        self.proposed
            .iter()
            .enumerate()
            .filter_map(|(at, proposal)| {
                let decision = self.decided.get(at);
                let open = decision.is_none_or(|decision| *decision == Decision::Skipped);
                open.then_some(proposal)
            })
    }

    /// Origins of those that were dropped.
    pub fn dropped(&self) -> impl Iterator<Item = &str> {
        let decided = self.decided.iter().zip(&self.proposed);
        decided
            .filter(|(decision, _)| **decision == Decision::Dropped)
            .map(|(_, (question, _))| question.origin.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Reason;

    fn review(count: usize) -> Review {
        let proposed = (0..count).map(|n| {
            let mut question = Question::new(&format!("q{n}"));
            question.unanswerable = true;
            question.origin = format!("unanswered:{n}");
            let source = Source {
                turn: n.to_string(),
                question: format!("q{n}"),
                reason: Reason::Unanswered,
                cited: Vec::new(),
            };
            (question, source)
        });
        Review::new(proposed.collect())
    }

    #[test]
    fn what_was_decided_can_be_taken_back() {
        let mut review = review(3);
        review.accept(None).expect("valid");
        review.drop_it();
        review.skip();
        assert!(review.current().is_none());
        assert_eq!(review.accepted().count(), 1);
        assert_eq!(review.dropped().collect::<Vec<_>>(), ["unanswered:1"]);
        assert_eq!(review.left().count(), 1, "what was skipped");
        assert!(review.undo() && review.undo());
        assert_eq!(review.current().expect("the second").0.question, "q1");
        assert_eq!(review.dropped().count(), 0);
        assert!(review.undo());
        assert!(!review.undo());
        assert_eq!((review.progress(), review.left().count()), ((0, 3), 3));
    }

    #[test]
    fn what_cannot_be_measured_by_is_not_taken() {
        let mut review = review(1);
        let open = Question::new("q0");
        assert_eq!(review.accept(Some(open.clone())), Err(Invalid::Open));
        assert!(review.current().is_some());
        let answered = Question {
            answers: vec!["a".to_owned()],
            ..open
        };
        review.accept(Some(answered)).expect("valid");
        assert_eq!(review.accepted().count(), 1);
        review.drop_it();
        assert_eq!(review.progress(), (1, 1));
    }
}
