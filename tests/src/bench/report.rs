//! Figures, and how they are printed.

/// What a figure must be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    goal: Goal,
    how: String,
}

/// All figures of a run.
#[derive(Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    left_out: Vec<String>,
}

impl Report {
    /// Adds a figure; `how` says what it was made of.
    pub(crate) fn add(
        &mut self,
        name: &'static str,
        value: f64,
        unit: &'static str,
        goal: Goal,
        how: String,
    ) {
        eprintln!("{name}: {value:.3} {unit} ({how})");
        self.figures.push(Figure {
            name,
            value,
            unit,
            goal,
            how,
        });
    }

    /// Says what is not measured, and why.
    pub(crate) fn leave_out(&mut self, what: &str, why: &str) {
        eprintln!("left out: {what}: {why}");
        self.left_out.push(format!("{what}: {why}"));
    }

    #[expect(clippy::print_stdout, reason = "the report is what the program is for")]
    pub(crate) fn print(&self) {
        println!(
            "\n{:<52} {:>9} {:>12}      made of",
            "figure", "measured", "goal"
        );
        for Figure {
            name,
            value,
            unit,
            goal,
            how,
        } in &self.figures
        {
            let (met, goal) = match goal {
                Goal::AtLeast(least) => (value >= least, format!("≥ {least} {unit}")),
                Goal::AtMost(most) => (value <= most, format!("≤ {most} {unit}")),
            };
            let mark = if met { "met" } else { "NOT" };
            println!("{name:<52} {value:>9.3} {goal:>12}  {mark} {how}");
        }
        for left_out in &self.left_out {
            println!("left out: {left_out}");
        }
    }
}

/// The value that a share of the values does not exceed.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((last as f64 * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}
