//! Means and medians, and between what they may lie.

use rand::{Rng, SeedableRng, rngs::StdRng};

/// Resamples of a bootstrap.
const ROUNDS: usize = 2_000;
/// Share of the resamples on each side of an interval: it holds 95 of 100.
const TAIL: f64 = 0.025;

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(&mut values.to_vec(), 0.5)
}

/// The value that a share of the values lies below, between two of them in proportion; NaN of no values.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = share * last as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    values[below] + (values[above] - values[below]) * (at - at.floor())
}

/// Percentile bootstrap: where 95 of 100 resamples have the statistic. The same values and seed give the same interval.
pub(crate) fn interval(values: &[f64], statistic: fn(&[f64]) -> f64, seed: u64) -> (f64, f64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut sample = vec![0.0; values.len()];
    let mut resampled: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            for place in &mut sample {
                *place = values[random.random_range(0..values.len())];
            }
            statistic(&sample)
        })
        .collect();
    let low = quantile(&mut resampled, TAIL);
    let high = quantile(&mut resampled, 1.0 - TAIL);
    (low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn numpy_says_the_same_of_quantiles() {
        let reference: Value =
            serde_json::from_str(include_str!("../fixtures/reference.json")).expect("JSON");
        for case in reference["quantiles"].as_array().expect("a list") {
            let values = case["values"].as_array().expect("a list");
            let mut values: Vec<f64> = values.iter().filter_map(Value::as_f64).collect();
            for (share, expected) in case["figures"].as_object().expect("figures") {
                let share = share.parse().expect("a number");
                let expected = expected.as_f64().expect("a number");
                assert!((quantile(&mut values, share) - expected).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn an_interval_narrows_with_more_values_and_is_the_same_again() {
        let few: Vec<f64> = (0..20).map(|n| f64::from(n % 2)).collect();
        let many: Vec<f64> = (0..2_000).map(|n| f64::from(n % 2)).collect();
        let (low, high) = interval(&few, mean, 1);
        assert!(low < 0.5 && high > 0.5);
        assert_eq!(interval(&few, mean, 1), (low, high));
        let (narrow_low, narrow_high) = interval(&many, mean, 1);
        assert!(narrow_high - narrow_low < (high - low) / 4.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn an_interval_lies_within_the_values(values in prop::collection::vec(-5.0..5.0_f64, 1..40)) {
            let (low, high) = interval(&values, mean, 7);
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(least - 1e-9 <= low && low <= high && high <= most + 1e-9);
        }
    }
}
