//! Any small history of a model, out of any bytes: names that the model knows, values of every shape,
//! and processes that complete what they have invoked.

use chaos_checker::{Event, EventType, Kind, Nanos, Value};

/// More operations than this are not tried in every order.
const OPERATIONS: usize = 10;
const CLIENTS: usize = 4;

/// The model that the first byte stands for, and the events that the others do.
pub fn history(bytes: &[u8]) -> (Kind, Vec<Event>) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let kind = Kind::ALL[*first as usize % Kind::ALL.len()];
    let (names, values) = (names(kind), values());
    let mut clients: Vec<Client> =
        (0..CLIENTS as u64).map(|process| Client { process, open: None }).collect();
    let (mut events, mut operations) = (Vec::new(), 0);
    for deed in rest.chunks_exact(2) {
        let (what, value) = (deed[0] as usize, &values[deed[1] as usize % values.len()]);
        let client = &mut clients[what % CLIENTS];
        let event = match client.open.take() {
            Some(open) => client.complete(open, what / CLIENTS, value),
            None if operations == OPERATIONS => continue,
            None => {
                operations += 1;
                let key = (deed[1] >= 0xc0).then(|| Value::Int(i64::from(deed[1] & 1)));
                let name = names[what / CLIENTS % names.len()];
                client.invoke(name, key, value)
            }
        };
        let index = events.len() as u64;
        events.push(Event { index, time: Nanos(index * 1_000_000), ..event });
    }
    (kind, events)
}

struct Client {
    process: u64,
    /// What it has invoked.
    open: Option<Event>,
}

impl Client {
    fn invoke(&mut self, f: &str, key: Option<Value>, value: &Value) -> Event {
        let (f, value, process) = (f.to_owned(), value.clone(), self.process);
        let (kind, error, node) = (EventType::Invoke, None, None);
        let event = Event { index: 0, time: Nanos(0), process, kind, f, key, value, error, node };
        self.open = Some(event.clone());
        event
    }

    fn complete(&mut self, open: Event, how: usize, value: &Value) -> Event {
        match how % 8 {
            0 => Event { kind: EventType::Fail, ..open },
            1 => {
                self.process += CLIENTS as u64;
                Event { kind: EventType::Info, ..open }
            }
            // What is written and taken comes back more often than by chance.
            2 | 3 => Event { kind: EventType::Ok, ..open },
            _ => Event { kind: EventType::Ok, value: value.clone(), ..open },
        }
    }
}

fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::KeyValue | Kind::KeyText => &["get", "put", "append", "cas", "delete"],
        Kind::Register => &["read", "write"],
        Kind::CasRegister | Kind::Knossos => &["read", "write", "cas"],
        Kind::Counter => &["add", "read"],
        Kind::Set => &["add", "remove", "contains", "read"],
        Kind::Queue => &["enqueue", "dequeue", "peek"],
        Kind::Stack => &["push", "pop", "peek"],
        Kind::PriorityQueue => &["insert", "poll", "peek"],
        Kind::Mutex | Kind::Semaphore(_) => &["acquire", "release"],
        Kind::FencedLock => &["acquire", "release", "holder"],
        Kind::Log => &["append", "read"],
        Kind::Namespace => &["create", "delete", "stat"],
        Kind::UniqueIds => &["generate"],
    }
}

fn values() -> Vec<Value> {
    let pair = |first: i64, second: i64| Value::list([Value::Int(first), Value::Int(second)]);
    let mut values = vec![Value::Nil, Value::Bool(false), Value::Bool(true)];
    values.extend([0, 1, 2, 3, -1, i64::MAX, i64::MIN].map(Value::Int));
    values.extend(["", "a", "b", "ab", "aa", "1"].map(Value::from));
    values.extend([(0, 1), (1, 0), (1, 2), (2, 2)].map(|(first, second)| pair(first, second)));
    values.push(Value::list([Value::Nil, "a".into()]));
    values.push(Value::list(["a".into(), "b".into()]));
    values.push(Value::list([]));
    values.push(Value::list([Value::Int(1)]));
    values
}
