use serenity::model::{
    application::{CommandInteraction, ComponentInteraction, ModalInteraction},
    channel::PartialChannel,
    guild::Member,
    id::{ApplicationId, ChannelId, GuildId, InteractionId},
    user::User,
};
use stoa_chat::Locale;

/// What every interaction says of where it began and with whom.
pub(crate) struct Origin<'a> {
    pub(super) id: InteractionId,
    pub(super) application: ApplicationId,
    pub(super) token: &'a str,
    pub(super) guild: Option<GuildId>,
    pub(super) channel_id: ChannelId,
    pub(super) channel: Option<&'a PartialChannel>,
    pub(super) user: &'a User,
    pub(super) member: Option<&'a Member>,
    pub(super) locale: Locale,
}

macro_rules! from_interaction {
    ($($kind:ty: $as_ref:ident),*) => {$(
        impl<'a> From<&'a $kind> for Origin<'a> {
            fn from(interaction: &'a $kind) -> Self {
                Self {
                    id: interaction.id,
                    application: interaction.application_id,
                    token: &interaction.token,
                    guild: interaction.guild_id,
                    channel_id: interaction.channel_id,
                    channel: interaction.channel.as_ref(),
                    user: &interaction.user,
                    member: interaction.member.$as_ref(),
                    locale: Locale::of_tag(&interaction.locale),
                }
            }
        }
    )*};
}

from_interaction!(
    CommandInteraction: as_deref,
    ComponentInteraction: as_ref,
    ModalInteraction: as_ref
);

impl Origin<'_> {
    /// The channel that settings are for: that of the thread, if it is in one.
    pub(crate) fn settings_channel(&self) -> ChannelId {
        let thread = self
            .channel
            .filter(|channel| channel.thread_metadata.is_some());
        let parent = thread.and_then(|thread| thread.parent_id);
        parent.unwrap_or(self.channel_id)
    }
}
