//! What answers are measured with.

use secrecy::SecretString;
use serde::Deserialize;

use super::{Config, ConfigError};
use crate::Address;

/// Longest name of a currency.
const MAX_CURRENCY: usize = 16;

/// What `stoa eval` measures with. The command reads it, and no service does.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Eval {
    /// The language model that judges answers and proposes questions: what the endpoint calls it, or a `.gguf` file of
    /// `assets.dir/models` where there is no endpoint. Nobody judges when it is not set.
    pub model: Option<String>,
    /// Base address of its OpenAI-compatible endpoint; that of the generation model when it is not set.
    pub url: Option<Address>,
    /// The endpoint's API key.
    pub api_key: Option<SecretString>,
    /// Price of a million tokens that the generation model reads.
    pub prompt_price: Option<f64>,
    /// Price of a million tokens that it writes.
    pub completion_price: Option<f64>,
    /// What the prices are in.
    pub currency: String,
}

impl Default for Eval {
    fn default() -> Self {
        Self {
            model: None,
            url: None,
            api_key: None,
            prompt_price: None,
            completion_price: None,
            currency: "USD".to_owned(),
        }
    }
}

impl Config {
    /// Where the model that judges is, and the key to it: an endpoint of its own, or that of the generation model.
    pub fn judging_endpoint(&self) -> Option<(&Address, Option<&SecretString>)> {
        let own = self.eval.url.as_ref();
        let own = own.map(|url| (url, self.eval.api_key.as_ref()));
        own.or_else(|| {
            let settings = &self.generation;
            let key = self.eval.api_key.as_ref().or(settings.api_key.as_ref());
            settings.url.as_ref().map(|url| (url, key))
        })
    }

    /// Refuses half of a setting, and prices that are none.
    pub(super) fn check_eval(&self) -> Result<(), ConfigError> {
        let eval = &self.eval;
        let is_named = eval
            .model
            .as_ref()
            .is_some_and(|model| !model.trim().is_empty());
        if !is_named && (eval.url.is_some() || eval.model.is_some()) {
            return Err(ConfigError::Missing {
                key: "eval.model",
                hint: "name the model that judges, as its endpoint calls it",
            });
        }
        let prices = [
            ("eval.prompt_price", eval.prompt_price),
            ("eval.completion_price", eval.completion_price),
        ];
        for (key, price) in prices {
            match price {
                Some(price) if !price.is_finite() || price < 0.0 => {
                    let problem = format!("must be the price of a million tokens, not {price}");
                    return Err(ConfigError::Value { key, problem });
                }
                None if prices.iter().any(|(_, price)| price.is_some()) => {
                    return Err(ConfigError::Missing {
                        key,
                        hint: "eval.prompt_price and eval.completion_price are set together; 0 is a price",
                    });
                }
                _ => {}
            }
        }
        let currency = eval.currency.trim();
        if currency.is_empty() || currency.len() > MAX_CURRENCY {
            let problem = format!("must be a name such as USD, of at most {MAX_CURRENCY} bytes");
            return Err(ConfigError::Value {
                key: "eval.currency",
                problem,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: fn(&mut Eval)) -> String {
        let mut config = Config::default();
        change(&mut config.eval);
        config
            .check_eval()
            .map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn half_of_a_setting_is_refused() {
        assert_eq!(refused(|_| {}), "");
        let alone = refused(|eval| eval.url = Some("http://host/v1".into()));
        assert!(alone.starts_with("`eval.model` is not set"), "{alone}");
        let empty = refused(|eval| eval.model = Some(" ".to_owned()));
        assert!(empty.starts_with("`eval.model`"), "{empty}");
        let half = refused(|eval| eval.prompt_price = Some(0.1));
        assert!(half.starts_with("`eval.completion_price`"), "{half}");
        let free = refused(|eval| {
            eval.prompt_price = Some(0.0);
            eval.completion_price = Some(0.0);
        });
        assert_eq!(free, "");
    }

    #[test]
    fn a_price_is_a_number_that_can_be_paid() {
        for price in [-0.1, f64::NAN, f64::INFINITY] {
            let mut config = Config::default();
            config.eval.prompt_price = Some(price);
            config.eval.completion_price = Some(1.0);
            let error = config.check_eval().expect_err("refused").to_string();
            assert!(error.contains("a million tokens"), "{error}");
        }
        let nameless = refused(|eval| eval.currency = " ".to_owned());
        assert!(nameless.starts_with("`eval.currency`"), "{nameless}");
    }
}
