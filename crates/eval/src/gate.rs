//! What a run must reach.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{
    figure::{KNOWN_FIGURES, meaning},
    run::Run,
};

/// A figure and its limit, such as `recall@5=0.8`.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    figure: &'static str,
    limit: f64,
}

/// Why text is no gate.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidGate {
    /// No `=`, or no number behind it.
    #[error("write a figure and a number, such as recall@5=0.8")]
    Form,
    /// A figure that nobody measures.
    #[error("there is no figure `{given}`: did you mean `{nearest}`? There are {all}")]
    Unknown {
        /// What was given.
        given: String,
        /// The known one that is most like it.
        nearest: &'static str,
        /// All of them.
        all: String,
    },
}

/// A gate that is closed, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// The figure.
    pub figure: &'static str,
    /// What it had to be.
    pub limit: f64,
    /// What it is; nothing where no question has it.
    pub value: Option<f64>,
    at_least: bool,
}

impl FromStr for Gate {
    type Err = InvalidGate;

    fn from_str(text: &str) -> Result<Self, InvalidGate> {
        let (name, limit) = text.split_once('=').ok_or(InvalidGate::Form)?;
        let limit: f64 = limit.trim().parse().map_err(|_| InvalidGate::Form)?;
        // Nothing is at least NaN, and a gate that never opens is a slip of the pen.
        if !limit.is_finite() {
            return Err(InvalidGate::Form);
        }
        let name = name.trim();
        match meaning(name) {
            Some(known) => Ok(Self {
                figure: known.name,
                limit,
            }),
            None => Err(unknown(name)),
        }
    }
}

fn unknown(given: &str) -> InvalidGate {
    let names = KNOWN_FIGURES.iter().map(|known| known.name);
    let nearest = names
        .clone()
        .max_by(|a, b| strsim::jaro_winkler(given, a).total_cmp(&strsim::jaro_winkler(given, b)));
    InvalidGate::Unknown {
        given: given.chars().take(40).collect(),
        nearest: nearest.unwrap_or_default(),
        all: names.collect::<Vec<_>>().join(", "),
    }
}

impl Gate {
    /// Why a run does not reach it as a least, if it does not. What was not measured was not reached.
    pub fn at_least(&self, run: &Run) -> Option<Closed> {
        self.check(run, true)
    }

    /// Why a run does not stay below it as a most, if it does not.
    pub fn at_most(&self, run: &Run) -> Option<Closed> {
        self.check(run, false)
    }

    fn check(&self, run: &Run, at_least: bool) -> Option<Closed> {
        let value = run.figures.get(self.figure).map(|figure| figure.value);
        let open = value.is_some_and(|value| {
            if at_least {
                value >= self.limit
            } else {
                value <= self.limit
            }
        });
        (!open).then_some(Closed {
            figure: self.figure,
            limit: self.limit,
            value,
            at_least,
        })
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            figure,
            limit,
            value,
            at_least,
        } = self;
        let must = if *at_least { "at least" } else { "at most" };
        match value {
            Some(value) => write!(
                formatter,
                "{figure} is {value:.3}, and must be {must} {limit}"
            ),
            None => write!(
                formatter,
                "{figure} must be {must} {limit}, and no question of the set measures it"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        figure::Figure,
        run::{Run, Setup},
    };

    fn run(name: &str, value: f64) -> Run {
        let mut run = Run::new(Setup::default(), Vec::new(), String::new(), 0.0);
        let figure = Figure::of(name, &[value], 1).expect("a value");
        run.figures.insert(name.to_owned(), figure);
        run
    }

    #[test]
    fn a_gate_says_what_closed_it() {
        let gate: Gate = "recall@5=0.8".parse().expect("a gate");
        assert_eq!(gate.at_least(&run("recall@5", 0.8)), None);
        let closed = gate.at_least(&run("recall@5", 0.75)).expect("closed");
        assert_eq!(
            closed.to_string(),
            "recall@5 is 0.750, and must be at least 0.8"
        );
        let closed = gate.at_least(&run("mrr", 1.0)).expect("closed");
        assert!(closed.to_string().contains("no question"), "{closed}");
        let most: Gate = "unsupported = 0.02".parse().expect("a gate");
        assert!(most.at_most(&run("unsupported", 0.03)).is_some());
        assert!(most.at_most(&run("unsupported", 0.0)).is_none());
    }

    #[test]
    fn what_is_no_gate_says_what_would_be() {
        for bad in ["recall@5", "recall@5=", "recall@5=much", "recall@5=NaN"] {
            assert_eq!(bad.parse::<Gate>(), Err(InvalidGate::Form), "{bad}");
        }
        let error = "recal@5=0.8".parse::<Gate>().expect_err("unknown");
        assert!(error.to_string().contains("`recall@5`?"), "{error}");
    }
}
