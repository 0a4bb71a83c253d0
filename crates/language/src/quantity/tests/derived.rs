//! What follows from cited quantities, and what does not.

use super::super::{derive, find};
use super::first;

#[test]
fn safe_arithmetic_is_derived() {
    let pairs = [
        ("four times a day", "every six hours"),
        ("每天四次", "every six hours"),
        ("viermal täglich", "alle sechs Stunden"),
        ("120", "240 euros for adults, 240 in all, half for children"),
        ("half costs 120 euros", "240 euros; children pay half"),
        ("三个小时", "from 02:00 to 05:00"),
        ("three hours", "两点至五点"),
        ("eight hours", "9:00–17:00"),
        ("30 euros", "10 euros and later 20 euros"),
        ("2 hours", "3 hours, then 1 hour off"),
        ("480 dollars", "$240, and double at night"),
        ("8 books", "5 books for adults, 3 books for children"),
    ];
    for (statement, cited) in pairs {
        let cited_found = find(cited);
        let found = find(statement);
        let holds = found
            .iter()
            .filter(|quantity| !quantity.weak)
            .all(|quantity| derive::holds(quantity, &cited_found));
        assert!(
            holds,
            "{statement:?} from {cited:?}: {found:?} {cited_found:?}"
        );
    }
}

#[test]
fn unsafe_arithmetic_is_not_derived() {
    let pairs = [
        ("5 people", "2 dogs and 3 cats"),
        ("5", "2 and 3"),
        ("6", "2 books and 3 boxes"),
        ("30 days", "one month"),
        ("120 euros", "240 euros for 2 people"),
        ("15 %", "10 % and 5 %"),
        ("three times a day", "every six hours"),
        ("every eight hours", "three times a day"),
        ("30 euros", "10 euros and 20 dollars"),
        ("4 hours", "from 02:00 to 05:00"),
    ];
    for (statement, cited) in pairs {
        let cited_found = find(cited);
        assert!(
            !derive::holds(&first(statement), &cited_found),
            "{statement:?} from {cited:?}"
        );
    }
}

#[test]
fn a_year_is_derived_from_another_year_and_a_span() {
    holds(&[
        ("1984", "in use until 1974, and again ten years after"),
        ("1964", "founded ten years before it closed in 1974"),
        ("im Jahr 1984", "bis 1974, zehn Jahre später wieder"),
        ("1984年", "1974年停用，10年后重新开放"),
        ("en 1984", "jusqu'en 1974, puis dix ans plus tard"),
        ("1975", "built in 1974; a year later it burned"),
        ("1984", "a decade after 1974"),
    ]);
    fails(&[
        ("1964", "in use until 1974, and again ten years after"),
        ("1985", "in use until 1974, and again ten years after"),
        ("March 1984", "in use until 1974, and again ten years after"),
        ("1984", "in 1974 he was ten years old"),
        ("1984", "in 1974; every ten years"),
        ("1984", "in 1974, and in 1999, ten years after"),
    ]);
}

#[test]
fn a_named_difference_gives_the_other_number() {
    holds(&[
        ("245 members", "210 members, 35 fewer than five years ago"),
        (
            "245 Mitglieder",
            "210 Mitglieder, 35 weniger als vor fünf Jahren",
        ),
        (
            "245 adhérents",
            "210 adhérents, soit 35 de moins qu'il y a cinq ans",
        ),
        ("245名会员", "现有210名会员，比五年前少35人"),
        ("175 members", "210 members, 35 more than five years ago"),
    ]);
    fails(&[
        ("245 members", "210 members and 35 guests"),
        ("245 members", "210 members and more than 35 guests"),
        ("246 members", "210 members, 35 fewer than five years ago"),
        ("7", "5 people, 2 more days"),
        ("45 members", "10 dogs, 210 members, 35 fewer than in 2019"),
    ]);
}

#[test]
fn a_named_factor_or_discount_gives_a_price() {
    holds(&[
        ("32 euros", "40 euros, 20 % off for members"),
        ("36元", "40元，会员九折"),
        ("34元", "40元，会员八五折"),
        ("32 Euro", "40 Euro, für Mitglieder 20 % Rabatt"),
        ("60 euros", "40 euros, on Sundays 1.5 times the price"),
        ("72元", "40元，周末为一点八倍"),
        ("120 Euro", "40 Euro, sonntags das Dreifache"),
        ("44 euros", "40 euros, 10 % more at weekends"),
    ]);
    fails(&[
        ("120 euros", "40 euros; they came three times"),
        ("36 euros", "40 euros; 10 % of it goes to the club"),
        ("8 euros", "40 euros, 20 % off for members"),
        ("32 people", "40 people, 20 % off for members"),
        ("12 years", "aged 5 and aged 7"),
    ]);
}

#[test]
fn a_part_is_derived_from_two_amounts_and_not_from_more() {
    holds(&[
        ("half the price", "adults 6.00, children 3.00"),
        ("la moitié", "adultes 6,00 €, enfants 3,00 €"),
        ("半价", "成人6元，儿童3元"),
        (
            "a third of the price",
            "30 euros for adults, 10 euros for children",
        ),
    ]);
    fails(&[
        (
            "half the price",
            "adults €6.00, children €3.00, families €12.00",
        ),
        ("half", "6 books and 3 boxes"),
        ("half", "6 °C by day and 3 °C by night"),
        ("twice the price", "adults €6.00, children €3.00"),
        ("two thirds", "adults €6.00, children €3.00"),
    ]);
}

fn holds(pairs: &[(&str, &str)]) {
    for (statement, cited) in pairs {
        let (own, from) = (first(statement), find(cited));
        assert!(
            derive::holds(&own, &from),
            "{statement:?} from {cited:?}: {own:?} {from:?}"
        );
    }
}

fn fails(pairs: &[(&str, &str)]) {
    for (statement, cited) in pairs {
        let (own, from) = (first(statement), find(cited));
        assert!(
            !derive::holds(&own, &from),
            "{statement:?} from {cited:?}: {own:?} {from:?}"
        );
    }
}
