//! Sentences of many kinds of documents, and what one changed word makes of them.

/// A sentence with places for words, and what each place may hold. `{0}` is the first place.
pub(super) struct Template {
    pub(super) sentence: &'static str,
    pub(super) places: &'static [&'static [&'static str]],
    /// Sentences made from it that say what it says, or part of it.
    pub(super) same: &'static [&'static str],
    /// Sentences made from it that say something else.
    pub(super) turned: &'static [&'static str],
}

pub(super) const ENGLISH: &[Template] = &[
    Template {
        sentence: "The {0} in {1} opens at {2} on {3}.",
        places: &[
            &["library", "museum", "canteen", "workshop"],
            &["Lund", "Tartu", "Graz", "Porto"],
            &["7:30 a.m.", "8:15 a.m.", "9 a.m.", "10:45 a.m."],
            &["Monday", "Wednesday", "Friday", "Sunday"],
        ],
        same: &[
            "On {3} the {0} in {1} opens at {2}.",
            "The {1} {0} is open from {2} on {3}.",
        ],
        turned: &[
            "The {0} in {1} does not open at {2} on {3}.",
            "The {0} in {1} closes at {2} on {3}.",
            "Only the {0} in {1} opens at {2} on {3}.",
        ],
    },
    Template {
        sentence: "{0} acquired {1} in {2} for {3} million euros.",
        places: &[
            &["Brightwater", "Oakfield", "Lindner"],
            &["Fenwick", "Marlow", "Tessin"],
            &["2017", "2019", "2021", "2023"],
            &["3.2", "14", "27", "108"],
        ],
        same: &[
            "In {2} {0} bought {1} for {3} million euros.",
            "{1} was acquired by {0} in {2} for {3} million euros.",
        ],
        turned: &[
            "{1} acquired {0} in {2} for {3} million euros.",
            "{0} never acquired {1} in {2} for {3} million euros.",
        ],
    },
    Template {
        sentence: "Requests above {0} dollars are approved by the {1} team within {2} days.",
        places: &[
            &["500", "750", "2,000"],
            &["HR", "IT", "QA"],
            &["two", "three", "ten"],
        ],
        same: &[
            "The {1} team approves requests above {0} dollars within {2} days.",
            "If a request is for more than {0} dollars, the {1} team approves it.",
        ],
        turned: &[
            "Requests above {0} dollars are rejected by the {1} team within {2} days.",
            "Requests below {0} dollars are approved by the {1} team within {2} days.",
            "Requests above {0} dollars are not approved by the {1} team within {2} days.",
            "All requests above {0} dollars are always approved by the {1} team within {2} days.",
        ],
    },
    Template {
        sentence: "Members may borrow {0} boats for {1} hours before {2}.",
        places: &[
            &["two", "three", "five"],
            &["4", "6", "12"],
            &["May", "July", "October"],
        ],
        same: &["Before {2}, members can borrow {0} boats for {1} hours."],
        turned: &[
            "Members may not borrow {0} boats for {1} hours before {2}.",
            "Members may borrow {0} boats for {1} hours after {2}.",
            "Members must borrow {0} boats for {1} hours before {2}.",
            "Only members may borrow {0} boats for {1} hours before {2}.",
        ],
    },
    Template {
        sentence: "Firmware {0} runs on the {1} down to {2} degrees.",
        places: &[
            &["3.2.1", "3.2.4", "4.0.1"],
            &["HX-1401", "HX-1041", "KD-77"],
            &["-5", "-15", "5"],
        ],
        same: &[],
        turned: &["Firmware {0} does not run on the {1} down to {2} degrees."],
    },
    Template {
        sentence: "Newcomers pay nothing for the first {0} visits.",
        places: &[&["three", "five", "ten"]],
        same: &[
            "The first {0} visits are free for newcomers.",
            "Newcomers don't pay for their first {0} visits.",
        ],
        turned: &[
            "Newcomers pay for the first {0} visits.",
            "All pay nothing for the first {0} visits.",
            "Newcomers pay nothing after the first {0} visits.",
            "Newcomers pay nothing for the last {0} visits.",
        ],
    },
    Template {
        sentence: "Clocks may be taken home over the {0} if the {1} agrees.",
        places: &[
            &["weekend", "summer", "holidays"],
            &["treasurer", "secretary", "caretaker"],
        ],
        same: &["With the {1}'s agreement, clocks can be taken home over the {0}."],
        turned: &[
            "Clocks must be taken home over the {0} if the {1} agrees.",
            "Clocks may not be taken home over the {0} if the {1} agrees.",
            "Clocks may be taken home over the {0} unless the {1} agrees.",
            "Clocks may be taken home over the {0} if the {1} refuses.",
        ],
    },
    Template {
        sentence: "Mobile phones must be switched off during {0}.",
        places: &[&["exams", "lessons", "concerts"]],
        same: &[
            "During {0}, mobile phones have to be switched off.",
            "You have to switch off your phone during {0}.",
        ],
        turned: &[
            "Mobile phones must be switched on during {0}.",
            "Mobile phones may be switched off during {0}.",
            "Mobile phones need not be switched off during {0}.",
            "Mobile phones must be switched off after {0}.",
            "Laptops must be switched off during {0}.",
        ],
    },
    Template {
        sentence: "Version {0} adds export to {1} and drops support for {2}.",
        places: &[
            &["3.4", "3.5", "4.0"],
            &["CSV", "PDF", "XML"],
            &["PostgreSQL 11", "Python 3.8", "Java 17"],
        ],
        same: &[
            "{2} is no longer supported in version {0}.",
            "Version {0} can export to {1}.",
            "Support for {2} was dropped in version {0}.",
        ],
        turned: &[
            "Version {0} drops export to {1} and adds support for {2}.",
            "Version {0} adds support for {2}.",
            "Version {0} adds import from {1} and drops support for {2}.",
        ],
    },
    Template {
        sentence: "The default port moves from {0} to {1}.",
        places: &[&["8080", "8181"], &["8443", "9443"]],
        same: &[
            "The default port is now {1}.",
            "The default port changes from {0} to {1}.",
        ],
        turned: &[
            "The default port moves from {1} to {0}.",
            "The default address moves from {0} to {1}.",
        ],
    },
    Template {
        sentence: "Passwords are hashed with {0} instead of {1}.",
        places: &[&["argon2", "scrypt"], &["bcrypt", "md5"]],
        same: &[
            "Instead of {1}, {0} is used to hash passwords.",
            "{1} was replaced by {0} for passwords.",
        ],
        turned: &[
            "Passwords are hashed with {1} instead of {0}.",
            "Tokens are hashed with {0} instead of {1}.",
        ],
    },
    Template {
        sentence: "Sessions expire after {0} {1}.",
        places: &[&["12", "24", "30"], &["minutes", "hours", "days"]],
        same: &["A session lasts {0} {1}.", "After {0} {1} sessions expire."],
        turned: &[
            "Sessions never expire.",
            "Sessions expire before {0} {1}.",
            "Sessions start after {0} {1}.",
            "Passwords expire after {0} {1}.",
        ],
    },
    Template {
        sentence: "The {0} log is on by default.",
        places: &[&["audit", "access", "error"]],
        same: &[
            "By default the {0} log is on.",
            "The {0} log is enabled by default.",
        ],
        turned: &[
            "The {0} log is off by default.",
            "The {0} log is not on by default.",
            "The {0} log is never on.",
        ],
    },
    Template {
        sentence: "Soak the {0} overnight in {1} water.",
        places: &[&["beans", "lentils", "peas"], &["cold", "salted"]],
        same: &["The {0} are soaked in {1} water overnight."],
        turned: &[
            "Soak the {0} overnight in hot water.",
            "Do not soak the {0} overnight in {1} water.",
            "Rinse the {0} overnight in {1} water.",
            "Soak the {0} overnight in {1} milk.",
        ],
    },
    Template {
        sentence: "Simmer the {0} for {1} minutes without {2}.",
        places: &[
            &["beans", "soup", "rice"],
            &["20", "45", "90"],
            &["salt", "a lid"],
        ],
        same: &[
            "Don't add {2} while you simmer the {0}.",
            "The {0} simmer for {1} minutes.",
        ],
        turned: &[
            "Simmer the {0} for {1} minutes with {2}.",
            "Fry the {0} for {1} minutes without {2}.",
            "Simmer the {0} for {1} hours without {2}.",
        ],
    },
    Template {
        sentence: "The stew keeps for {0} {1} in the fridge and must not be frozen.",
        places: &[&["two", "four", "five"], &["days", "weeks"]],
        same: &[
            "In the fridge the stew keeps for {0} {1}.",
            "You shouldn't freeze the stew.",
            "The stew must not be frozen.",
        ],
        turned: &[
            "The stew keeps for {0} {1} in the fridge and must be frozen.",
            "The stew keeps for {0} {1} in the fridge and may be frozen.",
            "The stew keeps for {0} {1} in the freezer.",
            "The stew keeps for {0} {1} outside the fridge.",
        ],
    },
    Template {
        sentence: "Adults pay {0} euros and children pay {1} euros.",
        places: &[&["12", "14"], &["5", "7"]],
        same: &[
            "Children pay {1} euros and adults {0} euros.",
            "The price for adults is {0} euros.",
            "For children it costs {1} euros.",
        ],
        turned: &[
            "Adults pay {1} euros and children pay {0} euros.",
            "Adults pay {1} euros.",
            "Children pay {0} euros.",
            "Students pay {1} euros.",
            "Children pay nothing.",
        ],
    },
    Template {
        sentence: "Tickets cost {0} euros online and {1} euros at the door.",
        places: &[&["18", "21"], &["25", "29"]],
        same: &[
            "Online, tickets cost {0} euros.",
            "A ticket bought at the door is {1} euros.",
            "At the door tickets cost {1} euros.",
        ],
        turned: &[
            "Tickets cost {1} euros online and {0} euros at the door.",
            "Tickets cost {1} euros online.",
            "At the door tickets cost {0} euros.",
        ],
    },
    Template {
        sentence: "The {0} is closed on {1} and open on {2}.",
        places: &[
            &["sauna", "archive"],
            &["Monday", "Tuesday"],
            &["Friday", "Sunday"],
        ],
        same: &[
            "The {0} is open on {2}.",
            "On {1} the {0} is closed.",
            "The {0} doesn't open on {1}.",
        ],
        turned: &[
            "The {0} is open on {1} and closed on {2}.",
            "The {0} is open on {1}.",
            "The {0} is closed on {2}.",
        ],
    },
    Template {
        sentence: "The kiosk sells {0} but not {1}.",
        places: &[&["stamps", "maps"], &["tickets", "tobacco"]],
        same: &[
            "You can buy {0} at the kiosk.",
            "The kiosk doesn't sell {1}.",
            "{1} are not sold at the kiosk.",
        ],
        turned: &[
            "The kiosk sells {1} but not {0}.",
            "The kiosk sells {1}.",
            "The kiosk does not sell {0}.",
            "The kiosk sells {0} and {1}.",
        ],
    },
    Template {
        sentence: "{0} succeeded {1} as {2} in {3}.",
        places: &[
            &["Marta Lind", "Ewa Novak"],
            &["Jonas Pohl", "Ian Reid"],
            &["director", "editor"],
            &["2018", "2021"],
        ],
        same: &[
            "{1} was succeeded by {0} as {2} in {3}.",
            "In {3}, {0} followed {1} as {2}.",
        ],
        turned: &[
            "{1} succeeded {0} as {2} in {3}.",
            "{0} preceded {1} as {2} in {3}.",
            "{0} was succeeded by {1} as {2} in {3}.",
        ],
    },
    Template {
        sentence: "Dogs are welcome on the {0} but not in the {1}.",
        places: &[&["terrace", "lawn"], &["kitchen", "pool"]],
        same: &[
            "Dogs are welcome on the {0}.",
            "Dogs are not welcome in the {1}.",
            "Dogs can't come into the {1}.",
        ],
        turned: &[
            "Dogs are welcome in the {1} but not on the {0}.",
            "Dogs are welcome in the {1}.",
            "Dogs are not welcome on the {0}.",
            "Cats are welcome on the {0} but not in the {1}.",
        ],
    },
    Template {
        sentence: "Refunds are paid within {0} days after the {1} arrives.",
        places: &[&["7", "14"], &["parcel", "form"]],
        same: &[
            "Once the {1} arrives, refunds are paid within {0} days.",
            "You get your refund within {0} days after the {1} has arrived.",
        ],
        turned: &[
            "Refunds are paid within {0} days before the {1} arrives.",
            "Refunds are not paid within {0} days after the {1} arrives.",
            "Refunds are refused within {0} days after the {1} arrives.",
            "Deposits are paid within {0} days after the {1} arrives.",
        ],
    },
    Template {
        sentence: "The south gate is locked between {0} and {1}.",
        places: &[&["10 p.m.", "11 p.m."], &["5 a.m.", "6 a.m."]],
        same: &[
            "Between {0} and {1} the south gate is locked.",
            "From {0} to {1} the south gate is locked.",
        ],
        turned: &[
            "The north gate is locked between {0} and {1}.",
            "The south gate is unlocked between {0} and {1}.",
            "The south gate is locked between {1} and {0}.",
        ],
    },
];

