//! Whose turn it is: in order within a conversation, fairly between spaces.

use std::collections::{HashMap, VecDeque};

/// Queued work. Within a conversation it is done in order, one item at a time; of conversations that are ready,
/// spaces take turns, so that a busy one does not keep the others waiting.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    /// What waits in each conversation that has something waiting or running.
    conversations: HashMap<String, Conversation<T>>,
    /// Conversations of each space that are ready: something waits in them, and nothing of them is running.
    ready: HashMap<String, VecDeque<String>>,
    /// Spaces that have a ready conversation, each once, by whose turn is next.
    spaces: VecDeque<String>,
}

#[derive(Debug)]
struct Conversation<T> {
    space: String,
    waiting: VecDeque<T>,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self {
            conversations: HashMap::new(),
            ready: HashMap::new(),
            spaces: VecDeque::new(),
        }
    }
}

impl<T> FairQueue<T> {
    /// Adds work at the end of its conversation.
    pub(crate) fn push(&mut self, space: &str, conversation: &str, work: T) {
        if let Some(open) = self.conversations.get_mut(conversation) {
            // It is ready already, or `done` makes it ready.
            open.waiting.push_back(work);
            return;
        }
        let open = Conversation {
            space: space.to_owned(),
            waiting: VecDeque::from([work]),
        };
        self.conversations.insert(conversation.to_owned(), open);
        self.make_ready(space.to_owned(), conversation.to_owned());
    }

    /// Takes the next work, with its conversation, which is then busy until `done`.
    pub(crate) fn pop(&mut self) -> Option<(String, T)> {
        let space = self.spaces.pop_front()?;
        let conversations = self.ready.get_mut(&space)?;
        let conversation = conversations.pop_front();
        if conversations.is_empty() {
            self.ready.remove(&space);
        } else {
            // To the end of the line: every other space has a turn before this one's next conversation.
            self.spaces.push_back(space);
        }
        let conversation = conversation?;
        let work = self
            .conversations
            .get_mut(&conversation)?
            .waiting
            .pop_front()?;
        Some((conversation, work))
    }

    /// The work of a conversation that was taken is done.
    pub(crate) fn done(&mut self, conversation: &str) {
        let Some(open) = self.conversations.get(conversation) else {
            return;
        };
        if open.waiting.is_empty() {
            // Otherwise every conversation there ever was would stay in memory.
            self.conversations.remove(conversation);
        } else {
            let space = open.space.clone();
            self.make_ready(space, conversation.to_owned());
        }
    }

    /// Everything that is queued.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.conversations.values().flat_map(|open| &open.waiting)
    }

    fn make_ready(&mut self, space: String, conversation: String) {
        let conversations = self.ready.entry(space.clone()).or_default();
        if conversations.is_empty() {
            // A space that had none ready was not in line.
            self.spaces.push_back(space);
        }
        conversations.push_back(conversation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_conversation_is_worked_on_in_order_and_never_two_at_once() {
        let mut queue = FairQueue::default();
        for work in 1..=3 {
            queue.push("s", "c", work);
        }
        queue.push("s", "d", 9);
        assert_eq!(queue.pop(), Some(("c".to_owned(), 1)));
        assert_eq!(queue.pop(), Some(("d".to_owned(), 9)));
        assert_eq!(queue.pop(), None, "both are busy");
        queue.done("c");
        assert_eq!(queue.pop(), Some(("c".to_owned(), 2)));
        queue.done("d");
        queue.done("c");
        assert_eq!(queue.pop(), Some(("c".to_owned(), 3)));
        queue.done("c");
        assert!(queue.pop().is_none() && queue.iter().next().is_none());
    }

    #[test]
    fn a_busy_space_does_not_keep_others_waiting() {
        let mut queue = FairQueue::default();
        for number in 0..100 {
            queue.push("busy", &format!("busy/{number}"), "busy");
        }
        queue.push("quiet", "quiet/1", "quiet");
        let first: Vec<&str> = (0..2)
            .filter_map(|_| queue.pop())
            .map(|(_, work)| work)
            .collect();
        assert_eq!(first, ["busy", "quiet"]);
    }
}
