//! Handing tokens on: one at a time, to the successor or, where it does not acknowledge, to the one
//! behind it, until the ring is through.

use crate::message::{Message, Token};
use crate::node::{ACK, RingNode};
use chaos_node::{Context, NodeId};
use std::collections::VecDeque;

/// The tokens that a node holds.
#[derive(Debug, Default)]
pub(crate) struct Hand {
    tokens: VecDeque<Token>,
    /// The number of the first one, for its acknowledgement.
    number: u64,
    /// How many nodes it was sent to in vain.
    tried: usize,
}

impl RingNode {
    /// Hands a token on, behind those it holds already.
    pub(crate) fn pass(&mut self, ctx: &mut Context<'_>, token: Token) {
        if self.hand.tokens.contains(&token) {
            return;
        }
        self.hand.tokens.push_back(token);
        if self.hand.tokens.len() == 1 {
            self.begin(ctx);
        }
    }

    fn begin(&mut self, ctx: &mut Context<'_>) {
        self.hand.number += 1;
        self.hand.tried = 0;
        self.attempt(ctx);
    }

    fn attempt(&mut self, ctx: &mut Context<'_>) {
        let Some(token) = self.hand.tokens.front().copied() else { return };
        match self.successor(self.hand.tried) {
            Some(to) => {
                ctx.send(to, &Message::Pass { number: self.hand.number, token });
                ctx.arm(ACK, self.settings.ack_timeout);
            }
            // It has been through the ring: all others are dead, as far as this node can tell.
            None => {
                self.drop_first(ctx);
                if token == (Token::Election { candidate: self.id }) {
                    self.on_token(ctx, token);
                }
            }
        }
    }

    /// The node so many places behind the successor; none where the ring is through.
    fn successor(&self, skip: usize) -> Option<NodeId> {
        let own = self.nodes.iter().position(|node| *node == self.id)?;
        let others = self.nodes[own + 1..].iter().chain(&self.nodes[..own]);
        others.copied().nth(skip)
    }

    pub(crate) fn on_ack(&mut self, ctx: &mut Context<'_>, number: u64) {
        if number == self.hand.number && !self.hand.tokens.is_empty() {
            self.drop_first(ctx);
        }
    }

    fn drop_first(&mut self, ctx: &mut Context<'_>) {
        ctx.disarm(ACK);
        self.hand.tokens.pop_front();
        if !self.hand.tokens.is_empty() {
            self.begin(ctx);
        }
    }

    /// The successor is taken for dead.
    pub(crate) fn on_ack_timeout(&mut self, ctx: &mut Context<'_>) {
        self.hand.tried += 1;
        self.attempt(ctx);
    }
}
