//! The recorder of messages, for runs that somebody is going to read.
//!
//! It only looks on: it draws nothing and schedules nothing, so a run is the same to the last event
//! whether it is there or not.

use crate::execution::{Drop, MessageRecord, Messages};
use crate::network::{Cause, Fate};
use chaos_node::{Nanos, NodeId, Target};
use std::collections::BTreeMap;

/// How many messages are recorded at most: some 30 MB.
const MOST: usize = 200_000;
/// How many operations are recorded of a message.
const MOST_CARRIED: usize = 32;
/// How many bytes of its words are kept of a message.
const LONGEST_TEXT: usize = 200;

/// Records messages.
pub(super) struct MessageRecorder {
    messages: Messages,
    /// Those under way, by receiver, sender and time.
    due: BTreeMap<(NodeId, NodeId, Nanos), usize>,
}

impl MessageRecorder {
    pub(super) fn new() -> MessageRecorder {
        MessageRecorder { messages: Messages::default(), due: BTreeMap::new() }
    }

    /// A message was sent, and the network decided about it.
    pub(super) fn sent(
        &mut self,
        time: Nanos,
        (from, to): (NodeId, NodeId),
        message: &[u8],
        fate: Fate,
        target: &dyn Target,
    ) {
        if self.messages.sent.len() >= MOST {
            self.messages.left_out += 1;
            return;
        }
        let (arrived, dropped) = match fate {
            Fate::Deliver { at, copy } => ([Some(at), copy].into_iter().flatten().collect(), None),
            Fate::Drop(Cause::Base) => (Vec::new(), Some(Drop::Loss)),
            Fate::Drop(Cause::Fault(fault)) => (Vec::new(), Some(Drop::Fault(fault))),
        };
        for at in &arrived {
            self.due.insert((to, from, *at), self.messages.sent.len());
        }
        let (size, text) = (message.len() as u64, target.describe(message).map(cut));
        let (overtaken, unheard) = (false, false);
        let mut carries = target.carries(message);
        carries.truncate(MOST_CARRIED);
        let record = MessageRecord {
            time,
            from,
            to,
            size,
            arrived,
            dropped,
            overtaken,
            unheard,
            text,
            carries,
        };
        self.messages.sent.push(record);
    }

    /// A message arrived, at somebody who may be dead.
    pub(super) fn arrived(&mut self, now: Nanos, (from, to): (NodeId, NodeId), heard: bool) {
        if let Some(place) = self.due.remove(&(to, from, now)) {
            self.messages.sent[place].unheard = !heard;
        }
    }

    pub(super) fn into_messages(mut self) -> Messages {
        mark_overtaken(&mut self.messages.sent);
        self.messages
    }
}

/// At most so many bytes, and whole characters.
fn cut(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        let end = (0..=LONGEST_TEXT).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

/// Marks those that arrived behind one which was sent later on the same link.
fn mark_overtaken(sent: &mut [MessageRecord]) {
    let mut earliest: BTreeMap<(NodeId, NodeId), Nanos> = BTreeMap::new();
    for message in sent.iter_mut().rev() {
        let Some(at) = message.arrived.first().copied() else { continue };
        let later = earliest.entry((message.from, message.to)).or_insert(at);
        message.overtaken = *later < at;
        *later = at.min(*later);
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_TEXT, MessageRecorder};
    use crate::execution::Drop;
    use crate::network::{Cause, Fate};
    use crate::targets::Targets;
    use crate::workload::{draw, load};
    use crate::world::sim::{execute, execute_recorded};
    use chaos_node::{Nanos, NodeId};

    const LINK: (NodeId, NodeId) = (NodeId(1), NodeId(2));

    #[test]
    fn each_message_is_told_with_its_fate() {
        let mut recorder = MessageRecorder::new();
        let fates = [
            Fate::Deliver { at: Nanos(30), copy: Some(Nanos(31)) },
            Fate::Deliver { at: Nanos(20), copy: None },
            Fate::Drop(Cause::Base),
            Fate::Drop(Cause::Fault(3)),
        ];
        for (time, fate) in (1..).zip(fates) {
            recorder.sent(Nanos(time), LINK, b"garbage", fate, &chaos_raft::Raft);
        }
        recorder.arrived(Nanos(20), LINK, false);
        recorder.arrived(Nanos(30), LINK, true);
        let sent = recorder.into_messages().sent;
        assert_eq!(sent[0].arrived, [Nanos(30), Nanos(31)]);
        let dropped: Vec<_> = sent.iter().map(|message| message.dropped).collect();
        assert_eq!(dropped, [None, None, Some(Drop::Loss), Some(Drop::Fault(3))]);
        let overtaken: Vec<_> = sent.iter().map(|message| message.overtaken).collect();
        assert_eq!(overtaken, [true, false, false, false]);
        let unheard: Vec<_> = sent.iter().map(|message| message.unheard).collect();
        assert_eq!(unheard, [false, true, false, false]);
        assert!(sent.iter().all(|message| message.text.is_none() && message.size == 7));
    }

    #[test]
    fn words_are_cut_between_characters() {
        assert_eq!(super::cut("short".to_owned()), "short");
        let cut = super::cut("ä".repeat(LONGEST_TEXT));
        assert_eq!(cut.chars().count(), LONGEST_TEXT / 2 + 1);
    }

    #[test]
    fn a_run_is_the_same_whether_its_messages_are_recorded_or_not() {
        let text =
            "target: raft\nduration: 500ms\nnetwork: { loss: 2%, duplicate: 2%, reorder: 2% }
faults:\n  - kill: { victims: [one], every: 200ms, lasts: 100ms }
  - partition: { every: 200ms, lasts: 100ms }\n";
        let targets = Targets::builtin();
        let workload = load("w.yaml", text, &targets).unwrap();
        for seed in 0..5 {
            let plan = draw::plan(&workload, seed);
            let mut recorded = execute_recorded(&plan, &targets);
            let sent = recorded.messages.take().unwrap().sent;
            let plain = execute(&plan, &targets);
            assert_eq!(format!("{plain:?}"), format!("{recorded:?}"));
            let dropped = sent.iter().filter(|message| message.dropped.is_some()).count() as u64;
            assert_eq!(dropped, plain.traffic.dropped);
            let delivered: usize = sent.iter().map(|message| message.arrived.len()).sum();
            assert_eq!(delivered as u64, plain.traffic.delivered);
            assert!(sent.iter().all(|message| message.text.is_some()));
        }
    }
}
