use super::Template;

pub(in crate::check::properties) const ENGLISH: &[Template] = &[
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
