use std::fmt;

use rustls::pki_types::CertificateDer;

/// Who calls. A service finds it in the extensions of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Documents and jobs.
    Ingestion,
    /// The embedding model.
    Embedding,
    /// Search.
    Retrieval,
    /// Answers.
    Generation,
    /// The Discord frontend.
    Discord,
    /// The Telegram frontend.
    Telegram,
    /// Whoever runs it all, and may do all. Without mutual TLS it is everybody who has the token.
    Operator,
}

impl Role {
    const ALL: [Self; 7] = [
        Self::Ingestion,
        Self::Embedding,
        Self::Retrieval,
        Self::Generation,
        Self::Discord,
        Self::Telegram,
        Self::Operator,
    ];

    /// Its name, as in a certificate.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingestion => "ingestion",
            Self::Embedding => "embedding",
            Self::Retrieval => "retrieval",
            Self::Generation => "generation",
            Self::Discord => "discord",
            Self::Telegram => "telegram",
            Self::Operator => "operator",
        }
    }

    /// Whether it may name a space or a person. A frontend names those of its platform, which begin with its name and a
    /// colon; the others work for all of them.
    pub(super) fn may_name(self, space: &str) -> bool {
        let is_frontend = matches!(self, Self::Discord | Self::Telegram);
        let rest = space.strip_prefix(self.as_str());
        !is_frontend || rest.is_some_and(|rest| rest.starts_with(':'))
    }

    /// Whether what it may name is limited.
    pub(super) fn is_limited(self) -> bool {
        !self.may_name("")
    }

    /// Whose a certificate is, by its first DNS name: `stoa-discord.chat.svc` and `discord` are of the Discord frontend.
    pub(super) fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, String> {
        let certificate = webpki::EndEntityCert::try_from(certificate)
            .map_err(|error| format!("your certificate cannot be read: {error}"))?;
        // The first alone: a certificate with several names must not be several roles.
        let first = certificate.valid_dns_names().next();
        let first = first.ok_or("your certificate holds no DNS name, which says who you are")?;
        Self::named(first).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!(
                "the first DNS name of your certificate is `{first}`: it must begin with one of {known}"
            )
        })
    }

    fn named(name: &str) -> Option<Self> {
        let label = name.split('.').next()?.to_ascii_lowercase();
        let label = label.strip_prefix("stoa-").unwrap_or(&label);
        Self::ALL.into_iter().find(|role| role.as_str() == label)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_who_its_owner_is() {
        for (name, role) in [
            ("stoa-discord.chat.svc", Some(Role::Discord)),
            ("Stoa-Discord", Some(Role::Discord)),
            ("discord", Some(Role::Discord)),
            ("stoa-operator", Some(Role::Operator)),
            ("embedding.stoa.svc.cluster.local", Some(Role::Embedding)),
            ("discord-2.chat.svc", None),
            ("mail.discord.chat", None),
            ("", None),
        ] {
            assert_eq!(Role::named(name), role, "{name}");
        }
    }

    #[test]
    fn a_frontend_names_what_is_of_its_platform() {
        for (role, name, may) in [
            (Role::Discord, "discord:1", true),
            (Role::Discord, "discord:", true),
            (Role::Discord, "telegram:1", false),
            (Role::Discord, "discordia:1", false),
            (Role::Discord, "default", false),
            (Role::Discord, "", false),
            (Role::Telegram, "telegram:-100", true),
            (Role::Generation, "default", true),
            (Role::Operator, "", true),
        ] {
            assert_eq!(role.may_name(name), may, "{role} {name}");
        }
        assert!(Role::Telegram.is_limited() && !Role::Ingestion.is_limited());
    }
}
