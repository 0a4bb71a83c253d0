//! Values that cannot work, found before anything starts.

use super::{Config, ConfigError};

impl Config {
    /// Refuses values that cannot work, before anything starts.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.check_secrets()?;
        self.check_addresses()?;
        self.check_tls()?;
        self.check_stores()?;
        self.check_eval()?;
        self.check_counts()?;
        self.check_scores()?;
        self.check_context()
    }

    fn check_counts(&self) -> Result<(), ConfigError> {
        let positive = [
            ("server.at_once", self.server.at_once),
            ("ingestion.workers", self.ingestion.workers),
            ("ingestion.max_queued", self.ingestion.max_queued as usize),
            (
                "ingestion.max_attempts",
                self.ingestion.max_attempts as usize,
            ),
            ("ingestion.max_pages", self.ingestion.max_pages as usize),
            ("embedding.queue", self.embedding.queue),
            ("embedding.dimensions", self.embedding.dimensions as usize),
            ("qdrant.shards", self.qdrant.shards as usize),
            ("qdrant.replicas", self.qdrant.replicas as usize),
            ("retrieval.candidates", self.retrieval.candidates),
            ("generation.passages", self.generation.passages),
            ("chat.at_once", self.chat.at_once),
        ];
        for (key, value) in positive {
            if value == 0 {
                return Err(ConfigError::Value {
                    key,
                    problem: "must be at least 1".to_owned(),
                });
            }
        }
        let passage = self.ingestion.passage_tokens;
        // Below, passages are fragments of sentences; above, no embedding model reads them whole.
        if !(32..=8_192).contains(&passage) {
            let problem = format!("must be between 32 and 8192, not {passage}");
            return Err(ConfigError::Value {
                key: "ingestion.passage_tokens",
                problem,
            });
        }
        Ok(())
    }

    fn check_scores(&self) -> Result<(), ConfigError> {
        let shares = [
            ("generation.min_score", self.generation.min_score),
            ("embedding.floor", self.embedding.floor),
        ];
        for (key, share) in shares {
            if let Some(share) = share.filter(|share| !(0.0..=1.0).contains(share)) {
                let problem = format!("must be between 0 and 1, not {share}");
                return Err(ConfigError::Value { key, problem });
            }
        }
        let cosines = (self.embedding.unrelated, self.embedding.paraphrase);
        if let (Some(unrelated), Some(paraphrase)) = cosines
            && !(-1.0 <= unrelated && unrelated < paraphrase && paraphrase <= 1.0)
        {
            let problem = format!(
                "must be a cosine above embedding.unrelated, which is {unrelated}, not {paraphrase}"
            );
            return Err(ConfigError::Value {
                key: "embedding.paraphrase",
                problem,
            });
        }
        Ok(())
    }

    fn check_context(&self) -> Result<(), ConfigError> {
        let endpoint = self.generation.url.is_some();
        let least = self.generation.answer_tokens_of(endpoint) + 256;
        if self.generation.context_tokens_of(endpoint) < least {
            let problem = format!(
                "must leave 256 tokens for the prompt beside generation.answer_tokens: at least {least}"
            );
            return Err(ConfigError::Value {
                key: "generation.context_tokens",
                problem,
            });
        }
        Ok(())
    }
}
