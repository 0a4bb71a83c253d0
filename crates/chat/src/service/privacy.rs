//! What is kept of a person.

use stoa_proto::generation::ForgetPersonRequest;
use stoa_reply::Reply;

use super::{Failure, Task};
use crate::platform::Platform;

impl<P: Platform> Task<'_, P> {
    /// Says what is kept of a person, for how long, and how it is removed.
    pub(super) async fn privacy(&self) -> Result<(), Failure> {
        let values = [
            ("days", self.service.keep_turns_days.into()),
            ("person", self.incoming.person.id.as_str().into()),
        ];
        let text = self.locale().format("privacy", values);
        self.deliver(&Reply::default().markdown(text), Vec::new())
            .await
    }

    /// Removes what a person asked. Whoever asks for it means theirs, so nobody else has to allow it.
    pub(super) async fn forget_me(&self) -> Result<(), Failure> {
        let request = ForgetPersonRequest {
            user: self.incoming.person.id.clone(),
        };
        let forgotten =
            self.call(|| async { self.generation().forget_person(request.clone()).await });
        let turns = forgotten.await?.turns;
        let text = self
            .locale()
            .format("privacy-forgotten", [("turns", turns.into())]);
        self.deliver(&Reply::default().plain(text), Vec::new())
            .await
    }
}
