//! An own target in an own binary: a node that does exactly what its clients tell it, hosted as a
//! real process. The tests of the host drive it.
//!
//! ```text
//! host_probe '{"node":{"id":1,"nodes":[1]},"seed":1,"peer_address":"127.0.0.1:7001",
//!     "client_address":"127.0.0.1:8001","peers":{},"data":"/tmp"}'
//! ```

use chaos::host::{self, HostConfig, HostError};
use chaos_node::{
    ConfigError, Context, Mutant, Nanos, Node, NodeConfig, NodeId, Reply, Request, Target, Ticket,
    Timer, Value, decode,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let config = std::env::args().nth(1).unwrap_or_default();
    let result = HostConfig::from_json(&config).and_then(|config| host::run(&Probe, config));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &HostError) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(error.exit_code())
}

struct Probe;

impl Target for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn about(&self) -> &'static str {
        "does what its clients tell it"
    }

    fn mutants(&self) -> Vec<Mutant> {
        Vec::new()
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        config.options.known(&[])?;
        Ok(Box::new(ProbeNode::default()))
    }
}

#[derive(Default)]
struct ProbeNode {
    heard: Vec<Value>,
    bounces: i64,
    waiting: BTreeMap<Timer, Ticket>,
}

#[derive(Serialize, Deserialize)]
enum Wire {
    Text(String),
    /// Comes back as often as it says.
    Ball(u32),
}

impl Node for ProbeNode {
    fn start(&mut self, ctx: &mut Context<'_>) {
        let found = ctx.disk().files().join(" ");
        ctx.note("start", found);
    }

    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, message: &[u8]) {
        match decode(message) {
            Ok(Wire::Text(text)) => self.heard.push(Value::Text(format!("{from} {text}"))),
            Ok(Wire::Ball(left)) => {
                self.bounces += 1;
                if left > 0 {
                    ctx.send(from, &Wire::Ball(left - 1));
                }
            }
            Err(error) => ctx.note("garbage", error.to_string()),
        }
    }

    fn timeout(&mut self, ctx: &mut Context<'_>, timer: Timer) {
        if let Some(ticket) = self.waiting.remove(&timer) {
            ctx.reply(ticket, Reply::Ok(millis(ctx.now())));
        }
    }

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
        let key = request.op.key.as_text().unwrap_or_default().to_owned();
        let text = request.op.value.as_text().unwrap_or_default().to_owned();
        let done = Reply::Ok(Value::Nil);
        match request.op.f.as_str() {
            "echo" => ctx.reply(ticket, Reply::Ok(request.op.value)),
            "now" => ctx.reply(ticket, Reply::Ok(millis(ctx.now()))),
            "redirect" => ctx.reply(ticket, Reply::Redirect(key.parse().ok())),
            "silence" => {}
            "panic" => panic!("told to: {text}"),
            "read" => {
                let bytes = ctx.disk().read(&key).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                ctx.reply(ticket, Reply::Ok(Value::Text(text)));
            }
            "append" => {
                ctx.append(&key, text.into_bytes());
                ctx.reply(ticket, done);
            }
            "append-sync" => {
                ctx.append(&key, text.into_bytes());
                ctx.sync();
                ctx.reply(ticket, done);
            }
            "write-sync" => {
                ctx.write(&key, text.into_bytes());
                ctx.sync();
                ctx.reply(ticket, done);
            }
            // A trace of the order in which the host carries things out.
            "sync-between" => {
                ctx.note("order", "before".to_owned());
                ctx.append(&key, text.into_bytes());
                ctx.sync();
                ctx.note("order", "behind".to_owned());
                ctx.reply(ticket, done);
            }
            "send" => {
                key.split(' ').flat_map(str::parse).for_each(|to| {
                    ctx.send(to, &Wire::Text(text.clone()));
                });
                ctx.reply(ticket, done);
            }
            "heard" => ctx.reply(ticket, Reply::Ok(Value::List(self.heard.clone()))),
            "balls" => self.throw(ctx, &key, &request.op.value),
            "bounces" => ctx.reply(ticket, Reply::Ok(Value::Int(self.bounces))),
            "later" => self.later(ctx, ticket, &text),
            other => ctx.reply(ticket, Reply::Fail(format!("no such thing as {other}"))),
        }
    }
}

impl ProbeNode {
    /// Throws as many balls as the list says, each to come back so often.
    fn throw(&mut self, ctx: &mut Context<'_>, to: &str, how: &Value) {
        let Value::List(how) = how else { return };
        let (Ok(to), [Value::Int(balls), Value::Int(times)]) = (to.parse(), how.as_slice()) else {
            return;
        };
        let times = u32::try_from(*times).unwrap_or(0);
        (0..*balls).for_each(|_| ctx.send(to, &Wire::Ball(times)));
    }

    fn later(&mut self, ctx: &mut Context<'_>, ticket: Ticket, after: &str) {
        let timer = Timer(self.waiting.len() as u32);
        self.waiting.insert(timer, ticket);
        ctx.arm(timer, after.parse().unwrap_or(Nanos::ZERO));
    }
}

fn millis(time: Nanos) -> Value {
    Value::Int(time.as_millis() as i64)
}
