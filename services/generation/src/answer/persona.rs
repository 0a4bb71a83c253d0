//! How long a persona may be.

use super::Answerer;
use crate::write::MAX_PERSONA_TOKENS;

impl Answerer {
    /// Why a persona is too long for one of the models; `None` when it is not.
    pub(crate) fn persona_excess(&self, text: &str) -> Option<String> {
        self.models.iter().find_map(|model| {
            let tokens = model.count_tokens(text);
            (tokens > MAX_PERSONA_TOKENS).then(|| {
                format!(
                    "the persona has {tokens} tokens as {} counts them, and at most {MAX_PERSONA_TOKENS} go before \
                     every prompt: shorten it",
                    model.name()
                )
            })
        })
    }
}
