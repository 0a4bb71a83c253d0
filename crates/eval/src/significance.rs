//! Whether two runs over the same questions differ by more than chance.

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::statistics::{interval, mean};

/// Rounds of the permutation test; p is not told more finely than by one in so many.
const ROUNDS: usize = 10_000;

/// What lies between two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    /// Second less first, on average.
    pub(crate) mean: f64,
    /// 95 of 100 paired resamples lie between these.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// How often chance alone makes a difference as large.
    pub(crate) p: f64,
    /// The test that says so.
    pub(crate) test: &'static str,
}

/// Compares values of the same questions, in the same order: McNemar's exact test where all are 0 or 1, else the test of
/// paired permutations.
pub(crate) fn difference(first: &[f64], second: &[f64], seed: u64) -> Difference {
    let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
    let is_bit = |value: &f64| *value == 0.0 || *value == 1.0;
    let (p, test) = if first.iter().chain(second).all(is_bit) {
        let won = differences.iter().filter(|d| **d > 0.0).count();
        let lost = differences.iter().filter(|d| **d < 0.0).count();
        (mcnemar(won, lost), "McNemar")
    } else {
        (permutations(&differences, seed), "permutation")
    };
    let (low, high) = interval(&differences, mean, seed);
    Difference {
        mean: mean(&differences),
        low,
        high,
        p,
        test,
    }
}

/// The exact test of McNemar, from the questions that were won and those that were lost: how often a fair coin falls at
/// least as unevenly.
pub(crate) fn mcnemar(won: usize, lost: usize) -> f64 {
    let (few, all) = (won.min(lost), won + lost);
    // In logarithms, as the ways to win and lose a thousand questions are beyond any float.
    let ln_half_power = all as f64 * 0.5_f64.ln();
    let mut ln_ways = 0.0;
    let mut tail = 0.0;
    for k in 0..=few {
        if k > 0 {
            ln_ways += ((all - k + 1) as f64).ln() - (k as f64).ln();
        }
        tail += (ln_ways + ln_half_power).exp();
    }
    (2.0 * tail).min(1.0)
}

/// Two-sided: how often signs drawn by chance make a sum as large.
fn permutations(differences: &[f64], seed: u64) -> f64 {
    let changed: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    let seen = changed.iter().sum::<f64>().abs();
    let mut random = StdRng::seed_from_u64(seed);
    let mut as_large = 0_usize;
    for _ in 0..ROUNDS {
        let drawn: f64 = changed
            .iter()
            .map(|d| if random.random::<bool>() { *d } else { -d })
            .sum();
        // The sums are of the same numbers in another order of signs, so that equal ones differ in their last bits.
        as_large += usize::from(drawn.abs() >= seen - 1e-9);
    }
    // What was seen counts as one of the draws: p is never 0, which no sample shows.
    (as_large + 1) as f64 / (ROUNDS + 1) as f64
}

/// The correction of Benjamini and Hochberg: of many figures some differ by chance. Where those with a corrected p below
/// a level are called different, at most so large a share of them is so by chance.
pub(crate) fn corrected(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
    let mut corrected = vec![0.0; p.len()];
    let mut most = 1.0_f64;
    for (above, at) in order.into_iter().enumerate() {
        let rank = p.len() - above;
        most = most.min(p[at] * p.len() as f64 / rank as f64);
        corrected[at] = most;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn scipy_says_the_same_of_coins() {
        let reference: Value =
            serde_json::from_str(include_str!("../fixtures/reference.json")).expect("JSON");
        for case in reference["mcnemar"].as_array().expect("a list") {
            let count = |key: &str| case[key].as_u64().expect("a count") as usize;
            let expected = case["p"].as_f64().expect("a number");
            let p = mcnemar(count("won"), count("lost"));
            assert!((p - expected).abs() < 1e-9, "{case}: {p}");
        }
    }

    #[test]
    fn what_is_the_same_does_not_differ() {
        let same = difference(&[0.5, 1.0, 0.2], &[0.5, 1.0, 0.2], 1);
        assert!(same.mean.abs() < 1e-12 && (same.p - 1.0).abs() < 1e-12);
        assert!((mcnemar(0, 0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_large_difference_is_none_of_chance() {
        let first = [0.9; 20];
        let second = [0.1; 20];
        let found = difference(&first, &second, 1);
        assert!(found.p < 0.01 && found.high < 0.0, "{found:?}");
        assert_eq!(found.test, "permutation");
        let bits = difference(&[1.0; 20], &[0.0; 20], 1);
        assert!(bits.p < 1e-5);
        assert_eq!(bits.test, "McNemar");
    }

    #[test]
    fn scipy_says_the_same_of_many_looks() {
        let reference: Value =
            serde_json::from_str(include_str!("../fixtures/reference.json")).expect("JSON");
        let numbers = |list: &Value| -> Vec<f64> {
            let list = list.as_array().expect("a list");
            list.iter().filter_map(Value::as_f64).collect()
        };
        for case in reference["looks"].as_array().expect("a list") {
            let found = corrected(&numbers(&case["p"]));
            for (value, expected) in found.iter().zip(numbers(&case["corrected"])) {
                assert!((value - expected).abs() < 1e-9, "{case}: {found:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn turning_the_two_round_turns_the_sign(values in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 1..20)) {
            let (a, b): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let (one, other) = (difference(&a, &b, 3), difference(&b, &a, 3));
            prop_assert!((one.mean + other.mean).abs() < 1e-9);
            prop_assert!((one.p - other.p).abs() < 1e-9);
            prop_assert!((0.0..=1.0).contains(&one.p));
        }
    }
}
