//! The parts that nodes play.

use chaos::world::process::monotonic;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

pub(crate) fn play(part: &str, args: &[&str]) -> ExitCode {
    match part {
        "beacon" => beacon(args),
        "echo" => echo(args[0]),
        "ping" => ping(args[0], number(args[1])),
        "sink" => sink(args[0]),
        "pour" => pour(args[0], number(args[1])),
        "shout" => shout(number(args[0])),
        "family" => family(),
        "hermit" => hermit(),
        "sleep" => sleep(Duration::from_secs(1_000)),
        _ => panic!("nobody knows how to play {part}"),
    }
    ExitCode::SUCCESS
}

/// Sends a datagram with the time to each peer every so many microseconds, and prints for each that
/// it gets: the sender's address, its number, and how long it took, in nanoseconds.
fn beacon(args: &[&str]) {
    let socket = UdpSocket::bind(args[0]).expect("an address of its own");
    let pause = Duration::from_micros(number(args[1]));
    let peers: Vec<SocketAddr> = args[2..].iter().filter_map(|peer| peer.parse().ok()).collect();
    let sender = socket.try_clone().expect("a descriptor");
    std::thread::spawn(move || {
        for number in 0u64.. {
            let mut datagram = number.to_le_bytes().to_vec();
            datagram.extend(monotonic().0.to_le_bytes());
            for peer in &peers {
                let _ = sender.send_to(&datagram, peer);
            }
            sleep(pause);
        }
    });
    listen(&socket);
}

fn listen(socket: &UdpSocket) {
    let mut datagram = [0; 16];
    let mut out = io::stdout().lock();
    while let Ok((16, from)) = socket.recv_from(&mut datagram) {
        let field = |at: usize| {
            u64::from_le_bytes(datagram[at..at + 8].try_into().expect("8 bytes are 8 bytes"))
        };
        let took = monotonic().0 - field(8);
        let _ = writeln!(out, "{} {} {took}", from.ip(), field(0));
        let _ = out.flush();
    }
}

/// Sends back what it gets.
fn echo(address: &str) {
    let listener = TcpListener::bind(address).expect("an address of its own");
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || {
            let _ = stream.set_nodelay(true);
            let mut writer = stream.try_clone().expect("a descriptor");
            io::copy(&mut &stream, &mut writer)
        });
    }
}

/// Measures so many round trips of a framed message and prints the nanoseconds of each.
fn ping(target: &str, count: u64) {
    let mut stream = connect(target);
    let _ = stream.set_nodelay(true);
    let mut message = [0; 68];
    message[0] = 64;
    for _ in 0..count {
        let start = monotonic();
        stream.write_all(&message).expect("a connection");
        stream.read_exact(&mut message).expect("an answer");
        println!("{}", (monotonic() - start).0);
    }
}

/// Reads one connection to its end; prints the bytes and the nanoseconds that took.
fn sink(address: &str) {
    let listener = TcpListener::bind(address).expect("an address of its own");
    let (mut stream, _) = listener.accept().expect("a connection");
    let start = monotonic();
    let (mut total, mut bytes) = (0u64, vec![0; 1 << 20]);
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        total += count as u64;
    }
    println!("{total} {}", (monotonic() - start).0);
}

fn pour(target: &str, total: u64) {
    let mut stream = connect(target);
    let bytes = vec![7; 1 << 18];
    let mut left = total;
    while left > 0 {
        let count = left.min(bytes.len() as u64) as usize;
        stream.write_all(&bytes[..count]).expect("a connection");
        left -= count as u64;
    }
}

/// Says so many megabytes on standard error and then one word on standard output.
fn shout(megabytes: u64) {
    let line = [b'a'; 1 << 10];
    for _ in 0..megabytes << 10 {
        io::stderr().write_all(&line).expect("somebody listens");
    }
    eprint!("the last words");
    println!("done");
}

/// Has a child in its group and a grandchild that leaves it, and waits.
fn family() {
    let program = std::env::current_exe().expect("a test knows its program");
    let child = |part| Command::new(&program).args(["node", part]).spawn().expect("a child");
    let mut children = ["hermit", "sleep"].map(child);
    println!("complete");
    for child in &mut children {
        let _ = child.wait();
    }
}

fn hermit() {
    nix::unistd::setsid().expect("a child can leave");
    sleep(Duration::from_secs(1_000));
}

fn connect(target: &str) -> TcpStream {
    for _ in 0..500 {
        if let Ok(stream) = TcpStream::connect(target) {
            return stream;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("nobody listens at {target}")
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
