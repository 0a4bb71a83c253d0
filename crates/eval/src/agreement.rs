//! Whether two who mark the same answers mark them alike.

use serde::{Deserialize, Serialize};

/// How far a judging model and people agree on answers that people gave a thumb for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Thumbs that were compared.
    pub n: usize,
    /// Share on which both say the same.
    pub same: f64,
    /// Cohen's kappa: that share beyond what chance would do, 1 at best. Nothing where both say one thing of all.
    pub kappa: Option<f64>,
}

impl Agreement {
    /// Compares the model's and the people's marks, good or not, in pairs. `None` where there are none.
    pub fn of(marks: &[(bool, bool)]) -> Option<Self> {
        let n = marks.len();
        if n == 0 {
            return None;
        }
        let share = |count: usize| count as f64 / n as f64;
        let same = share(marks.iter().filter(|(one, other)| one == other).count());
        let one = share(marks.iter().filter(|(one, _)| *one).count());
        let other = share(marks.iter().filter(|(_, other)| *other).count());
        // Two who say good of nine answers in ten agree on most of them without having read any.
        let by_chance = one * other + (1.0 - one) * (1.0 - other);
        let kappa = (by_chance < 1.0).then(|| (same - by_chance) / (1.0 - by_chance));
        Some(Self { n, same, kappa })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn scikit_learn_says_the_same_of_kappa() {
        let reference: Value =
            serde_json::from_str(include_str!("../fixtures/reference.json")).expect("JSON");
        let cases = reference["agreements"].as_array().expect("a list");
        assert!(cases.len() > 20);
        for case in cases {
            let marks = |key: &str| {
                let marks = case[key].as_array().expect("marks").iter();
                marks.filter_map(Value::as_bool).collect::<Vec<_>>()
            };
            let pairs: Vec<(bool, bool)> = marks("one").into_iter().zip(marks("other")).collect();
            let found = Agreement::of(&pairs).expect("marks");
            let expected = case["kappa"].as_f64().expect("a number");
            let kappa = found.kappa.expect("both have both");
            assert!((kappa - expected).abs() < 1e-9, "{case}: {kappa}");
        }
    }

    #[test]
    fn who_says_one_thing_of_all_agrees_by_chance() {
        assert_eq!(Agreement::of(&[]), None);
        let all = Agreement::of(&[(true, true), (true, true)]).expect("marks");
        assert_eq!(all.kappa, None);
        assert!((all.same - 1.0).abs() < 1e-12);
        let none = Agreement::of(&[(true, false), (false, true)]).expect("marks");
        assert!((none.kappa.expect("both have both") + 1.0).abs() < 1e-12);
    }
}
