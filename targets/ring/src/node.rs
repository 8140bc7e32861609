//! The node: when it starts an election, what it does with a token, whom it follows.

use crate::message::{Message, Token};
use crate::settings::Settings;
use crate::token::Hand;
use chaos_node::{
    Context, Nanos, Node, NodeConfig, NodeId, Reply, Request, Role, Ticket, Timer, Value,
};

/// Runs out when the leader is missed, or a participant has waited long enough.
pub(crate) const PATIENCE: Timer = Timer(0);
/// Runs out when a leader makes itself heard.
pub(crate) const BEAT: Timer = Timer(1);
/// Runs out when a token was not acknowledged.
pub(crate) const ACK: Timer = Timer(2);

/// A node. It keeps nothing on its disk: who comes back holds an election.
pub(crate) struct RingNode {
    pub(crate) id: NodeId,
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) settings: Settings,
    pub(crate) hand: Hand,
    participant: bool,
    leader: Option<NodeId>,
    /// When it last heard of that one.
    heard: Nanos,
    /// The latest reign it knows of. Nothing makes it unique.
    epoch: u64,
    told: Option<(Role, u64)>,
    told_leader: Option<Option<NodeId>>,
}

impl RingNode {
    pub(crate) fn new(config: &NodeConfig, settings: Settings) -> RingNode {
        RingNode {
            id: config.id,
            nodes: config.nodes.clone(),
            settings,
            hand: Hand::default(),
            participant: false,
            leader: None,
            heard: Nanos::ZERO,
            epoch: 0,
            told: None,
            told_leader: None,
        }
    }

    fn leads(&self) -> bool {
        self.leader == Some(self.id)
    }

    /// Becomes a participant and sends its own token.
    fn elect(&mut self, ctx: &mut Context<'_>) {
        self.participant = true;
        self.leader = None;
        self.be_patient(ctx);
        self.tell(ctx);
        self.pass(ctx, Token::Election { candidate: self.id });
    }

    pub(crate) fn on_token(&mut self, ctx: &mut Context<'_>, token: Token) {
        match token {
            Token::Election { candidate } if candidate > self.id => {
                self.participant |= !self.leads();
                self.pass(ctx, token);
            }
            Token::Election { candidate } if candidate == self.id => self.lead(ctx),
            // A participant's own token is under way, or so it thinks.
            Token::Election { .. } if self.participant => {}
            Token::Election { .. } if self.leads() => {
                self.pass(ctx, Token::Elected { leader: self.id, epoch: self.epoch });
            }
            Token::Election { .. } => self.elect(ctx),
            Token::Elected { leader, .. } if leader == self.id => {}
            Token::Elected { leader, epoch } => {
                self.follow(ctx, leader, epoch);
                self.pass(ctx, token);
            }
        }
    }

    /// Its own token has come round.
    fn lead(&mut self, ctx: &mut Context<'_>) {
        if !self.leads() {
            self.epoch += 1;
            self.leader = Some(self.id);
            self.participant = false;
            ctx.disarm(PATIENCE);
            self.tell(ctx);
            self.beat(ctx);
        }
        self.pass(ctx, Token::Elected { leader: self.id, epoch: self.epoch });
    }

    fn follow(&mut self, ctx: &mut Context<'_>, leader: NodeId, epoch: u64) {
        if self.leads() {
            ctx.disarm(BEAT);
        }
        self.participant = false;
        self.leader = Some(leader);
        self.heard = ctx.now();
        self.epoch = epoch.max(self.epoch);
        self.be_patient(ctx);
    }

    fn beat(&mut self, ctx: &mut Context<'_>) {
        let beat = Message::Beat { epoch: self.epoch };
        let others: Vec<NodeId> = ctx.peers().collect();
        others.into_iter().for_each(|node| ctx.send(node, &beat));
        ctx.arm(BEAT, self.settings.heartbeat);
    }

    fn on_beat(&mut self, ctx: &mut Context<'_>, from: NodeId, epoch: u64) {
        if from < self.id {
            // The highest shall lead; a leader's own beat will tell the other.
            if !self.leads() && !self.participant {
                self.elect(ctx);
            }
            return;
        }
        let silent = ctx.now().saturating_sub(self.heard) >= self.settings.patience;
        if self.leader.is_none_or(|leader| from >= leader || silent) {
            self.follow(ctx, from, epoch);
        }
    }

    fn be_patient(&mut self, ctx: &mut Context<'_>) {
        let patience = self.settings.patience;
        let wait = ctx.rng().time(patience..=patience * 2);
        ctx.arm(PATIENCE, wait);
    }

    fn on_patience(&mut self, ctx: &mut Context<'_>) {
        if self.leads() || (self.participant && !self.settings.retry) {
            return;
        }
        self.elect(ctx);
    }

    /// Tells what it is and whom it follows, if that is news.
    fn tell(&mut self, ctx: &mut Context<'_>) {
        let role = match (self.leads(), self.participant) {
            (true, _) => Role::Leader,
            (false, true) => Role::Candidate,
            (false, false) => Role::Follower,
        };
        let now = (role, self.epoch);
        if self.told.replace(now) != Some(now) {
            ctx.observe_role(role, self.epoch);
        }
        if self.told_leader.replace(self.leader) != Some(self.leader) {
            ctx.observe_leader(self.leader, self.epoch);
        }
    }
}

impl Node for RingNode {
    fn start(&mut self, ctx: &mut Context<'_>) {
        self.tell(ctx);
        self.elect(ctx);
        self.tell(ctx);
    }

    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, message: &[u8]) {
        match Message::parse(message) {
            None => ctx.note("message", format!("{from} sent what is no message")),
            Some(Message::Pass { number, token }) => {
                ctx.send(from, &Message::Ack { number });
                self.on_token(ctx, token);
            }
            Some(Message::Ack { number }) => self.on_ack(ctx, number),
            Some(Message::Beat { epoch }) => self.on_beat(ctx, from, epoch),
        }
        self.tell(ctx);
    }

    fn timeout(&mut self, ctx: &mut Context<'_>, timer: Timer) {
        match timer {
            PATIENCE => self.on_patience(ctx),
            ACK => self.on_ack_timeout(ctx),
            _ if self.leads() => self.beat(ctx),
            _ => {}
        }
        self.tell(ctx);
    }

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
        let reply = match (request.op.f.as_str(), self.leader) {
            ("who", Some(leader)) => {
                let epoch = i64::try_from(self.epoch).unwrap_or(i64::MAX);
                Reply::Ok(Value::List(vec![Value::Text(leader.to_string()), Value::Int(epoch)]))
            }
            ("who", None) => Reply::Redirect(None),
            (f, _) => Reply::Fail(format!("unknown function `{f}`")),
        };
        ctx.reply(ticket, reply);
    }
}
