//! Where a running `stoa up` is, by the files that it leaves in its data folder for clients.

use std::{fs, path::Path};

use secrecy::SecretString;

/// File of its address, and of its token, in the data folder.
pub(crate) const ADDRESS: &str = "address";
pub(crate) const TOKEN: &str = "token";
/// File of the address of its health and metrics.
pub(crate) const ADMIN: &str = "admin";

/// What a client needs to reach a running `stoa up`.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) address: String,
    pub(crate) token: SecretString,
}

impl Running {
    /// The `stoa up` of a data folder, if one runs.
    pub(crate) fn find(path: &Path) -> Option<Self> {
        let address = fs::read_to_string(path.join(ADDRESS)).ok()?;
        let token = fs::read_to_string(path.join(TOKEN)).ok()?;
        Some(Self {
            address: address.trim().to_owned(),
            token: token.trim().to_owned().into(),
        })
    }
}
