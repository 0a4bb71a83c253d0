//! How a metric is declared.

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::EncodeMetric,
    metrics::{
        TypedMetric,
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

/// Values of a label that are not listed here, and still are few.
pub(super) const ANY: &[&str] = &[];

/// A label with the values it may have.
type Label = (&'static str, &'static [&'static str]);

/// Names and values of labels. None of them is made at run time, so that there are never many.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// A metric, one for each combination of its labels' values.
#[derive(Debug)]
pub struct Labelled<M, const N: usize> {
    names: [&'static str; N],
    family: Family<Labels<N>, M, fn() -> M>,
}

/// Metrics that count.
pub type Counters<const N: usize> = Labelled<Counter, N>;
/// Metrics that add up what is not whole, such as seconds.
pub type Totals<const N: usize> = Labelled<Counter<f64, AtomicU64>, N>;
/// Metrics that rise and fall.
pub type Gauges<const N: usize> = Labelled<Gauge<f64, AtomicU64>, N>;
/// Metrics that say how many were how large.
pub type Histograms<const N: usize> = Labelled<Histogram, N>;

/// A metric as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name as Prometheus shows it, with prefix and ending.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Its labels, each with the values it may have, where they are known beforehand.
    pub labels: Vec<Label>,
    /// What it means.
    pub help: &'static str,
}

/// From 1 ms to about 9 minutes.
pub(super) fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 3.0, 13))
}

/// From 1 to 1024.
pub(super) fn sizes() -> Histogram {
    Histogram::new(exponential_buckets(1.0, 2.0, 11))
}

impl<M: Clone, const N: usize> Labelled<M, N> {
    /// The one with these values, in the order of the labels.
    pub fn of(&self, values: [&'static str; N]) -> M {
        let mut labels = [("", ""); N];
        for (label, pair) in labels.iter_mut().zip(self.names.into_iter().zip(values)) {
            *label = pair;
        }
        self.family.get_or_create(&labels).clone()
    }
}

impl<M, const N: usize> Labelled<M, N>
where
    M: Clone + EncodeMetric + TypedMetric + std::fmt::Debug + Send + Sync + 'static,
{
    /// Registers it, at zero for all values that are known.
    pub(super) fn register(
        registry: &mut Registry,
        name: &'static str,
        help: &'static str,
        labels: [Label; N],
        make: fn() -> M,
    ) -> Self {
        let metric = Self {
            names: labels.map(|(name, _)| name),
            family: Family::new_with_constructor(make),
        };
        registry.register(name, help, metric.family.clone());
        // All combinations, label by label. A label of `ANY` values leaves none: those metrics appear when they first occur.
        let mut known = vec![[""; N]];
        for (at, (_, values)) in labels.into_iter().enumerate() {
            let longer = |before: [&'static str; N]| {
                values.iter().map(move |value| {
                    let mut next = before;
                    next[at] = *value;
                    next
                })
            };
            known = known.into_iter().flat_map(longer).collect();
        }
        for values in known {
            // At zero from the start: Prometheus sees no rise in a series whose first value is 1.
            metric.of(values);
        }
        metric
    }
}

/// Declares the struct of all metrics, how they are registered, and the list of them.
macro_rules! declare {
    ($(
        $field:ident: $kind:ident<$count:literal> $(($make:ident))?,
        [$($label:literal in $values:expr),*],
        $name:literal,
        $help:literal;
    )*) => {
        /// All metrics.
        #[derive(Debug)]
        pub struct Metrics {
            $(#[doc = concat!($help, ".")] pub $field: $kind<$count>,)*
        }

        impl Metrics {
            fn register(registry: &mut prometheus_client::registry::Registry) -> Self {
                Self {
                    $($field: $kind::<$count>::register(
                        registry,
                        $name,
                        $help,
                        [$($crate::metrics::declare::label($label, $values)),*],
                        $crate::metrics::declare::make!($($make)?),
                    ),)*
                }
            }
        }

        /// All metrics as they are declared, in that order.
        pub fn declared() -> Vec<Declared> {
            vec![$($crate::metrics::declare::declared(
                $crate::metrics::declare::kind!($kind),
                $name,
                $help,
                vec![$($crate::metrics::declare::label($label, $values)),*],
            ),)*]
        }
    };
}

/// What makes one of a family.
macro_rules! make {
    () => {
        Default::default
    };
    ($make:ident) => {
        $make
    };
}

/// What Prometheus calls a kind, and what it puts after the name.
macro_rules! kind {
    (Counters) => {
        ("counter", "_total")
    };
    (Totals) => {
        ("counter", "_total")
    };
    (Gauges) => {
        ("gauge", "")
    };
    (Histograms) => {
        ("histogram", "")
    };
}

pub(super) use {declare, kind, make};

pub(super) fn label(name: &'static str, values: &'static [&'static str]) -> Label {
    (name, values)
}

pub(super) fn declared(
    (kind, ending): (&'static str, &'static str),
    name: &'static str,
    help: &'static str,
    labels: Vec<Label>,
) -> Declared {
    Declared {
        name: format!("stoa_{name}{ending}"),
        kind,
        labels,
        help,
    }
}