pub(super) const CHINESE: &[Template] = &[
    Template {
        sentence: "{0}图书馆{1}{2}开放。",
        places: &[
            &["海淀", "浦东", "天河", "渝中"],
            &["周一", "周三", "周六"],
            &["上午八点", "上午九点半", "下午两点"],
        ],
        same: &[],
        turned: &[
            "{0}图书馆{1}{2}不开放。",
            "{0}图书馆{1}{2}关闭。",
            "只有{0}图书馆{1}{2}开放。",
        ],
    },
    Template {
        sentence: "{0}公司在{1}年以{2}万元收购了{3}公司。",
        places: &[
            &["蓝海", "东方", "金石"],
            &["2018", "2020", "2022"],
            &["三百", "五百二十", "1200"],
            &["晨光", "长河", "云山"],
        ],
        same: &[],
        turned: &[
            "{3}公司在{1}年以{2}万元收购了{0}公司。",
            "{0}公司在{1}年没有以{2}万元收购{3}公司。",
        ],
    },
    Template {
        sentence: "超过{0}元的申请由{1}部门批准，期限为{2}天。",
        places: &[
            &["五百", "2000", "八千"],
            &["财务", "人事", "技术"],
            &["两", "三", "十"],
        ],
        same: &[],
        turned: &[
            "超过{0}元的申请由{1}部门驳回，期限为{2}天。",
            "低于{0}元的申请由{1}部门批准，期限为{2}天。",
        ],
    },
    Template {
        sentence: "会员可以在{0}前借{1}本书。",
        places: &[&["五月", "七月", "十月"], &["三", "六", "十二"]],
        same: &[],
        turned: &[
            "会员不可以在{0}前借{1}本书。",
            "会员可以在{0}后借{1}本书。",
            "会员必须在{0}前借{1}本书。",
        ],
    },
    Template {
        sentence: "成人票{0}元，学生凭证半价。",
        places: &[&["三十", "四十", "50"]],
        same: &[
            "成人票每张{0}元。",
            "学生凭证件半价。",
            "学生出示证件可享半价。",
        ],
        turned: &[
            "学生票{0}元，成人凭证半价。",
            "成人票{0}元，教师凭证半价。",
            "成人票{0}元，学生凭证免费。",
            "学生票{0}元。",
        ],
    },
    Template {
        sentence: "深水区只对持有{0}的人开放。",
        places: &[&["深水证", "教练证"]],
        same: &[
            "要进深水区必须有{0}。",
            "没有{0}的人不能进深水区。",
            "只有持有{0}的人才能进深水区。",
        ],
        turned: &[
            "深水区对所有人开放。",
            "浅水区只对持有{0}的人开放。",
            "深水区不对持有{0}的人开放。",
            "深水区对没有{0}的人开放。",
        ],
    },
    Template {
        sentence: "储物柜押金{0}元，离场时退还。",
        places: &[&["十", "二十"]],
        same: &["储物柜要交{0}元押金。", "押金在离场时退还。"],
        turned: &[
            "储物柜押金{0}元，离场时不退还。",
            "储物柜押金{0}元，入场时退还。",
            "储物柜租金{0}元，离场时退还。",
        ],
    },
    Template {
        sentence: "每月{0}{1}换水，全天停业。",
        places: &[&["第一个", "最后一个"], &["周一", "周四"]],
        same: &["每月{0}{1}全天停业。", "每月{0}{1}因换水不营业。"],
        turned: &[
            "每月{0}{1}换水，全天营业。",
            "每年{0}{1}换水，全天停业。",
            "每月{0}{1}消毒，全天停业。",
        ],
    },
    Template {
        sentence: "会议室须提前{0}天在系统中预订，每次最多{1}小时。",
        places: &[&["一", "两", "三"], &["二", "四"]],
        same: &[
            "会议室每次最多用{1}小时。",
            "会议室必须提前{0}天预订。",
            "每次使用会议室不能超过{1}小时。",
        ],
        turned: &[
            "会议室须提前{0}天在系统中预订，每次最少{1}小时。",
            "会议室无须提前{0}天在系统中预订。",
            "会议室须提前{0}小时在系统中预订。",
            "实验室须提前{0}天在系统中预订，每次最多{1}小时。",
        ],
    },
    Template {
        sentence: "{0}由{1}登记并领取访客卡。",
        places: &[&["外部访客", "临时工"], &["前台", "保安"]],
        same: &[],
        turned: &[
            "{0}由{1}登记并归还访客卡。",
            "{1}由{0}登记并领取访客卡。",
            "{0}不由{1}登记。",
        ],
    },
    Template {
        sentence: "会议室内可以{0}，但禁止{1}。",
        places: &[&["喝水", "打电话"], &["吃东西", "吸烟"]],
        same: &[
            "会议室里可以{0}。",
            "会议室里不准{1}。",
            "在会议室内禁止{1}。",
        ],
        turned: &[
            "会议室内可以{1}，但禁止{0}。",
            "会议室内可以{1}。",
            "会议室内禁止{0}。",
            "会议室外可以{0}，但禁止{1}。",
        ],
    },
    Template {
        sentence: "投影仪故障请联系{0}，电话{1}。",
        places: &[&["行政部", "财务部"], &["8062", "8026"]],
        same: &["投影仪坏了请打{1}联系{0}。"],
        turned: &["打印机故障请联系{0}，电话{1}。"],
    },
    Template {
        sentence: "版本{0}新增{1}，不再支持{2}。",
        places: &[
            &["3.4", "4.0"],
            &["导出功能", "暗色主题"],
            &["旧接口", "Python 3.8"],
        ],
        same: &[
            "版本{0}新增了{1}。",
            "版本{0}不再支持{2}。",
            "从版本{0}起不支持{2}。",
        ],
        turned: &[
            "版本{0}新增{2}，不再支持{1}。",
            "版本{0}移除{1}，不再支持{2}。",
            "版本{0}新增{1}，继续支持{2}。",
            "版本{0}支持{2}。",
        ],
    },
    Template {
        sentence: "默认端口由{0}改为{1}。",
        places: &[&["8080", "8181"], &["8443", "9443"]],
        same: &["默认端口现在是{1}。", "默认端口从{0}改成了{1}。"],
        turned: &["默认端口由{1}改为{0}。", "默认地址由{0}改为{1}。"],
    },
    Template {
        sentence: "{0}煮{1}分钟，不放{2}。",
        places: &[&["豆子", "米饭"], &["20", "九十"], &["盐", "糖"]],
        same: &["{0}要煮{1}分钟。", "煮{0}时不放{2}。"],
        turned: &[
            "{0}煮{1}分钟，放{2}。",
            "{0}炸{1}分钟，不放{2}。",
            "{0}煮{1}小时，不放{2}。",
        ],
    },
    Template {
        sentence: "{0}在{1}年接替{2}担任{3}。",
        places: &[
            &["李明", "周芳"],
            &["2018", "2021"],
            &["王强", "赵敏"],
            &["馆长", "主编"],
        ],
        same: &["{1}年{0}接替{2}成为{3}。"],
        turned: &[
            "{2}在{1}年接替{0}担任{3}。",
            "{0}在{1}年没有接替{2}担任{3}。",
        ],
    },
    Template {
        sentence: "十人以上的会议使用{0}楼大会议室。",
        places: &[&["二", "三"]],
        same: &[],
        turned: &[
            "十人以下的会议使用{0}楼大会议室。",
            "十人以上的会议使用{0}楼小会议室。",
            "十人以上的会议不使用{0}楼大会议室。",
        ],
    },
    Template {
        sentence: "{0}可以带上露台，不能带进{1}。",
        places: &[&["狗", "自行车"], &["厨房", "阅览室"]],
        same: &["{0}不能带进{1}。", "露台上可以带{0}。"],
        turned: &[
            "{0}可以带进{1}，不能带上露台。",
            "{0}可以带进{1}。",
            "{0}不能带上露台。",
        ],
    },
];

