//! What answers cost.

use crate::measure::Values;

/// The figure of what an answer costs.
pub(crate) const COST: &str = "cost";
/// Tokens that a price is for.
const PRICED: f64 = 1e6;

/// Prices of the model that writes the answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Of a million tokens that it reads.
    pub prompt: f64,
    /// Of a million tokens that it writes.
    pub completion: f64,
}

impl Prices {
    /// Adds the cost of an answer to its figures, where its tokens are known.
    pub fn add_to(&self, values: &mut Values) {
        let tokens = |name: &str| values.get(name).copied();
        let used = tokens("prompt_tokens").zip(tokens("completion_tokens"));
        if let Some((prompt, completion)) = used {
            let cost = (prompt * self.prompt + completion * self.completion) / PRICED;
            values.insert(COST.to_owned(), cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_of_a_million_tokens() {
        let prices = Prices {
            prompt: 0.5,
            completion: 2.0,
        };
        let mut values = Values::from([
            ("prompt_tokens".to_owned(), 2_000.0),
            ("completion_tokens".to_owned(), 100.0),
        ]);
        prices.add_to(&mut values);
        assert!((values["cost"] - 0.0012).abs() < 1e-12);
        let mut failed = Values::new();
        prices.add_to(&mut failed);
        assert!(failed.is_empty());
    }
}
