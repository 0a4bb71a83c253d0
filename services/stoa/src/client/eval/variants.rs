//! The same questions searched in other ways.

use anyhow::Result;
use futures::{StreamExt, TryStreamExt, stream};
use stoa_eval::{Question, Run, Values};
use stoa_proto::retrieval::SearchMode;

use super::{asking::Asker, with_places};
use crate::args::EvalRun;

/// From the oldest way to the newest: what each finds alone.
const LADDER: [(&str, SearchMode); 3] = [
    ("statistical: words (BM25)", SearchMode::Keyword),
    ("pre-trained: meaning (encoder)", SearchMode::Dense),
    ("both together", SearchMode::Hybrid),
];
/// The whole with one part off.
const WITHOUT: [(&str, SearchMode); 2] = [
    ("without vectors", SearchMode::Keyword),
    ("without words", SearchMode::Dense),
];

pub(super) async fn add(
    asker: &Asker,
    questions: &[Question],
    options: &EvalRun,
    run: &mut Run,
) -> Result<()> {
    let ladder = LADDER.into_iter().filter(|_| options.ladder);
    let without = WITHOUT.into_iter().filter(|_| options.ablate);
    for (name, mode) in ladder.chain(without) {
        let searched = stream::iter(with_places(questions))
            .map(|question| asker.measure(question, mode))
            .buffered(usize::from(options.concurrency));
        let values = searched.map_ok(|(_, values)| values);
        let values: Vec<Values> = values.try_collect().await?;
        run.add_variant(name, &values);
    }
    Ok(())
}