pub(super) const GERMAN: &[Template] = &[
    Template {
        sentence: "Die {0} in {1} öffnet am {2} um {3} Uhr.",
        places: &[
            &["Bibliothek", "Werkstatt", "Kantine"],
            &["Graz", "Bremen", "Basel"],
            &["Montag", "Mittwoch", "Freitag"],
            &["8", "9", "10"],
        ],
        same: &[],
        turned: &[
            "Die {0} in {1} öffnet nicht am {2} um {3} Uhr.",
            "Die {0} in {1} schließt am {2} um {3} Uhr.",
            "Nur die {0} in {1} öffnet am {2} um {3} Uhr.",
        ],
    },
    Template {
        sentence: "Anträge über {0} Euro werden nach {1} Tagen genehmigt.",
        places: &[&["200", "450", "1.500"], &["zwei", "fünf", "zwanzig"]],
        same: &[],
        turned: &[
            "Anträge über {0} Euro werden nach {1} Tagen abgelehnt.",
            "Anträge unter {0} Euro werden nach {1} Tagen genehmigt.",
            "Anträge über {0} Euro werden nicht nach {1} Tagen genehmigt.",
        ],
    },
    Template {
        sentence: "Gäste haben am {0} einen Schlüssel für {1} Euro erhalten.",
        places: &[&["3. März", "14. Mai", "31. Oktober"], &["15", "25", "50"]],
        same: &[],
        turned: &["Gäste haben am {0} keinen Schlüssel für {1} Euro erhalten."],
    },
    Template {
        sentence: "Gäste zahlen {0} Euro, Mitglieder zahlen {1} Euro.",
        places: &[&["12", "14"], &["5", "7"]],
        same: &[
            "Mitglieder zahlen {1} Euro.",
            "Für Gäste kostet es {0} Euro.",
        ],
        turned: &[
            "Gäste zahlen {1} Euro, Mitglieder zahlen {0} Euro.",
            "Mitglieder zahlen {0} Euro.",
            "Gäste zahlen {1} Euro.",
            "Kinder zahlen {1} Euro.",
            "Mitglieder zahlen nichts.",
        ],
    },
    Template {
        sentence: "Das Schwimmbad ist am {0} geschlossen und am {1} geöffnet.",
        places: &[&["Montag", "Dienstag"], &["Freitag", "Sonntag"]],
        same: &[
            "Am {0} ist das Schwimmbad geschlossen.",
            "Das Schwimmbad ist am {1} geöffnet.",
            "Das Schwimmbad hat am {0} zu.",
        ],
        turned: &[
            "Das Schwimmbad ist am {0} geöffnet und am {1} geschlossen.",
            "Das Schwimmbad ist am {0} geöffnet.",
            "Das Schwimmbad ist am {1} geschlossen.",
            "Die Sauna ist am {0} geschlossen.",
        ],
    },
    Template {
        sentence: "Version {0} ergänzt {1} und entfernt {2}.",
        places: &[
            &["3.4", "4.0"],
            &["den Export", "die Suche"],
            &["den Kalender", "die Vorschau"],
        ],
        same: &[
            "Version {0} ergänzt {1}.",
            "In Version {0} wurde {2} entfernt.",
        ],
        turned: &[
            "Version {0} entfernt {1} und ergänzt {2}.",
            "Version {0} ergänzt {2}.",
            "Version {0} entfernt {1}.",
        ],
    },
    Template {
        sentence: "Handys müssen während der {0} ausgeschaltet sein.",
        places: &[&["Prüfung", "Probe", "Führung"]],
        same: &[
            "Während der {0} müssen Handys ausgeschaltet sein.",
            "Man muss das Handy während der {0} ausschalten.",
        ],
        turned: &[
            "Handys müssen während der {0} eingeschaltet sein.",
            "Handys dürfen während der {0} ausgeschaltet sein.",
            "Handys müssen während der {0} nicht ausgeschaltet sein.",
            "Handys müssen nach der {0} ausgeschaltet sein.",
            "Kameras müssen während der {0} ausgeschaltet sein.",
        ],
    },
    Template {
        sentence: "Die Suppe {0} Minuten ohne {1} kochen.",
        places: &[&["20", "45"], &["Salz", "Deckel"]],
        same: &["Die Suppe kocht {0} Minuten ohne {1}."],
        turned: &[
            "Die Suppe {0} Minuten mit {1} kochen.",
            "Die Suppe {0} Stunden ohne {1} kochen.",
            "Die Suppe {0} Minuten ohne {1} braten.",
        ],
    },
    Template {
        sentence: "Hunde dürfen auf die {0}, aber nicht in die {1}.",
        places: &[&["Terrasse", "Wiese"], &["Küche", "Halle"]],
        same: &[
            "Hunde dürfen nicht in die {1}.",
            "Auf die {0} dürfen Hunde.",
        ],
        turned: &[
            "Hunde dürfen in die {1}, aber nicht auf die {0}.",
            "Hunde dürfen in die {1}.",
            "Hunde dürfen nicht auf die {0}.",
            "Katzen dürfen auf die {0}, aber nicht in die {1}.",
        ],
    },
    Template {
        sentence: "Rechnungen sind innerhalb von {0} Tagen zu zahlen.",
        places: &[&["14", "30"]],
        same: &["Rechnungen müssen innerhalb von {0} Tagen bezahlt werden."],
        turned: &[
            "Rechnungen sind nach {0} Tagen zu zahlen.",
            "Rechnungen sind innerhalb von {0} Wochen zu zahlen.",
            "Rechnungen sind nicht innerhalb von {0} Tagen zu zahlen.",
            "Mahnungen sind innerhalb von {0} Tagen zu zahlen.",
        ],
    },
    Template {
        sentence: "{0} übernahm im Jahr {1} die Leitung von {2}.",
        places: &[
            &["Marta Lind", "Ewa Novak"],
            &["2018", "2021"],
            &["Jonas Pohl", "Ian Reid"],
        ],
        same: &["Im Jahr {1} übernahm {0} die Leitung von {2}."],
        turned: &[
            "{2} übernahm im Jahr {1} die Leitung von {0}.",
            "{0} übernahm im Jahr {1} nicht die Leitung von {2}.",
            "{0} verlor im Jahr {1} die Leitung von {2}.",
        ],
    },
    Template {
        sentence: "Das Protokoll ist standardmäßig eingeschaltet.",
        places: &[],
        same: &[],
        turned: &[
            "Das Protokoll ist standardmäßig ausgeschaltet.",
            "Das Protokoll ist standardmäßig nicht eingeschaltet.",
            "Das Licht ist standardmäßig eingeschaltet.",
        ],
    },
];
