//! Clients. A leader answers when enough nodes keep the table that the answer comes from: what it
//! says of a lock, and that it leads, is then true at some instant after it was asked.

use crate::leader::Waiter;
use crate::node::{BullyNode, Role};
use crate::table::Function;
use chaos_node::{Context, Reply, Request, Ticket, Value};

impl BullyNode {
    pub(crate) fn on_request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: &Request) {
        let function = match request.op.f.as_str() {
            "acquire" => Function::Acquire,
            "release" => Function::Release,
            "holder" => Function::Holder,
            "who" => return self.who(ctx, ticket),
            f => return ctx.reply(ticket, Reply::Fail(format!("unknown function `{f}`"))),
        };
        if !matches!(self.role, Role::Leader(_)) {
            return ctx.reply(ticket, Reply::Redirect(self.leader));
        }
        let reply = self.saved.table.apply(function, request);
        match reply {
            Reply::Ok(_) => self.when_kept(ctx, ticket, reply, function != Function::Holder),
            refused => ctx.reply(ticket, refused),
        }
    }

    /// Whom the node takes for the leader, and in which epoch.
    fn who(&mut self, ctx: &mut Context<'_>, ticket: Ticket) {
        let Some(leader) = self.leader else {
            return ctx.reply(ticket, Reply::Redirect(None));
        };
        let epoch = i64::try_from(self.epoch()).unwrap_or(i64::MAX);
        let answer = Value::List(vec![Value::Text(leader.to_string()), Value::Int(epoch)]);
        match self.role {
            Role::Leader(_) => self.when_kept(ctx, ticket, Reply::Ok(answer), false),
            _ => ctx.reply(ticket, Reply::Ok(answer)),
        }
    }

    /// Writes a new version of the table, and answers when enough nodes keep it.
    fn when_kept(&mut self, ctx: &mut Context<'_>, ticket: Ticket, reply: Reply, changes: bool) {
        self.saved.table.version += 1;
        let version = self.saved.table.version;
        self.save(ctx);
        if let Role::Leader(leadership) = &mut self.role {
            leadership.waiting.push(Waiter { version, ticket, reply, changes });
        }
        self.say(ctx);
        self.answer(ctx);
    }
}
