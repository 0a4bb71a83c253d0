//! Periods, rates, and measures per period.

use super::different;
use super::same::{both_ways, check};
use super::strong;

#[test]
fn periods_that_are_the_same() {
    both_ways(&[
        &["按月", "每月", "每个月", "monthly", "every month"],
        &[
            "按季度",
            "按季",
            "每季度",
            "每季",
            "一季度一次",
            "一个季度一次",
            "quarterly",
            "every quarter",
            "once a quarter",
            "every three months",
            "vierteljährlich",
            "jedes Quartal",
            "alle drei Monate",
            "trimestriel",
            "chaque trimestre",
        ],
        &["按年", "每年", "yearly", "jährlich", "chaque année"],
        &["按周", "每周", "weekly", "every week", "wöchentlich"],
        &["按天", "按日", "每天", "daily", "täglich"],
        &[
            "每半年",
            "半年一次",
            "every six months",
            "halbjährlich",
            "tous les six mois",
        ],
        &[
            "every other week",
            "every second week",
            "every two weeks",
            "fortnightly",
            "jede zweite Woche",
            "alle zwei Wochen",
            "每两周",
            "两周一次",
            "每隔一周",
        ],
    ]);
    check(&[
        ("every three months", "30 euros per quarter"),
        ("every three months", "€30 a quarter, paid quarterly"),
        ("every day", "3 mg per day"),
        ("every two weeks", "隔周"),
        ("3 % every year", "3 % p.a."),
    ]);
}

#[test]
fn periods_that_differ() {
    different::check(&[
        ("按季度", "每月"),
        ("every quarter", "in the first quarter of 2021"),
        ("第一季度", "一季度一次"),
        ("every other day", "every day"),
        ("隔周一次", "每周一次"),
    ]);
    for text in [
        "按日期排列",
        "按年龄分组",
        "按周末价格",
        "每季节",
        "every quarter of the town",
        "each term",
        "the plan of the month",
        "the day/night tariff",
    ] {
        assert_eq!(strong(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_count_with_a_period_beside_it_is_a_rate() {
    both_ways(&[&["每周两次", "twice a week", "zweimal pro Woche"]]);
    check(&[
        ("twenty times a year", "twenty visits a year"),
        ("vingt fois par an", "vingt passages gratuits par an"),
        ("每周两次", "two free lessons per week"),
        ("twice a week", "每周上两节课"),
        ("twice a week", "2次/周"),
        ("zweimal pro Woche", "2 Besuche/Woche"),
        ("three times a week", "dreimal die Woche"),
        ("2–3 times a day", "每天2–3次"),
        ("每天2–3次", "2–3 times a day"),
    ]);
    different::check(&[
        ("twenty times a month", "twenty visits a year"),
        ("twenty times a year", "thirty visits a year"),
        ("twice a day", "two people meet a day later"),
        ("three times a year", "three volunteers for a year"),
        ("twice a week", "two people, a week"),
    ]);
}

#[test]
fn a_weekday_of_the_month_comes_every_month() {
    check(&[
        ("每个月的第二个星期五", "the second Friday of the month"),
        ("每月最后一个星期一", "the last Monday of the month"),
        ("每月第二个星期五", "der zweite Freitag des Monats"),
        ("the second Friday of the month", "每个月的第二个星期五"),
        (
            "on the last day of every month",
            "on the last day of the month",
        ),
    ]);
    different::check(&[
        ("每周的第二个星期五", "the second Friday of the month"),
        ("every month", "the plan of the month"),
        ("every month", "a Friday in the month"),
    ]);
}

#[test]
fn measures_per_period_are_the_same() {
    check(&[
        ("每小时 90 立方米", "90 m³/h"),
        ("每小时 90 立方米", "90 立方米/小时"),
        ("90 cubic metres every hour", "90 m3/h"),
        ("90 Kubikmeter pro Stunde", "风量: 90 立方米/小时"),
        ("120 kWh every year", "120 kWh/a"),
        ("每年120千瓦时", "120 kWh/year"),
        ("€5 every month", "€5/month"),
        ("每月5欧元", "5欧元/月"),
    ]);
    both_ways(&[
        &[
            "5 m/s",
            "每秒5米",
            "5 metres per second",
            "5 Meter pro Sekunde",
            "5 mètres par seconde",
            "5米/秒",
        ],
        &[
            "1400 rpm",
            "每分钟1400转",
            "1400转/分",
            "1400转",
            "1400 Umdrehungen pro Minute",
            "1400 revolutions per minute",
            "1400 tr/min",
        ],
    ]);
    different::check(&[
        ("每天 90 立方米", "90 m³/h"),
        ("5 m/s", "5 m a day"),
        ("5 m/s", "每分钟5米"),
    ]);
}
