//! A quantity while the text around it is still being read: in tokens, not bytes.

use super::numbers::Number;
use super::tokens::Text;
use super::units::Found;
use super::{Counted, Date, Difference, Measure, Quantity, Sense, Unit, Value, changes};

/// A quantity that takes the tokens from one position up to another.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) readings: Vec<Sense>,
    pub(super) weak: bool,
    pub(super) every: bool,
    pub(super) counted: Option<(usize, usize)>,
    /// Whether it is a number without unit, which the unit after a range may belong to.
    pub(super) bare: bool,
    /// Whether it counts times: "four times", 四次.
    pub(super) times: bool,
    /// Whether it is a time of day whose writing shows that the text counts hours to 24.
    pub(super) to_24: bool,
    /// Whether it names a part or a multiple of another quantity.
    pub(super) factor: bool,
    /// The difference it says by itself, as 八折 does; what words beside it say is read at the end.
    pub(super) difference: Option<Difference>,
    /// The unit name as it was found, for the number before it in a range.
    pub(super) unit: Option<Found>,
}

impl Draft {
    pub(super) fn new(from: usize, to: usize, readings: Vec<Sense>) -> Self {
        Self {
            from,
            to,
            readings,
            weak: false,
            every: false,
            counted: None,
            bare: false,
            times: false,
            to_24: false,
            factor: false,
            difference: None,
            unit: None,
        }
    }

    pub(super) fn one(from: usize, to: usize, reading: Sense) -> Self {
        Self::new(from, to, vec![reading])
    }

    pub(super) fn of_unit(number: &Number, unit: Found) -> Self {
        let mut draft = Self::new(
            number.from,
            unit.to.max(number.to),
            with_unit(&number.values, &unit),
        );
        // One name in doubt is enough to keep it from being "every": a statement must not become stronger than its
        // text.
        draft.every = unit.names.iter().all(|name| name.every);
        draft.unit = Some(unit);
        draft
    }

    pub(super) fn weak(mut self) -> Self {
        self.weak = true;
        self
    }

    /// The values of a bare number.
    pub(super) fn counts(&self) -> Vec<Value> {
        self.readings.iter().filter_map(count_of).collect()
    }

    /// The first date it can be.
    pub(super) fn date(&self) -> Option<Date> {
        self.readings.iter().find_map(|reading| {
            if let Sense::Date(date) = reading {
                Some(*date)
            } else {
                None
            }
        })
    }

    pub(super) fn finish(self, text: &Text<'_>) -> Quantity {
        let counted = self.counted.map(|(from, to)| Counted {
            range: text.bytes(from, to),
            word: text.slice(from, to).to_owned(),
        });
        let difference = self.difference.or_else(|| changes::beside(text, &self));
        let (range, readings) = (text.bytes(self.from, self.to), self.readings);
        Quantity {
            range,
            readings,
            weak: self.weak,
            every: self.every,
            factor: self.factor,
            difference,
            counted,
        }
    }
}

fn count_of(reading: &Sense) -> Option<Value> {
    match reading {
        Sense::Measure(measure) if measure.unit == Unit::COUNT => Some(measure.value),
        _ => None,
    }
}

/// Every reading of a number with a unit name.
pub(super) fn with_unit(values: &[Value], unit: &Found) -> Vec<Sense> {
    let mut readings = Vec::new();
    for name in &unit.names {
        let scaled = values.iter().filter_map(|value| value.times(name.scale));
        readings.extend(scaled.map(|value| {
            Sense::Measure(Measure {
                value,
                unit: Unit(name.base),
            })
        }));
    }
    readings
}

/// A bare number as a reading.
pub(super) fn count(value: Value) -> Sense {
    Sense::Measure(Measure {
        value,
        unit: Unit::COUNT,
    })
}
