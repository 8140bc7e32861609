//! A node of your own, with the whole command line of chaos around it.
//!
//! ```text
//! cargo run --release --example own_node -- run examples/own_node.yaml -n 100 --sim
//! cargo run --release --example own_node -- run examples/own_node.yaml -n 100 --sim --mutant reply-before-sync
//! ```
//!
//! The system is as small as can be: one node keeps a register in a file, and every other node
//! sends clients there. Its one mutant answers before the write is durable, and loses it when the
//! node dies at the wrong moment.

use chaos_node::{
    ConfigError, Context, Mutant, Node, NodeConfig, NodeId, Reply, Request, Target, Ticket, Timer,
    Value,
};
use std::collections::BTreeMap;

fn main() -> std::process::ExitCode {
    chaos::main(&[&Solo])
}

/// The target: it makes nodes and knows their mutants.
struct Solo;

const REPLY_BEFORE_SYNC: Mutant =
    Mutant { name: "reply-before-sync", about: "answers before the write is durable" };

impl Target for Solo {
    fn name(&self) -> &'static str {
        "solo"
    }

    fn about(&self) -> &'static str {
        "one node with a file; the others send clients there"
    }

    fn mutants(&self) -> Vec<Mutant> {
        vec![REPLY_BEFORE_SYNC]
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        config.options.known(&[])?;
        let early = match config.mutant.as_deref() {
            None => false,
            Some(name) if name == REPLY_BEFORE_SYNC.name => true,
            Some(name) => {
                let (name, known) = (name.to_owned(), vec![REPLY_BEFORE_SYNC.name]);
                return Err(ConfigError::UnknownMutant { name, known });
            }
        };
        Ok(Box::new(Keeper { early, values: BTreeMap::new() }))
    }
}

/// A node. Only n1 ever holds values.
struct Keeper {
    early: bool,
    values: BTreeMap<String, String>,
}

impl Node for Keeper {
    fn start(&mut self, ctx: &mut Context<'_>) {
        for file in ctx.disk().files() {
            let bytes = ctx.disk().read(&file).unwrap_or_default();
            self.values.insert(file, String::from_utf8_lossy(&bytes).into_owned());
        }
    }

    fn receive(&mut self, _: &mut Context<'_>, _: NodeId, _: &[u8]) {}

    fn timeout(&mut self, _: &mut Context<'_>, _: Timer) {}

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
        if ctx.id() != NodeId(1) {
            return ctx.reply(ticket, Reply::Redirect(Some(NodeId(1))));
        }
        let key = request.op.key.as_text().unwrap_or_default().to_owned();
        match (request.op.f.as_str(), request.op.value) {
            ("get", _) => {
                let value = self.values.get(&key).cloned().map_or(Value::Nil, Value::Text);
                ctx.reply(ticket, Reply::Ok(value));
            }
            ("put", Value::Text(value)) => self.put(ctx, ticket, key, value),
            (f, _) => ctx.reply(ticket, Reply::Fail(format!("no such operation: {f}"))),
        }
    }
}

impl Keeper {
    fn put(&mut self, ctx: &mut Context<'_>, ticket: Ticket, key: String, value: String) {
        ctx.write(&key, value.clone().into_bytes());
        self.values.insert(key, value);
        let done = Reply::Ok(Value::Nil);
        if self.early {
            ctx.reply(ticket, done);
            ctx.sync();
        } else {
            ctx.sync();
            ctx.reply(ticket, done);
        }
    }
}
