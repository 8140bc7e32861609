//! Playing the plan's script in virtual time.

use super::queue::Event;
use super::run::Run;
use crate::nemesis::Wish;
use chaos_node::NodeId;

impl Run<'_> {
    /// A node that died by itself is missed by the script, which did not kill it.
    pub(super) fn note_crash(&mut self, node: NodeId) {
        let crashed = self.machine(node).crashed.is_some();
        if let Some(script) = self.script.as_mut().filter(|_| crashed) {
            script.stopped(node);
        }
    }

    /// Lets the script go on as far as it can; the faults are over when it is.
    pub(super) fn play(&mut self) {
        if !self.under_way() {
            return;
        }
        let (now, sent) = (self.now, self.traffic);
        let Some(script) = &mut self.script else { return };
        let before = script.next();
        let wishes = script.act(now, Some(sent));
        let (next, over) = (script.next(), script.end().is_some());
        for wish in wishes {
            match wish {
                Wish::Order(order) => self.obey(vec![order]),
                Wish::Submit { operation, .. } => self.submit(operation),
            }
        }
        if over {
            self.heal();
        } else if next != before {
            self.queue.push(next, Event::Script);
        }
    }
}
