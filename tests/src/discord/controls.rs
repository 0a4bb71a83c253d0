//! What a test has this Discord do, and what it sees of the bot.

use std::time::Duration;

use serde_json::Value;

use super::{ACKNOWLEDGED_WITHIN, Discord, Shown};
use crate::hold::When;

impl Discord {
    /// Takes permissions of the bot away.
    pub fn deprive(&self, permissions: u64) {
        self.shared.state().permissions &= !permissions;
    }

    /// The token of an interaction is good no longer.
    pub fn expire(&self, interaction: u64) {
        if let Some(known) = self.shared.state().interactions.get_mut(&interaction) {
            known.token.push_str(" expired");
        }
    }

    /// Leaves the next call without an answer that has all of this in it: method, path, body.
    pub fn hold(&self, words: &[&str], when: When) {
        self.shared.state().hold.next(words, when);
    }

    /// Some minutes pass: Discord knows a nonce no longer.
    pub fn forget_nonces(&self) {
        self.shared.state().nonces.clear();
    }

    /// Whether that call has come.
    pub fn is_held(&self) -> bool {
        self.shared.state().hold.is_held()
    }

    /// Recommends so many shards.
    pub fn recommend(&self, shards: u64) {
        self.shared.state().gateway.shards = shards;
    }

    /// Wants a sign of life so often.
    pub fn hurry(&self, heartbeat: Duration) {
        self.shared.state().gateway.heartbeat = heartbeat;
    }

    /// Signs of life of the bot.
    pub fn heartbeats(&self) -> usize {
        self.shared.state().gateway.heartbeats
    }

    /// Says no more that it hears signs of life, until the bot has come anew.
    pub fn fall_silent(&self) {
        self.shared.state().gateway.silent = true;
    }

    /// Does not take the bot's commands.
    pub fn refuse_commands(&self) {
        self.shared.state().refuses_commands = true;
    }

    /// Lists the channels of direct messages, as servers of others do.
    pub fn list_direct(&self) {
        self.shared.state().lists_direct = true;
    }

    /// Leaves out of interactions what may be left out.
    pub fn be_terse(&self) {
        self.shared.state().is_terse = true;
    }

    /// Answers with this when it is asked for a server.
    pub fn answer_oddly(&self, guild: Value) {
        self.shared.state().odd_guild = Some(guild);
    }

    /// Has the gateway under this name, which only a proxy knows.
    pub fn name_gateway(&self, name: &str) {
        name.clone_into(&mut self.shared.state().address);
    }

    /// The gateway hangs up on everybody who comes, until it is told not to.
    pub fn hang_up(&self, hangs_up: bool) {
        self.shared.state().gateway.hangs_up = hangs_up;
    }

    /// Connections that came to the gateway.
    pub fn connections(&self) -> usize {
        self.shared.state().gateway.connections
    }

    /// Does not grant the privileged intent.
    pub fn withhold_content(&self) {
        self.shared.state().grants_content = false;
    }

    /// The next calls that show something fail as on a bad day.
    pub fn fail(&self, calls: usize) {
        self.shared.state().refuses = calls;
    }

    /// Breaks the bot's connection; its session can go on or not.
    pub fn disconnect(&self, resumable: bool) {
        self.shared.state().gateway.disconnect(resumable);
        self.shared.news.notify_waiters();
    }

    /// Whether the bot is connected.
    pub fn is_connected(&self) -> bool {
        self.shared.state().gateway.is_connected()
    }

    /// How often a session was begun, and went on.
    pub fn sessions(&self) -> (usize, usize) {
        self.shared.state().gateway.counts()
    }

    /// Whether the bot was sent everything that happened.
    pub fn has_sent_all(&self) -> bool {
        self.shared.state().gateway.has_sent_all()
    }

    /// The messages of the bot in a channel that everybody there sees, in order.
    pub fn shown(&self, channel: u64) -> Vec<Shown> {
        let state = self.shared.state();
        let shown = state.shown.values();
        shown
            .filter(|shown| shown.channel == channel && shown.only_for.is_none())
            .cloned()
            .collect()
    }

    /// The messages that only one person sees, in order.
    pub fn shown_only_to(&self, person: u64) -> Vec<Shown> {
        let state = self.shared.state();
        let shown = state.shown.values();
        shown
            .filter(|shown| shown.only_for == Some(person))
            .cloned()
            .collect()
    }

    /// Whether an interaction in a channel was acknowledged.
    pub fn acknowledged_in(&self, channel: u64) -> bool {
        let state = self.shared.state();
        let mut all = state.interactions.values();
        all.any(|interaction| interaction.channel == channel && interaction.answered.is_some())
    }

    /// Whether the bot has shown in a channel that it writes.
    pub fn types_in(&self, channel: u64) -> bool {
        self.shared.state().typing.contains(&channel)
    }

    /// How an interaction was acknowledged.
    pub fn acknowledged(&self, interaction: u64) -> Option<Value> {
        self.shared.state().interactions[&interaction]
            .answered
            .clone()
    }

    /// Every text that the bot ever showed, those that were changed later too.
    pub fn history(&self) -> Vec<String> {
        self.shared.state().history.clone()
    }

    /// How often a call was refused as too early.
    pub fn limited(&self) -> usize {
        self.shared.state().limited
    }

    /// Messages that were sent again, and not shown again.
    pub fn resent(&self) -> usize {
        self.shared.state().resent
    }

    /// The commands that were published.
    pub fn commands(&self) -> Vec<String> {
        self.shared.state().commands.clone()
    }

    /// What was asked of it that Discord would never take. Empty, or the frontend is wrong.
    pub fn offences(&self) -> Vec<String> {
        let state = self.shared.state();
        let late = state.interactions.iter().filter(|(_, interaction)| {
            interaction.answered.is_none() && interaction.began.elapsed() > ACKNOWLEDGED_WITHIN
        });
        let late = late.map(|(id, _)| format!("interaction {id} was not acknowledged in time"));
        state.offences.iter().cloned().chain(late).collect()
    }
}
