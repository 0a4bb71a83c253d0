//! Pairs that do not say the same: the statement first, then the passage.

use super::all_in;

pub(super) fn check(pairs: &[(&str, &str)]) {
    let wrong: Vec<String> = pairs
        .iter()
        .filter(|(statement, passage)| all_in(statement, passage))
        .map(|(statement, passage)| {
            format!(
                "{statement:?} == {passage:?}: {:?} {:?}",
                super::find(statement),
                super::find(passage)
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers() {
    check(&[
        ("84", "48"),
        ("1,200.50", "1,200.5 km"),
        ("fourteen", "forty"),
        ("vierundachtzig", "achtundvierzig"),
        ("二百五", "二百零五"),
        ("3.2 million", "3.2 billion"),
        ("one billion", "one trillion"),
        ("三分之二", "三分之一"),
        ("1.2", "12"),
        (
            "one hundred and five",
            "between one hundred and two hundred",
        ),
        ("quatre-vingt-dix", "quatre-vingt"),
        ("HX is 1401", "HX-1401"),
    ]);
}

#[test]
fn dates_and_times() {
    check(&[
        ("31 March 2021", "31 March"),
        ("30 March", "31 March"),
        ("March 2021", "in 2021"),
        ("2020", "2021"),
        ("3 May 2021", "03/04/2021"),
        ("4 March 2021", "03.04.2021"),
        ("5 May", "you may take 5"),
        ("Monday", "Sunday"),
        ("周一", "每周一次"),
        ("9 a.m.", "9 p.m."),
        ("2:00", "2 p.m."),
        ("9 p.m.", "09:00"),
        ("9 p.m.", "open 9:00–17:00"),
        ("2 a.m.", "2–5 p.m."),
        ("十一点", "十一点半"),
        ("Q1 2021", "Q2 2021"),
        ("Q1 2021", "March 2021"),
        ("下午两点", "凌晨两点"),
        ("the 1990s", "1990"),
    ]);
}

#[test]
fn measures() {
    check(&[
        ("six hours", "six days"),
        ("30 days", "1 month"),
        ("12 months", "12 weeks"),
        ("$5", "€5"),
        ("USD 5", "CAD 5"),
        ("5 dollars", "5 euros"),
        ("5元", "5角"),
        ("5 %", "5个百分点"),
        ("5 %", "5 ‰"),
        ("5 °C", "-5 °C"),
        ("-5 °C", "3-5 °C"),
        ("5 °C", "5 °F"),
        ("3 km", "3 miles"),
        ("3 km", "3 m"),
        ("5 kg", "5 g"),
        ("5 GB", "5 MB"),
        ("the first", "the second"),
        ("100元", "几百元"),
        ("the third", "three"),
        ("the last", "the first"),
        ("four times a day", "four times a week"),
        ("four times a day", "four times"),
        ("every six hours", "every eight hours"),
        ("five days", "5 working days"),
        ("第二", "两"),
        ("3 people", "3 km"),
        ("v3.2", "v3.3"),
        ("version 3.10", "version 3.1"),
        ("half an hour", "an hour"),
        ("一个半小时", "半小时"),
        ("2 hours and 30 minutes", "2 hours"),
    ]);
}
