//! Ways in which a statement is true in other words, and in which it is false in the words of its source: each is told
//! apart although a model vouches for all of them.

use stoa_language::Reading;

use super::{Checker, Checks, Finding, Ground, Statement, Words, judge::fooled};
use crate::read::Source;

/// A passage with statements about it.
struct Case {
    kind: &'static str,
    passage: &'static str,
    is_true: &'static [&'static str],
    is_false: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        kind: "the parted half of a German verb",
        passage: "Handtücher werden vom Bademeister nachgelegt.",
        is_true: &["Der Bademeister legt die Handtücher nach."],
        is_false: &["Der Bademeister legt keine Handtücher nach."],
    },
    Case {
        kind: "what is shut and cannot be used",
        passage: "The bridge to the island is closed from 1 May to 10 August.",
        is_true: &["You can't use the bridge to the island between May 1 and August 10."],
        is_false: &["You can use the bridge to the island between May 1 and August 10."],
    },
    Case {
        kind: "what stands beside something that is shut",
        passage: "The inn is close to the quay and can be booked by phone. Letters can be posted when the office is closed.",
        is_true: &["The inn can be booked by phone."],
        is_false: &[
            "The inn cannot be booked by phone.",
            "Letters cannot be posted when the office is closed.",
        ],
    },
    Case {
        kind: "a sentence that begins with a small letter",
        passage: "Bicycles are not allowed. iPads are lent out.",
        is_true: &["iPads are lent out."],
        is_false: &["iPads are not lent out."],
    },
    Case {
        kind: "how long after something",
        passage: "A locker stays shut for 90 minutes after five wrong codes.",
        is_true: &["After five wrong codes a locker stays shut for an hour and a half."],
        is_false: &["After five wrong codes a locker stays shut for two and a half hours."],
    },
    Case {
        kind: "a denial without its verb",
        passage: "Day tickets are refundable; season tickets are not.",
        is_true: &["You can't get a refund for season tickets."],
        is_false: &["Season tickets are refundable."],
    },
    Case {
        kind: "the verb of another sentence",
        passage: "Lena Ohm reported the leak on Monday. Karl Weiss repaired the pipe on Thursday with a new valve.",
        is_true: &["Karl Weiss fixed the pipe with a new valve."],
        is_false: &["Lena Ohm repaired the leak."],
    },
    Case {
        kind: "the subject of another sentence",
        passage: "Glass and paper are not collected on Fridays. Garden waste belongs in the brown bin.",
        is_true: &["On Fridays neither glass nor paper is picked up."],
        is_false: &["Garden waste is not collected on Fridays."],
    },
    Case {
        kind: "a subject that only its own sentence denies something of",
        passage: "Clean the lens with a dry cloth. Alcohol scratches the coating and must not be used.",
        is_true: &["Don't use alcohol, since it scratches the coating."],
        is_false: &["Alcohol is fine for cleaning the lens."],
    },
    Case {
        kind: "the number of another row",
        passage: "| Bus | Leaves | Arrives |\n|---|---|---|\n| Red | 09:00 | 09:40 |\n| Blue | 10:00 | 11:05 |",
        is_true: &["The ride on the Red bus takes 40 minutes."],
        is_false: &["The ride on the Blue bus takes 40 minutes."],
    },
    Case {
        kind: "steps in the other order",
        passage: "Dry the wood for 12 hours at 60 °C, then for 3 hours at 90 °C.",
        is_true: &["Dry it first at 60 °C and then at 90 °C."],
        is_false: &["Dry it first at 90 °C and then at 60 °C."],
    },
    Case {
        kind: "how many times as much",
        passage: "Mix 600 g of sand and 200 g of cement with water.",
        is_true: &["You need three times as much sand as cement."],
        is_false: &[
            "You need four times as much sand as cement.",
            "You need three times as much cement as sand.",
        ],
    },
    Case {
        kind: "hours that are no score",
        passage: "The library is open from 9 to 5, the pool from 10 to 8.",
        is_true: &["The library is open from 9 to 5."],
        is_false: &["The library is open from 10 to 8."],
    },
    Case {
        kind: "a number that counts something else",
        passage: "A day ticket costs 20 euros, and 10 euros for members.",
        is_true: &["A day ticket costs 20 euros."],
        is_false: &["A day ticket costs 20 euros for 10 people."],
    },
    Case {
        kind: "a verb before a preposition",
        passage: "Members meet in the hall on Mondays.",
        is_true: &["On Mondays the members meet in the hall."],
        is_false: &["Members sleep in the hall on Mondays."],
    },
    Case {
        kind: "a unit that is left out",
        passage: "Members may borrow a tool for 14 days, and extend it by a further 7 days.",
        is_true: &["Members can keep a tool for 14 days, plus 7 more."],
        is_false: &["Members can keep a tool for 14 days, plus 9 more."],
    },
    Case {
        kind: "two votes against each other",
        passage: "会议以九票赞成、四票反对通过了扩建车库的方案。",
        is_true: &["扩建车库的方案以9比4通过。"],
        is_false: &["扩建车库的方案以9比3通过。"],
    },
    Case {
        kind: "one of something",
        passage: "滑雪板租金每副五十元。",
        is_true: &["租一副滑雪板要50元。"],
        is_false: &["租一副滑雪板要60元。"],
    },
    Case {
        kind: "what fails in other words",
        passage: "Uploads of more than 50 files fail after two minutes.",
        is_true: &["Uploads with over 50 files broke off after two minutes."],
        is_false: &["Uploads with over 50 files broke off after three minutes."],
    },
    Case {
        kind: "nobody but one",
        passage: "Nobody except the caretaker may enter the boiler room.",
        is_true: &["Only the caretaker may enter the boiler room."],
        is_false: &["Only the tenants may enter the boiler room."],
    },
    Case {
        kind: "nobody but one, and another denial",
        passage: "Nobody except the coach may open the shed, and guests may not smoke there.",
        is_true: &["Only the coach may open the shed."],
        is_false: &["Only the coach may open the shed, and guests may smoke there."],
    },
    Case {
        kind: "a decision that is not another one",
        passage: "The bid for the tower was not approved.",
        is_true: &["The bid for the tower wasn't approved."],
        is_false: &["The bid for the tower was withdrawn."],
    },
    Case {
        kind: "a decision that was not taken",
        passage: "The request for a new oven was postponed to May because an offer is missing.",
        is_true: &["The request for a new oven was put off until May."],
        is_false: &["The new oven was approved."],
    },
    Case {
        kind: "opening hours by either word",
        passage: "The swimming hall is open daily from 7:00 to 21:30.",
        is_true: &["It opens at 7 am and closes at 9:30 pm."],
        is_false: &[
            "It opens at 9:30 pm and closes at 7 am.",
            "The hall closes at 7 am.",
        ],
    },
    Case {
        kind: "what comes first",
        passage: "Visitors sign the register after the tour.",
        is_true: &["Take the tour before you sign the register."],
        is_false: &["Visitors sign the register before the tour."],
    },
    Case {
        kind: "what is excepted",
        passage: "All lockers may be used overnight, except the ones at platform 3.",
        is_true: &["The ones at platform 3 may not be used overnight."],
        is_false: &[
            "The ones at platform 3 may be used overnight.",
            "Every locker may be used overnight.",
        ],
    },
    Case {
        kind: "a day that is excepted",
        passage: "The workshop is open every day except Wednesday.",
        is_true: &["The workshop isn't open on Wednesdays."],
        is_false: &["The workshop is open on Wednesdays."],
    },
    Case {
        kind: "who alone may",
        passage: "The loading ramp is used by drivers only.",
        is_true: &["Only drivers use the loading ramp."],
        is_false: &["Passengers may use the loading ramp."],
    },
    Case {
        kind: "what it costs",
        passage: "Entry to the garden is free; the greenhouse costs 4 euros.",
        is_true: &[
            "Entry to the garden costs nothing.",
            "You pay 4 euros for the greenhouse.",
        ],
        is_false: &["The greenhouse is free."],
    },
    Case {
        kind: "a bound turned round with its verb",
        passage: "Parcels may weigh up to 20 kg.",
        is_true: &["Parcels can't be heavier than 20 kg."],
        is_false: &["Parcels must be heavier than 20 kg."],
    },
    Case {
        kind: "a denial within a word",
        passage: "Nobody has lived on the island since 1957.",
        is_true: &["The island has been uninhabited since 1957."],
        is_false: &["People have lived on the island since 1957."],
    },
    Case {
        kind: "a rate of another period",
        passage: "The pump delivers 300 litres an hour.",
        is_true: &["It delivers 300 litres per hour."],
        is_false: &["It delivers 300 litres a day."],
    },
    Case {
        kind: "a number without its unit",
        passage: "The red line runs every 6 minutes, the blue line every 10.",
        is_true: &["The blue line runs every ten minutes."],
        is_false: &["The blue line runs every six minutes."],
    },
    Case {
        kind: "what is computed",
        passage: "Production rose from 260 tons to 310. A round takes 40 minutes, a game has 6 rounds.",
        is_true: &["Production rose by 50 tons.", "A game takes 240 minutes."],
        is_false: &["Production rose by 60 tons.", "A game takes 250 minutes."],
    },
    Case {
        kind: "who did it",
        passage: "The chapel was founded by Erik Holm in 1820; Ida Brandt gave the bell.",
        is_true: &["Erik Holm founded the chapel in 1820."],
        is_false: &["The chapel was founded by Ida Brandt."],
    },
    Case {
        kind: "to whom it is passed on",
        passage: "The clerk checks the form and sends it to the mayor by the fifth.",
        is_true: &["The form is checked by the clerk and sent to the mayor."],
        is_false: &["The mayor checks the form and sends it to the clerk."],
    },
    Case {
        kind: "whence and whither",
        passage: "The archive was moved from Bremen to Kiel in 1994.",
        is_true: &["In 1994 the archive went from Bremen to Kiel."],
        is_false: &["The archive was moved from Kiel to Bremen in 1994."],
    },
    Case {
        kind: "the subject of the other half",
        passage: "Guests pay at the door; members must register by noon.",
        is_true: &["Members must register by noon."],
        is_false: &["Guests must register by noon."],
    },
    Case {
        kind: "what the other half is about",
        passage: "Players buy their own shoes, but rackets are lent to them.",
        is_true: &["Players buy their own shoes."],
        is_false: &["Players buy their own rackets."],
    },
    Case {
        kind: "none in a row",
        passage: "| Ticket | Bags |\n|---|---|\n| Light | 0 |\n| Plus | 2 |",
        is_true: &["The Light ticket has no bags."],
        is_false: &["The Plus ticket has no bags."],
    },
    Case {
        kind: "a unit in a head",
        passage: "| Lamp | Power (W) | Noise (dB) |\n|---|---|---|\n| Aro | 40 | 24 |\n| Bix | 65 | 31 |",
        is_true: &["The Aro takes 40 watts and makes 24 dB of noise."],
        is_false: &["The Aro takes 65 watts."],
    },
    Case {
        kind: "once in the Chinese of two clauses",
        passage: "迟到一次扣五分，迟到两次取消资格。",
        is_true: &["迟到两次就会取消资格。"],
        is_false: &["迟到一次就会取消资格。"],
    },
    Case {
        kind: "how many of which of two",
        passage: "The choir needs two tenors and one bass.",
        is_true: &["The choir is short of two tenors and one bass."],
        is_false: &["The choir needs two basses and one tenor."],
    },
    Case {
        kind: "a denial before a range",
        passage: "Das Bad ist von 9 bis 17 Uhr geöffnet.",
        is_true: &["Das Bad hat von 9 bis 17 Uhr geöffnet."],
        is_false: &["Das Bad ist nicht von 9 bis 17 Uhr geöffnet."],
    },
    Case {
        kind: "who does it, in Chinese",
        passage: "屋顶由房东维修，门窗由租客维修。",
        is_true: &["门窗由租客维修。"],
        is_false: &["屋顶由租客维修。"],
    },
    Case {
        kind: "a smoking ban in one word",
        passage: "大厅内全面禁烟。",
        is_true: &["大厅内不能抽烟。"],
        is_false: &["大厅内可以抽烟。"],
    },
];

