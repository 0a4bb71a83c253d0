//! What an evaluation has answered otherwise.

use stoa_proto::{
    generation::{AnswerOptions, AnswerPart},
    retrieval::SearchOptions,
};
use tonic::Status;

/// How who evaluates is called, and the conversations of it begin: what they are told may be unsupported, and nobody else
/// is told it.
const EVALUATION: &str = "eval:";

/// Parts of answering that are left out: none of them when a person asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Without(u32);

impl Without {
    pub(crate) fn of(parts: impl Iterator<Item = AnswerPart>) -> Self {
        Self(parts.fold(0, |set, part| set | bit(part)))
    }

    pub(crate) fn has(self, part: AnswerPart) -> bool {
        self.0 & bit(part) != 0
    }
}

fn bit(part: AnswerPart) -> u32 {
    1 << i32::from(part)
}

/// How a question is answered otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Otherwise {
    pub(crate) without: Without,
    /// How candidates are found, as `SearchMode`.
    pub(crate) mode: i32,
    pub(crate) search: Option<SearchOptions>,
}

impl Otherwise {
    /// What a request asks for. INVALID_ARGUMENT: a person's answer would be without something.
    pub(crate) fn of(
        options: Option<AnswerOptions>,
        user: &str,
        conversation: &str,
    ) -> Result<Self, Status> {
        let Some(options) = options else {
            return Ok(Self::default());
        };
        let is_person = !user.starts_with(EVALUATION)
            || !(conversation.is_empty() || conversation.starts_with(EVALUATION));
        if is_person {
            return Err(Status::invalid_argument(format!(
                "options are for evaluations: user and conversation must begin with `{EVALUATION}`"
            )));
        }
        Ok(Self {
            without: Without::of(options.without()),
            mode: options.mode,
            search: options.search,
        })
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn what_is_left_out_is_that_and_nothing_else() {
        let options = AnswerOptions {
            without: vec![AnswerPart::Judge.into(), AnswerPart::Words.into()],
            ..AnswerOptions::default()
        };
        let otherwise = Otherwise::of(Some(options), "eval:1", "").expect("an evaluation");
        for part in [AnswerPart::Judge, AnswerPart::Words] {
            assert!(otherwise.without.has(part), "{part:?}");
        }
        for part in [
            AnswerPart::Model,
            AnswerPart::Agreement,
            AnswerPart::Entailment,
        ] {
            assert!(!otherwise.without.has(part), "{part:?}");
        }
    }

    #[test]
    fn a_persons_answer_is_whole() {
        let asked = |user: &str, conversation: &str| {
            let otherwise = Otherwise::of(Some(AnswerOptions::default()), user, conversation);
            otherwise.map(drop).map_err(|status| status.code())
        };
        let refused = Err(Code::InvalidArgument);
        assert_eq!(asked("eval:1", ""), Ok(()));
        assert_eq!(asked("eval:1", "eval:2"), Ok(()));
        assert_eq!(asked("eval:1", "discord:2"), refused, "others read it too");
        assert_eq!(asked("discord:1", ""), refused);
        assert_eq!(asked("", ""), refused);
        let whole = Otherwise::of(None, "discord:1", "discord:2").expect("a person");
        assert_eq!(whole.without, Without::default());
    }
}
