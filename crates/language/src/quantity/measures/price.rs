//! Money whose currency stands before the number.

use super::super::Value;
use super::super::draft::Draft;
use super::super::numbers::{self, Number};
use super::super::tokens::{Shape, Text};
use super::super::units::{self, Found};

/// A currency before its number: "€5", "US$ 3.2 million", "CHF 20".
pub(super) fn price(text: &Text<'_>, at: usize) -> Option<Draft> {
    let currency = units::at(text, at).filter(|found| units::is_prefix(text, found, at))?;
    let is_negative =
        at > 0 && text.is_mark(at - 1, &['-', '−']) && (at == 1 || text.is(at - 2, Shape::Space));
    let number = numbers::at(text, text.after_space(currency.to))?;
    let mut number = with_short_scale(text, number)?;
    if is_negative {
        number
            .values
            .iter_mut()
            .for_each(|value| *value = value.negated());
    }
    // "$5 USD" and "¥5元" name the currency twice, which settles what ¥ or $ alone leaves open.
    let again = units::after(text, number.to, true)
        .filter(|after| after.names.iter().any(|name| units::is_money(name.base)));
    let found = match again {
        Some(after) => narrowed(currency, after),
        None => Found {
            to: number.to,
            ..currency
        },
    };
    number.from = at - usize::from(is_negative);
    let money = Found {
        names: found
            .names
            .into_iter()
            .filter(|name| units::is_money(name.base))
            .collect(),
        to: found.to,
    };
    Some(Draft::of_unit(&number, money))
}

/// "€5m" and "$2b", which are metres and bytes elsewhere.
fn with_short_scale(text: &Text<'_>, mut number: Number) -> Option<Number> {
    let by = match text.raw(number.to) {
        "m" | "mn" => 1_000_000,
        "b" | "B" => 1_000_000_000,
        _ => return Some(number),
    };
    number.values = number
        .values
        .iter()
        .filter_map(|value| value.times(Value::whole(by)))
        .collect();
    number.to += 1;
    Some(number)
}

/// The currency that both names allow: "$5 USD", "¥5元".
fn narrowed(before: Found, after: Found) -> Found {
    let both: Vec<_> = before
        .names
        .iter()
        .filter(|name| after.names.contains(name))
        .copied()
        .collect();
    if both.is_empty() {
        Found {
            to: after.to,
            ..before
        }
    } else {
        Found {
            to: after.to,
            names: both,
        }
    }
}
