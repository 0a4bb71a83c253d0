//! Words that say of how many, how often and with whom something is so.

/// Words that say it of each one.
pub(super) const EACH: [&str; 12] = [
    "every", "each", "all", "any", "jede", "jeder", "jedes", "alle", "tout", "toute", "所有",
    "任何",
];

/// Words that deny it of each time.
pub(super) const NEVER: [&str; 14] = [
    "never",
    "at all",
    "under no circumstances",
    "in no case",
    "nie",
    "niemals",
    "keinesfalls",
    "auf keinen fall",
    "jamais",
    "nunca",
    "mai",
    "绝不",
    "从不",
    "绝对",
];

/// Words that say that it is so all the time.
pub(super) const ALWAYS: [&str; 31] = [
    "any time",
    "anytime",
    "at any point",
    "always",
    "all year",
    "all the time",
    "around the clock",
    "whenever",
    "every time",
    "invariably",
    "any day",
    "in any case",
    "in every case",
    "in all cases",
    "jederzeit",
    "in jedem fall",
    "auf jeden fall",
    "in allen fällen",
    "任何情况",
    "immer",
    "stets",
    "ganzjährig",
    "rund um die uhr",
    "toujours",
    "siempre",
    "随时",
    "全年",
    "全天",
    "始终",
    "总是",
    "永远",
];

/// Words that say that it is so at one of several times alone.
pub(super) const TURNS: [&str; 14] = [
    "every second",
    "every other",
    "every third",
    "every fourth",
    "second week",
    "jeden zweiten",
    "jede zweite",
    "jeden dritten",
    "jeden ersten",
    "每隔",
    "隔周",
    "每月第",
    "每月最后",
    "每两周",
];
/// Words that say that it is so at each of them.
pub(super) const EACH_TIME: [&str; 8] = [
    "every",
    "each",
    "weekly",
    "jeden",
    "jede",
    "wöchentlich",
    "每周",
    "每个星期",
];

/// Words that say that nothing is waited for.
pub(super) const AT_ONCE: [&str; 18] = [
    "immediately",
    "at once",
    "right away",
    "straight away",
    "instantly",
    "as soon as",
    "right after",
    "straight after",
    "sofort",
    "sogleich",
    "umgehend",
    "unverzüglich",
    "immédiatement",
    "inmediatamente",
    "立即",
    "立刻",
    "马上",
    "即刻",
];

/// Words that say that it was so before, or is so there and back.
pub(super) const AGAIN: [&str; 15] = [
    "again",
    "once more",
    "anew",
    "erneut",
    "nochmals",
    "noch einmal",
    "wieder",
    "再次",
    "重新",
    "both ways",
    "both directions",
    "there and back",
    "hin und zurück",
    "往返",
    "双向",
];

/// Words that say that nobody else is there.
pub(super) const ALONE: [&str; 16] = [
    "alone",
    "on their own",
    "on your own",
    "on his own",
    "on her own",
    "by themselves",
    "by yourself",
    "themselves",
    "unaccompanied",
    "unsupervised",
    "allein",
    "alleine",
    "seul",
    "seuls",
    "独自",
    "自行",
];

/// Words that say it of each one who does something.
pub(super) const WHOEVER: [&str; 8] = [
    "whoever",
    "anyone",
    "anybody",
    "wer",
    "quiconque",
    "quien",
    "chiunque",
    "凡",
];

/// Words that say it of more than half.
pub(super) const MOST: [&str; 12] = [
    "most of",
    "majority",
    "mostly",
    "meisten",
    "meiste",
    "mehrheit",
    "plupart",
    "majorité",
    "mayoría",
    "大部分",
    "大多数",
    "多数",
];
