use serenity::model::id::{ChannelId, UserId};
use stoa_chat::Locale;

use crate::{
    model::{Channel, Interaction},
    threads::Threads,
};

/// Where an interaction began, and with whom.
pub(crate) struct Origin<'a> {
    pub(super) interaction: &'a Interaction,
    pub(super) channel: ChannelId,
    /// The channel that settings are for: that of the thread, if it is in one.
    pub(crate) settings_channel: ChannelId,
    pub(crate) person: UserId,
    pub(super) locale: Locale,
}

impl<'a> Origin<'a> {
    /// `None` for an interaction that does not say where it began, or with whom: nothing can be done in it.
    pub(crate) fn of(interaction: &'a Interaction, threads: &Threads) -> Option<Self> {
        let channel = interaction.channel_id()?;
        let said = interaction.channel.as_ref().and_then(Channel::thread_in);
        // Discord leaves the channel out of some interactions, such as those in direct messages.
        let known = || threads.parent(channel.get()).map(ChannelId::new);
        Some(Self {
            interaction,
            channel,
            settings_channel: said.or_else(known).unwrap_or(channel),
            person: interaction.person()?,
            locale: Locale::of_tag(&interaction.locale),
        })
    }
}
