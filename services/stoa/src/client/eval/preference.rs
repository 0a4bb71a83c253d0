//! Whose answers a language model prefers, of two results.

use futures::{StreamExt, stream};
use stoa_eval::{Choice, Level, PREFER, Pair, Preferences, Preferred, Run, paired};

use super::model::Model;

/// Questions that are judged at once.
const AT_ONCE: usize = 4;

/// Asks about each question that both results have, in both orders.
pub(super) async fn ask(model: &Model, first: &Run, second: &Run, level: Level) -> Preferences {
    let pairs = paired(first, second);
    let pairs = pairs
        .into_iter()
        .filter_map(|(before, after)| Pair::of(before, after));
    let pairs: Vec<Pair<'_>> = pairs.collect();
    let preferred: Vec<Preferred> = stream::iter(&pairs)
        .map(|pair| prefer(model, pair))
        .buffered(AT_ONCE)
        .collect()
        .await;
    Preferences::new(model.name(), &preferred, level)
}

async fn prefer(model: &Model, pair: &Pair<'_>) -> Preferred {
    if pair.is_same() {
        return Preferred::Neither;
    }
    let turned = pair.turned();
    // Both orders, or the place alone would decide.
    let asked = tokio::join!(choose(model, pair), choose(model, &turned));
    match asked {
        (Ok(straight), Ok(turned)) => Preferred::of(straight, turned),
        _ => Preferred::Unjudged,
    }
}

async fn choose(model: &Model, pair: &Pair<'_>) -> Result<Choice, String> {
    let message = serde_json::to_string(pair).map_err(|error| error.to_string())?;
    model.ask(&PREFER, &message, Ok::<Choice, String>).await
}
