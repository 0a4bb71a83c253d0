use super::Template;

pub(in crate::check::properties) const GERMAN: &[Template] = &[
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