fn carries(checks: &Checks, case: &Case, text: &str) -> bool {
    let sources = [Source::new(case.passage, "")];
    let question = Reading::of("What must I know?");
    let ground = Ground::new(&sources, &question);
    let statement = [Statement::parse(&format!("{text} [1]"))];
    let found = futures::executor::block_on(checks.check(&statement, ground));
    matches!(found[..], [Finding::Carried(_)])
}

#[test]
fn kinds_of_statements_are_told_apart_whatever_a_model_vouches_for() {
    let judged = Checks::new(vec![Box::new(fooled()) as Box<dyn Checker>]);
    let mut wrong = Vec::new();
    for case in CASES {
        let lost = case
            .is_true
            .iter()
            .filter(|text| !carries(&judged, case, text));
        wrong.extend(lost.map(|text| format!("{}, lost: {text}", case.kind)));
        let passed = case
            .is_false
            .iter()
            .filter(|text| carries(&judged, case, text));
        wrong.extend(passed.map(|text| format!("{}, let through: {text}", case.kind)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_let_nothing_false_of_these_kinds_through() {
    let by_words = Checks::new(vec![Box::new(Words::default()) as Box<dyn Checker>]);
    for case in CASES {
        for text in case.is_false {
            assert!(!carries(&by_words, case, text), "{}: {text}", case.kind);
        }
    }
}

#[test]
fn words_carry_what_is_said_in_two_words_of_its_own_and_no_superlative() {
    let by_words = Checks::new(Vec::new());
    let case = Case {
        kind: "own words",
        passage: "The form must be handed in at the office six weeks before the course begins.\n\n| Lamp | Light | Weight |\n|---|---|---|\n| Aro 1 | 300 lm | 60 g |\n| Aro 2 | 800 lm | 120 g |",
        is_true: &["Bring the form to the office six weeks before the course begins."],
        is_false: &[
            "The Aro 2 is the lightest.",
            "The form must be handed in at the office and the gym six weeks before the course begins.",
            "The pets must be handed in at the office six weeks before the course begins.",
        ],
    };
    tells_apart(&by_words, [&case]);
}

/// What words alone must tell apart: a model that vouches for these is believed.
const BY_WORDS: &[Case] = &[
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

#[test]
fn words_tell_apart_what_they_must() {
    let by_words = Checks::new(vec![Box::new(Words::default()) as Box<dyn Checker>]);
    tells_apart(&by_words, BY_WORDS);
}

/// All that is told wrongly at once: one mend may cost another kind.
fn tells_apart<'c>(checks: &Checks, cases: impl IntoIterator<Item = &'c Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let lost = case
            .is_true
            .iter()
            .filter(|text| !carries(checks, case, text));
        wrong.extend(lost.map(|text| format!("{}, lost: {text}", case.kind)));
        let passed = case
            .is_false
            .iter()
            .filter(|text| carries(checks, case, text));
        wrong.extend(passed.map(|text| format!("{}: {text}", case.kind)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
