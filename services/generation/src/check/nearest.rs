//! Which sentences of a source a statement in another language may be of.

use std::{collections::BTreeMap, sync::Arc};

use super::{Ground, Statement, words};
use crate::{meaning::Meaning, read::UnitKind};

/// Sentences of a source that a statement is compared with.
const COMPARED: usize = 64;
/// A sentence whose cosine is at most this far below the best one's may be meant as well.
const BESIDE: f32 = 0.005;

/// The units of sources by the number of the source.
pub(super) type Units = BTreeMap<usize, Vec<usize>>;

/// Compares what statements and sentences mean; without vectors it finds nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nearest {
    meaning: Option<Arc<Meaning>>,
}

impl Nearest {
    pub(crate) fn new(meaning: Arc<Meaning>) -> Self {
        Self {
            meaning: Some(meaning),
        }
    }

    /// The sentences of each source that a statement in another language may be of.
    pub(super) async fn of(&self, statement: &Statement, ground: Ground<'_>) -> Units {
        let mut nearest = Units::new();
        let Some(meaning) = &self.meaning else {
            return nearest;
        };
        for (n, source) in ground.cited(statement) {
            if words::read(&statement.text, source).language == source.language {
                continue;
            }
            let stated = |at: &usize| source.units[*at].kind != UnitKind::Heading;
            let units: Vec<usize> = (0..source.units.len())
                .filter(stated)
                .take(COMPARED)
                .collect();
            let texts: Vec<String> = units
                .iter()
                .map(|at| source.units[*at].text.clone())
                .collect();
            let Some(cosines) = meaning.likeness(&statement.text, &texts).await else {
                continue;
            };
            let best = cosines.iter().copied().fold(f32::MIN, f32::max);
            let near = units.into_iter().zip(cosines);
            nearest.insert(
                n,
                near.filter(|(_, cosine)| *cosine >= best - BESIDE)
                    .map(|(at, _)| at)
                    .collect(),
            );
        }
        nearest
    }
}
