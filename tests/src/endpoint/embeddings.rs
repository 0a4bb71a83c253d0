//! Its embedding model, and what it takes.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use hyper::{
    Response, StatusCode,
    header::{HeaderValue, RETRY_AFTER},
};
use serde_json::{Value, json};

use super::{Behaviour, Body, refusal, whole};

/// What the embedding model takes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most texts of a call.
    pub inputs: usize,
    /// A word that makes a text too long for it.
    pub too_long: Option<&'static str>,
    /// Calls that come too soon: it asks for a second of patience.
    pub too_soon: Arc<AtomicUsize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inputs: 2_048,
            too_long: None,
            too_soon: Arc::default(),
        }
    }
}

impl Limits {
    /// As providers say it.
    fn refuse(&self, inputs: &[&str]) -> Option<Response<Body>> {
        let one_less = |calls: usize| calls.checked_sub(1);
        let counted = self
            .too_soon
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        if counted.is_ok() {
            let mut refused = refusal(429, "Rate limit reached");
            let second = HeaderValue::from_static("1");
            refused.headers_mut().insert(RETRY_AFTER, second);
            return Some(refused);
        }
        if inputs.len() > self.inputs {
            let most = self.inputs;
            let message = format!("batch size is invalid, it should not be larger than {most}");
            return Some(refusal(400, &message));
        }
        let too_long = self.too_long?;
        inputs
            .iter()
            .any(|text| text.contains(too_long))
            .then(|| refusal(400, "This model's maximum context length is 512 tokens"))
    }
}

impl Behaviour {
    pub(super) fn embeddings(&self, request: &Value) -> Response<Body> {
        let inputs: Vec<&str> = match &request["input"] {
            Value::String(text) => vec![text],
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let well_formed = !inputs.is_empty()
            && inputs.iter().all(|text| !text.is_empty())
            && matches!(request["encoding_format"].as_str(), None | Some("float"));
        if !well_formed {
            return refusal(400, "'$.input' is invalid");
        }
        if let Some(refused) = self.limits.refuse(&inputs) {
            return refused;
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let data: Vec<Value> = inputs
            .iter()
            .enumerate()
            .map(|(index, text)| {
                json!({"object": "embedding", "index": index, "embedding": self.vector(text)})
            })
            .collect();
        let usage = json!({"prompt_tokens": inputs.len(), "total_tokens": inputs.len()});
        let body =
            json!({"object": "list", "data": data, "model": request["model"], "usage": usage});
        whole(StatusCode::OK, &body)
    }

    /// Texts that share words are near each other.
    fn vector(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.01_f32; self.dimensions];
        for word in text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 3)
        {
            let mut hasher = DefaultHasher::new();
            word.to_lowercase().hash(&mut hasher);
            let slot = hasher.finish() % self.dimensions as u64;
            vector[usize::try_from(slot).expect("small")] += 1.0;
        }
        vector
    }
}
