//! Kinds that words alone must tell apart.

use super::Case;

/// What words alone must tell apart: a model that vouches for these is believed.
pub(super) const BY_WORDS: &[Case] = &[
    Case {
        kind: "amounts of two parts exchanged",
        passage: "Sledges cost 12 euros if booked online and 15 euros at the hut.",
        is_true: &["Sledges cost 15 euros at the hut and 12 euros if booked online."],
        is_false: &["Sledges cost 15 euros online and 12 euros at the hut."],
    },
    Case {
        kind: "a part that says otherwise between",
        passage: "Beratung und Anträge auf Nachlass sind kostenlos, eine Kopie per Post kostet 3 Euro.",
        is_true: &["Eine Kopie per Post kostet 3 Euro."],
        is_false: &["Für die Beratung fällt eine Gebühr von 3 Euro an."],
    },
    Case {
        kind: "most of what is had in part",
        passage: "The parish of Overby holds 12 percent of the mill, a farmer the rest.",
        is_true: &["The parish of Overby holds 12 percent of the mill."],
        is_false: &["The parish of Overby owns most of the mill."],
    },
    Case {
        kind: "an opposite within a word",
        passage: "码头位于湖的西岸。先用小火煮五分钟后加糖，最后用大火翻炒。",
        is_true: &["码头在湖的西岸。"],
        is_false: &["码头在湖的东岸。", "最后用小火翻炒。"],
    },
    Case {
        kind: "a subject of two clauses with a time each",
        passage: "溜冰场上午十点开放，晚上八点半清场。",
        is_true: &["溜冰场20:30清场。"],
        is_false: &["溜冰场10:00清场。"],
    },
    Case {
        kind: "a rank and a price of a row",
        passage: "| Hall | Floor | Price |\n|---|---|---|\n| Birch | 3 | 40 euros |\n| Aspen | 2 | 25 euros |",
        is_true: &["Birch is on the third floor.", "Birch sells for 40 euros."],
        is_false: &["Birch is on the second floor.", "Birch sells for 25 euros."],
    },
    Case {
        kind: "a rank and a price that are of another column",
        passage: "| Room | Beds | Deposit |\n|---|---|---|\n| Alder | 3 | 40 euros |\n| Rowan | 2 | 25 euros |",
        is_true: &["Alder has 3 beds."],
        is_false: &["Alder is on the third floor.", "Alder sells for 40 euros."],
    },
    Case {
        kind: "two words that are no synonyms because they have one opposite",
        passage: "The north mast is higher than the south mast. The boys row on Sunday.",
        is_true: &["The north mast is higher than the south mast."],
        is_false: &[
            "The north mast is older than the south mast.",
            "The men row on Sunday.",
        ],
    },
    Case {
        kind: "a phrase before or within a sentence",
        passage: "In winter, the sledge runs twice a day to the island. Up to five people may enter the cave.",
        is_true: &[
            "In winter the sledge runs twice a day.",
            "At most five people may enter the cave.",
        ],
        is_false: &["In winter the sledge runs three times a day."],
    },
    Case {
        kind: "a point that ends no clause",
        passage: "The ice rink is open from 3 p.m. to 9 p.m. on weekdays.",
        is_true: &["On weekdays the rink is open from 15:00 until 21:00."],
        is_false: &["On weekdays the rink is open from 15:00 until 19:00."],
    },
    Case {
        kind: "who does it behind 由",
        passage: "新员工入职当天由前台发放门卡，由行政部登记。",
        is_true: &["新员工的门卡由前台发放。"],
        is_false: &["新员工的门卡由经理发放。"],
    },
    Case {
        kind: "steps of a list in their order",
        passage: "The boat is made ready in this order:\n\n- rig the mast\n- hoist the sail\n- untie the rope",
        is_true: &[
            "The mast is rigged before the sail is hoisted.",
            "After hoisting the sail you untie the rope.",
        ],
        is_false: &["The sail is hoisted before the mast is rigged."],
    },
    Case {
        kind: "steps of a sentence in their order",
        passage: "The leaves are first washed, then dried, and only afterwards ground.",
        is_true: &["The leaves are dried before they are ground."],
        is_false: &["The leaves are ground before they are dried."],
    },
    Case {
        kind: "which step it is",
        passage: "1. Unplug the lamp.\n2. Open the cover.\n3. Replace the bulb.",
        is_true: &["The first step is to unplug the lamp."],
        is_false: &["The first step is to open the cover."],
    },
    Case {
        kind: "what is left out",
        passage: "Bicycles may not be parked in the yard, except cargo bicycles.",
        is_true: &["Cargo bicycles may be parked in the yard."],
        is_false: &[
            "Cargo bicycles may not be parked in the yard.",
            "Bicycles may never be parked in the yard.",
        ],
    },
    Case {
        kind: "what is left out at the end",
        passage: "展厅周一至周五早上九点开门，节假日除外。",
        is_true: &["展厅周一至周五早上9:00开门。"],
        is_false: &["展厅节假日也是早上九点开门。"],
    },
    Case {
        kind: "a duty from which something is left out",
        passage: "借出的器材丢失须赔偿，正常损耗除外。",
        is_true: &["正常损耗不用赔偿。"],
        is_false: &["正常损耗须赔偿。"],
    },
    Case {
        kind: "a cell that answers",
        passage: "| Hall | Key needed | Seats |\n|---|---|---|\n| Oak | yes | 40 |\n| Elm | no | 25 |",
        is_true: &["You don't need a key for Elm."],
        is_false: &["The Elm hall needs a key.", "You don't need a key for Oak."],
    },
    Case {
        kind: "who alone may do it",
        passage: "Lockers may only be opened by the caretaker. Vans may only be driven by members over 21.",
        is_true: &["Only the caretaker may open lockers."],
        is_false: &[
            "Visitors may open lockers themselves.",
            "Vans may be driven by any member.",
        ],
    },
    Case {
        kind: "at any time, and at once",
        passage: "Cancellations up to 10 days before the concert are refunded in full. Store the jam in the cellar for a week before serving.",
        is_true: &["If you cancel at least 10 days before the concert, you get a full refund."],
        is_false: &[
            "Cancellations are refunded in full at any time.",
            "The jam can be served as soon as it is stored.",
        ],
    },
    Case {
        kind: "whoever does it",
        passage: "Whoever loses the badge pays 20 euros. Tours last 45 minutes.",
        is_true: &[
            "Anyone who loses the badge pays 20 euros.",
            "Each tour lasts three quarters of an hour.",
        ],
        is_false: &["Anyone who loses the badge pays 30 euros."],
    },
    Case {
        kind: "what is said of the others",
        passage: "早班每三十分钟一班，其余时段每五十分钟一班。",
        is_true: &["早班每30分钟一班。"],
        is_false: &["早班每五十分钟一班。"],
    },
    Case {
        kind: "a price of whom the number before does not name",
        passage: "门票二十元，七十岁以上老人凭证免费，学生半价。",
        is_true: &["门票是20元。"],
        is_false: &["学生可以免费入场。"],
    },
    Case {
        kind: "so many and more of them",
        passage: "Applications must be sent at least ten days before the course. A bench is rented for 6 euros an hour.",
        is_true: &[
            "Applications must be sent ten or more days before the course.",
            "Renting a bench for three hours costs 18 euros.",
        ],
        is_false: &[
            "Applications must be sent nine or more days before the course.",
            "Renting a bench for three hours costs 16 euros.",
        ],
    },
    Case {
        kind: "a case within a bound",
        passage: "Children under eight are examined by Dr Moll.",
        is_true: &["A six-year-old is examined by Dr Moll."],
        is_false: &[
            "A nine-year-old is examined by Dr Moll.",
            "A six-year-old is not examined by Dr Moll.",
        ],
    },
    Case {
        kind: "days and months from one date to the next",
        passage: "Der Flohmarkt findet am 3. und 4. Mai im Hof statt. Die Halle ist vom 1. Juni bis zum 31. August vermietet.",
        is_true: &[
            "Der Flohmarkt im Hof dauert zwei Tage.",
            "Die Halle ist drei Monate lang vermietet.",
        ],
        is_false: &[
            "Der Flohmarkt im Hof dauert drei Tage.",
            "Die Halle ist vier Monate lang vermietet.",
        ],
    },
    Case {
        kind: "the weekend",
        passage: "仓库周末不开放。",
        is_true: &["仓库星期六不开放。"],
        is_false: &["仓库星期五不开放。"],
    },
    Case {
        kind: "what is forbidden to all",
        passage: "Climbers bring their own rope. Metal brushes are prohibited.",
        is_true: &["Climbers aren't allowed to use metal brushes."],
        is_false: &["Climbers are allowed to use metal brushes."],
    },
    Case {
        kind: "hours of three clauses",
        passage: "展馆上午九点半开放，下午四点停止售票，四点半闭馆。",
        is_true: &["展馆早上9:30开门，下午4:30关门。"],
        is_false: &["展馆下午四点闭馆。"],
    },
    Case {
        kind: "whom somebody sold it to",
        passage: "In 1990 the mill was sold to Tarn Textiles. Ada Lund handed the chair to Nils Berg.",
        is_true: &["In 1990 Tarn Textiles bought the mill."],
        is_false: &[
            "In 1990 the mill bought Tarn Textiles.",
            "Ada Lund took the chair from Nils Berg.",
        ],
    },
    Case {
        kind: "everyday synonyms and forms of verbs",
        passage: "工作时间不得饮酒。Werkzeug wird am Montag ausgeliehen.",
        is_true: &["工作时间不能喝酒。"],
        is_false: &["工作时间可以喝酒。"],
    },
    Case {
        kind: "forms of German verbs",
        passage: "Bücher werden im Laden ausgeliehen. Die Karte wird einmal verlängert, außer bei Gästen.",
        is_true: &[
            "Im Laden kann man Bücher ausleihen.",
            "Bei Gästen kann man die Karte nicht verlängern.",
        ],
        is_false: &["Im Laden kann man keine Bücher ausleihen."],
    },
    Case {
        kind: "what is supposed",
        passage: "Anyone who arrives late twice in a row may not play in the final.",
        is_true: &["If you arrive late twice in a row, you can't play in the final."],
        is_false: &["If you arrive late twice in a row, you can play in the final."],
    },
    Case {
        kind: "a bound that is all that is known",
        passage: "The tank holds up to 50 litres. The trip takes less than three hours. The fine is up to 500 euros.",
        is_true: &["The tank holds up to 50 litres."],
        is_false: &[
            "The tank holds 30 litres.",
            "The trip takes two hours.",
            "The fine is 300 euros.",
        ],
    },
    Case {
        kind: "a price that is not for one of what is counted",
        passage: "The deposit is 25 euros. The fee is 6 euros per day.",
        is_true: &["The fee is 6 euros per day."],
        is_false: &[
            "The deposit is 75 euros for three days.",
            "The fee is 18 euros for three hours.",
        ],
    },
    Case {
        kind: "the earliest day on which something is sold",
        passage: "Tickets can be bought up to 30 days in advance.",
        is_true: &["Tickets can be bought up to 30 days in advance."],
        is_false: &["Tickets can be bought at least 30 days in advance."],
    },
    Case {
        kind: "what is left out, with another word of two opposites",
        passage: "Dogs are not allowed in the old building, except guide dogs.",
        is_true: &["Guide dogs are allowed in the old building."],
        is_false: &[
            "Guide dogs are allowed in the new building.",
            "Guide dogs are allowed in the old building for a fee.",
        ],
    },
    Case {
        kind: "two columns that answer otherwise",
        passage: "| Hotel | Pool | Sauna |\n|---|---|---|\n| Oak | yes | no |\n| Elm | no | yes |",
        is_true: &["The Oak has a pool."],
        is_false: &["The Oak has a sauna.", "The Oak has a pool and a sauna."],
    },
    Case {
        kind: "two days that are no span",
        passage: "The stall is open on 5 and 20 May. The lease runs from 1 June 2023 to 31 August 2024.",
        is_true: &["The stall is open on 5 and 20 May."],
        is_false: &[
            "The stall is open for 16 days.",
            "The lease runs for three months.",
        ],
    },
    Case {
        kind: "one of several days",
        passage: "The choir meets every second Thursday in the barn.",
        is_true: &["The choir meets in the barn every other Thursday."],
        is_false: &["The choir meets in the barn every Thursday."],
    },
    Case {
        kind: "one of several days in Chinese",
        passage: "合唱团每月第二个星期五晚上排练。",
        is_true: &["合唱团每月第二个星期五晚上排练。"],
        is_false: &["合唱团每周五晚上排练。"],
    },
    Case {
        kind: "first this and then that, in Chinese",
        passage: "风筝的做法为先扎骨架、再糊纸、后画图案。",
        is_true: &["风筝先扎骨架，再糊纸。"],
        is_false: &["风筝先糊纸，再扎骨架。", "风筝先画图案，然后再糊纸。"],
    },
];
