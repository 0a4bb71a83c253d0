//! Pieces of an answer that are checked together.

use super::{plain, table::rows_as_statements};
use crate::{
    check::{Checks, Finding, Ground, Statement},
    write::blocks::{Body, Piece},
};

/// Pieces that are checked together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pieces: Vec<(Piece, Vec<Statement>)>,
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct CheckedBatch {
    pub(super) pieces: Vec<(Piece, Vec<(Statement, Finding)>)>,
}

impl Batch {
    pub(crate) fn push(&mut self, piece: Piece) {
        let statements = match &piece.body {
            Body::Sentence(text) => vec![Statement::parse(&plain(text))],
            Body::Table(rows) => rows_as_statements(rows),
            Body::Heading(_) | Body::Code(_) => Vec::new(),
        };
        self.pieces.push((piece, statements));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(crate) fn statements(&self) -> usize {
        self.pieces
            .iter()
            .map(|(_, statements)| statements.len())
            .sum()
    }

    /// Checks all statements of the batch at once.
    pub(crate) async fn check(self, checks: &Checks, ground: Ground<'_>) -> CheckedBatch {
        let all: Vec<Statement> = self
            .pieces
            .iter()
            .flat_map(|(_, statements)| statements.clone())
            .collect();
        let mut findings = checks.check(&all, ground).await.into_iter();
        let pieces = self.pieces.into_iter().map(|(piece, statements)| {
            let count = statements.len();
            let found: Vec<(Statement, Finding)> = statements
                .into_iter()
                // One call for all of them, and then each piece takes its own share of the findings in order.
                .zip(findings.by_ref().take(count))
                .collect();
            (piece, found)
        });
        CheckedBatch {
            pieces: pieces.collect(),
        }
    }
}
