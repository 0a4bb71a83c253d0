//! Several frontends for one bot.

use super::{TOKEN, Telegram};
use crate::{Service, Stoa, wait_until};

impl Telegram {
    /// Starts two frontends beside a `stoa up` that has none: the first one speaks, and the second waits for its lease.
    pub fn replicas(&self, stoa: &Stoa<'_>) -> (Service, Service) {
        let environment = [
            ("TELEGRAM_TOKEN", TOKEN),
            ("TELEGRAM_API_URL", self.url.as_str()),
        ];
        let start = || stoa.beside("telegram", &environment).expect("it starts");
        let first = start();
        wait_until("one polls", || self.calls("GetUpdates") > 0);
        (first, start())
    }
}
