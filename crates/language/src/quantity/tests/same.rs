//! Pairs that say the same: the statement first, then the passage.

use super::all_in;

pub(super) fn check(pairs: &[(&str, &str)]) {
    let wrong: Vec<String> = pairs
        .iter()
        .filter(|(statement, passage)| !all_in(statement, passage))
        .map(|(statement, passage)| {
            format!(
                "{statement:?} != {passage:?}: {:?} {:?}",
                super::find(statement),
                super::find(passage)
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub(super) fn both_ways(groups: &[&[&str]]) {
    let pairs: Vec<(&str, &str)> = groups
        .iter()
        .flat_map(|group| {
            group
                .iter()
                .flat_map(|first| group.iter().map(move |second| (*first, *second)))
        })
        .collect();
    check(&pairs);
}

#[test]
fn numbers() {
    both_ways(&[
        &[
            "84",
            "eighty-four",
            "八十四",
            "84.0",
            "vierundachtzig",
            "quatre-vingt-quatre",
            "ochenta y cuatro",
            "８４",
        ],
        &["1,200.50", "1 200,50", "1'200.50", "1.200,50"],
        &[
            "1200",
            "1.200",
            "1,200",
            "一千二百",
            "eintausendzweihundert",
            "mille deux cents",
            "mil doscientos",
            "twelve hundred",
            "1.2k",
        ],
        &[
            "320万",
            "3.2 million",
            "3,2 Millionen",
            "3 200 000",
            "三百二十万",
            "3.2M",
            "3,2 Mio.",
        ],
        &["1.3 亿", "130 million", "130,000,000", "一亿三千万"],
        &["二百五", "250", "两百五十", "zweihundertfünfzig"],
        &[
            "两百",
            "兩百",
            "200",
            "貳佰",
            "zweihundert",
            "deux cents",
            "duecento",
            "duzentos",
            "tweehonderd",
        ],
        &[
            "十六",
            "16",
            "sixteen",
            "sechzehn",
            "seize",
            "dieciséis",
            "sedici",
            "zestien",
        ],
        &[
            "half of them",
            "一半",
            "½",
            "1/2",
            "50 %",
            "die Hälfte",
            "la moitié",
            "la mitad",
        ],
        &["三分之二", "two thirds", "2/3", "⅔", "zwei Drittel"],
        &["a dozen", "12", "twelve", "ein Dutzend", "十二"],
        &[
            "二十一",
            "廿一",
            "21",
            "twenty-one",
            "einundzwanzig",
            "vingt et un",
            "veintiuno",
            "ventuno",
            "eenentwintig",
            "двадцать один",
        ],
        &[
            "97",
            "quatre-vingt-dix-sept",
            "siebenundneunzig",
            "noventa y siete",
        ],
        &[
            "two and a half",
            "2.5",
            "2½",
            "zweieinhalb",
            "deux et demi",
            "二点五",
        ],
        &["1万2千", "12000", "一万二千", "12千"],
    ]);
}

#[test]
fn dates() {
    both_ways(&[
        &[
            "31 March",
            "March 31",
            "31. März",
            "31 mars",
            "31 de marzo",
            "3月31日",
            "三月三十一日",
            "31st of March",
            "the thirty-first of March",
            "31.03.",
            "3월 31일",
        ],
        &[
            "2021-03-31",
            "31.03.2021",
            "31/03/2021",
            "3/31/2021",
            "31 March 2021",
            "March 31, 2021",
            "2021年3月31日",
            "二〇二一年三月三十一日",
            "31 de marzo de 2021",
            "令和3年3月31日",
        ],
        &[
            "Nov 12, 2020",
            "12 Nov., 2020",
            "12. November 2020",
            "12 novembre 2020",
            "2020-11-12",
            "2020/11/12",
        ],
        &[
            "in May 2021",
            "May 2021",
            "mai 2021",
            "2021年5月",
            "Mai 2021",
        ],
        &["in 2021", "2021年", "2021"],
        &[
            "Q1 2021",
            "first quarter of 2021",
            "2021年第一季度",
            "1. Quartal 2021",
        ],
        &[
            "Monday",
            "Mon.",
            "周一",
            "星期一",
            "礼拜一",
            "月曜日",
            "Montag",
            "lundi",
            "lunes",
            "Mondays",
            "montags",
            "lunedì",
            "월요일",
        ],
        &[
            "Sunday",
            "周日",
            "星期天",
            "日曜日",
            "Sonntag",
            "dimanche",
            "domingo",
        ],
        &["the 1990s", "90年代", "die 1990er"],
        &["May 5", "5 May", "5月5日", "5. Mai", "5 mai", "5 de mayo"],
    ]);
    check(&[
        ("in March", "on 31 March 2021"),
        ("in 2021", "31.03.2021"),
        ("3 April 2021", "03/04/2021"),
        ("4 March 2021", "03/04/2021"),
        ("1 March", "1–5 March"),
        ("3月5日", "3月1日至5日"),
        ("2022年1月3日", "2022年1月3日上午11时"),
    ]);
}

#[test]
fn times() {
    both_ways(&[
        &[
            "9 a.m.",
            "9am",
            "9:00",
            "09:00",
            "9 Uhr",
            "9h",
            "9点",
            "上午九点",
            "nine o'clock",
            "9 heures",
            "9시",
            "九點鐘",
            "9.00 Uhr",
        ],
        &[
            "6 p.m.",
            "18:00",
            "下午六点",
            "晚上6点",
            "18 Uhr",
            "18h",
            "6 Uhr abends",
            "6 heures du soir",
            "six in the evening",
            "午後6時",
            "las 6 de la tarde",
        ],
        &[
            "十一点半",
            "11:30 a.m.",
            "half past eleven",
            "11:30",
            "halb zwölf",
            "11h30",
            "11時30分",
        ],
        &[
            "noon",
            "12:00",
            "12 p.m.",
            "中午12点",
            "midi",
            "12 Uhr mittags",
        ],
        &[
            "midnight",
            "0:00",
            "00:00",
            "午夜",
            "Mitternacht",
            "minuit",
            "12 a.m.",
            "24:00",
        ],
        &["凌晨两点", "2 a.m.", "02:00", "2 Uhr nachts"],
        &["下午两点", "14:00", "2 p.m.", "14 Uhr"],
        &["quarter to ten", "9:45", "九点三刻", "Viertel vor zehn"],
    ]);
    check(&[
        ("2:00", "2 a.m."),
        ("2:00", "两点"),
        ("2 p.m.", "2–5 p.m."),
        ("14:00 to 17:00", "2–5 p.m."),
        ("9 Uhr bis 17 Uhr", "9-17 Uhr"),
        ("9:00 to 17:00", "dalle 9 alle 17"),
        ("14:00–17:00", "下午两点至五点"),
        ("两点", "下午两点"),
        ("10 a.m.", "10–2 p.m."),
        ("open from nine to five", "9:00–17:00"),
    ]);
}

#[test]
fn what_stands_between_a_number_and_its_unit() {
    both_ways(&[
        &[
            "27 days",
            "27 paid vacation days",
            "27 Tage",
            "27 bezahlte Tage",
        ],
        &["48 hours", "au moins 48 heures", "at least 48 hours"],
        &["Sunday", "an Sonn- und Feiertagen"],
        &["three", "最多可以分三次休"],
    ]);
}

#[test]
fn words_of_one_language_that_are_numbers_in_another() {
    for text in [
        "Le pain sort du four et il est vendu le matin.",
        "Mercury is too near the Sun.",
    ] {
        assert_eq!(super::find(text), [], "{text}");
    }
    check(&[
        ("Die nächste Messe steht 2026 an.", "2026"),
        ("four", "The four boats are out."),
    ]);
}
