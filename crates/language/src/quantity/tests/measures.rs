//! Measures that say the same: the statement first, then the passage.

use super::same::{both_ways, check};

#[test]
fn measures_that_say_the_same() {
    both_ways(&[
        &[
            "24 months",
            "two years",
            "两年",
            "zwei Jahre",
            "deux ans",
            "dos años",
            "24-monatige",
            "二年間",
            "24か月",
        ],
        &[
            "four weeks",
            "28 days",
            "四周",
            "四个星期",
            "vier Wochen",
            "28 jours",
        ],
        &[
            "90 minutes",
            "1.5 hours",
            "an hour and a half",
            "一个半小时",
            "anderthalb Stunden",
            "une heure et demie",
            "1 h 30 min",
            "1h30m",
            "hora y media",
        ],
        &[
            "half an hour",
            "30 minutes",
            "半小时",
            "eine halbe Stunde",
            "une demi-heure",
            "media hora",
        ],
        &[
            "every six hours",
            "每6小时",
            "alle sechs Stunden",
            "toutes les six heures",
            "six-hourly",
            "cada seis horas",
            "6時間ごと",
        ],
        &[
            "daily",
            "every day",
            "每天",
            "täglich",
            "tous les jours",
            "once a day",
            "毎日",
        ],
        &[
            "four times a day",
            "每天四次",
            "一天四次",
            "viermal täglich",
            "quatre fois par jour",
            "4 times per day",
            "cuatro veces al día",
        ],
        &[
            "3.2 million euros",
            "€3.2 million",
            "320万欧元",
            "3 200 000 €",
            "EUR 3.2m",
            "3,2 Millionen Euro",
            "3,2 millions d'euros",
        ],
        &["$5", "US$5", "5 dollars", "USD 5", "5美元"],
        &["0.2元", "两角", "2毛", "20分钱"],
        &["5.2元", "5元2角", "RMB 5.20"],
        &["三块五", "3.5元", "¥3.50"],
        &[
            "5 %",
            "5 percent",
            "5 per cent",
            "百分之五",
            "5％",
            "fünf Prozent",
            "5 pour cent",
            "cinco por ciento",
        ],
        &[
            "3 km",
            "3000 m",
            "3公里",
            "three kilometres",
            "drei Kilometer",
            "3キロ",
        ],
        &[
            "-5 °C",
            "minus 5 degrees",
            "零下5度",
            "−5 °C",
            "5 degrees below zero",
            "moins 5 degrés",
        ],
        &["1.5 kg", "1500 g", "3斤", "1,5 Kilogramm", "1.5公斤"],
        &["500 ml", "half a litre", "0,5 l", "500毫升"],
        &["20 m²", "20平方米", "20 square metres", "20 Quadratmeter"],
        &[
            "3rd",
            "the third",
            "第三",
            "第3",
            "der dritte",
            "le troisième",
            "el tercero",
        ],
        &["the second floor", "二楼", "2层"],
        &["5000 kr", "5000 crowns", "5000 Kronen", "5 000 kronor"],
        &["fünf Werktage", "5 working days", "5个工作日"],
        &["120 km/h", "120公里/小时", "120 kilometres per hour"],
    ]);
    check(&[
        ("5 GB", "5000 MB"),
        ("3 km", "3-5 km"),
        ("€5", "€5–10"),
        ("children under 12", "12岁以下儿童"),
        ("Kinder unter 12 Jahren", "12岁以下儿童"),
        ("Rule 3", "第三条"),
        ("5 to 10 km", "5–10 km"),
        ("two hours and 30 minutes", "2.5 hours"),
        ("5 days", "五六天"),
        ("5 minutes", "between 5 and 10 minutes"),
        ("四次", "four times a day"),
    ]);
}

#[test]
fn a_number_of_a_clause_has_no_unit_from_the_article_behind_it() {
    let first = |text: &str| super::find(text).first().map(|found| found.range.clone());
    assert_eq!(
        first("3.2 A concert needs at least 24 singers."),
        Some(0..3)
    );
    assert_eq!(first("It draws 3.2 A at most."), Some(9..14));
}
