//! Statements in words of their own whose number shows of which sentence they are, and what is no such statement.

use super::Case;

pub(super) const PINNED: &[Case] = &[
    Case {
        kind: "other words around the number of one sentence",
        passage: "The trip costs 160 dollars, to be paid in two equal parts by 1 April and 15 May. Change the oil after the first 50 hours of operation.",
        is_true: &["The cost is paid in two instalments of $80 each."],
        is_false: &[
            "Each of the two guides costs 80 dollars.",
            "The trip is paid in four instalments of $80 each.",
            "The trip costs 80 dollars per week.",
        ],
    },
    Case {
        kind: "something that is only said beside it",
        passage: "A cabin costs 60 euros. The reading room closes at 21:15. The tower is 84 metres tall.",
        is_true: &["You pay 60 euros for a cabin."],
        is_false: &[
            "The cleaning of a cabin costs 60 euros.",
            "Breakfast in the cabin costs 60 euros.",
            "The old cabin with heating costs 60 euros.",
            "A guard checks the reading room at 21:15.",
            "The tower with its antenna is 84 metres tall.",
        ],
    },
    Case {
        kind: "the same beside it, in Chinese",
        passage: "按下电源键3秒开机。游泳课收费950元。",
        is_true: &["电源键按住3秒就可以开机。"],
        is_false: &["退游泳课收费950元。", "游泳课老师收入950元。"],
    },
    Case {
        kind: "a word in the place of the only one that is left out",
        passage: "Towels can be hired for 3 euros. Results are sent within 14 days.",
        is_true: &["Towels can be rented for 3 euros."],
        is_false: &[
            "Towels can be bought for 3 euros.",
            "Results are checked within 14 days.",
        ],
    },
    Case {
        kind: "days of the week of all weekdays",
        passage: "The dock is open on weekdays from 7 a.m. to 3 p.m. The pool is open on all weekdays but one. The lab is open on weekdays if staff are available.",
        is_true: &["The dock is open from 7 a.m. to 3 p.m. on Tuesdays."],
        is_false: &[
            "The dock is open from 7 a.m. to 3 p.m. on Saturdays.",
            "The pool is open on Monday.",
            "The lab is open on Tuesdays.",
        ],
    },
    Case {
        kind: "an amount that nobody adds up",
        passage: "The lamp must burn for thirty minutes and cool down for twenty minutes.",
        is_true: &["The lamp must cool down for 20 minutes."],
        is_false: &["The lamp must burn for 10 minutes."],
    },
    Case {
        kind: "who has more",
        passage: "Members pay 28 euros, guests pay 42 euros.",
        is_true: &["Guests pay 42 euros."],
        is_false: &["Members pay 14 euros more than guests."],
    },
    Case {
        kind: "half of it, in Chinese",
        passage: "每学期收费六百元，困难家庭减半。",
        is_true: &["困难家庭减半。"],
        is_false: &["困难家庭免费。", "困难家庭交六百元。"],
    },
    Case {
        kind: "all that is said of something",
        passage: "The council voted seven to two on the bridge. In case of rain the fair moves to the hall.",
        is_true: &["The council voted 7 to 2 on the bridge."],
        is_false: &[
            "The vote on the bridge was unanimous.",
            "In case of rain the fair is cancelled.",
        ],
    },
    Case {
        kind: "a stress that nobody puts on it",
        passage: "The buyer pays for shipping to the workshop. All staff may work at home; trainees are exempt.",
        is_true: &["The buyer pays for shipping to the workshop."],
        is_false: &[
            "The buyer pays for shipping both ways.",
            "Trainees may work at home.",
        ],
    },
    Case {
        kind: "whom the second half of a sentence is about",
        passage: "Petra Novak was elected treasurer and follows Samuel Osei, who becomes head of the youth teams.",
        is_true: &["Samuel Osei becomes head of the youth teams."],
        is_false: &["Petra Novak becomes head of the youth teams."],
    },
    Case {
        kind: "where it goes",
        passage: "When diluting, pour the acid into the water. The ferry to Harstad leaves at 7:45.",
        is_true: &["The ferry to Harstad leaves at 7:45 a.m."],
        is_false: &[
            "When diluting, pour the water into the acid.",
            "The ferry from Harstad leaves at 7:45.",
        ],
    },
    Case {
        kind: "to whom it goes, in Chinese",
        passage: "简历发给王琳，面试由赵工程师负责。日记由女儿整理出版。",
        is_true: &["简历要发给王琳。"],
        is_false: &["简历要发给赵工程师。", "日记是他自己整理出版的。"],
    },
    Case {
        kind: "a list that is done in its order",
        passage: "Before any work, switch the machine off, unplug it and release the pressure, in that order.",
        is_true: &["Switch the machine off before you release the pressure."],
        is_false: &["Release the pressure before you switch the machine off."],
    },
    Case {
        kind: "what it depends on",
        passage: "Without a card, visitors pay 19 euros.",
        is_true: &["Visitors without a card pay 19 euros."],
        is_false: &["Visitors pay 19 euros."],
    },
    Case {
        kind: "the least, as a denial in Chinese",
        passage: "密码不得少于十二位，每九十天更换一次。",
        is_true: &["密码最少要有12位。", "密码不能少于12位。"],
        is_false: &["密码最多12位。", "密码不能多于12位。"],
    },
    Case {
        kind: "all but one, in Chinese",
        passage: "所有房间除了教堂都有暖气。导盲犬可以上车，其他宠物一律不得上车。",
        is_true: &["除了导盲犬，别的宠物都不能上车。"],
        is_false: &["教堂有暖气。", "除了导盲犬，别的宠物都能上车。"],
    },
    Case {
        kind: "every day but one",
        passage: "The ferry sails every evening except Sunday at 22:15.",
        is_true: &["There is no sailing on Sundays."],
        is_false: &["The ferry sails on Sundays."],
    },
    Case {
        kind: "a bound behind its number",
        passage: "Keep the sash at or below 40 cm while you work.",
        is_true: &["The sash has to be kept at 40 cm or lower while you work."],
        is_false: &["The sash has to be kept at 40 cm or higher while you work."],
    },
    Case {
        kind: "what it is compared with",
        passage: "# Version 5.4\n\nOpening large files is three times faster than in 5.3.",
        is_true: &["Opening large files is three times faster than in 5.3."],
        is_false: &["Opening large files is three times faster than in 5.4."],
    },
];
