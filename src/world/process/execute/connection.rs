//! One connection of a client to a node.

use crate::host::{AnswerLine, RequestLine};
use chaos_node::{Reply, Request};
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// The longest answer that is read.
const LONGEST_LINE: u64 = 16 << 20;

/// One connection of a client to a node. An answer that comes too late for its request is skipped
/// when the next one is waited for.
pub(super) struct Connection {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    line: Vec<u8>,
    id: u64,
}

impl Connection {
    /// Waits until the stream is connected.
    pub(super) async fn establish(stream: std::net::TcpStream) -> io::Result<Connection> {
        let stream = TcpStream::from_std(stream)?;
        stream.writable().await?;
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        stream.peer_addr()?;
        let (reader, writer) = stream.into_split();
        Ok(Connection { reader: BufReader::new(reader), writer, line: Vec::new(), id: 0 })
    }

    /// Sends a request.
    pub(super) async fn send(&mut self, request: Request) -> io::Result<()> {
        self.id += 1;
        let mut line = serde_json::to_vec(&RequestLine::new(self.id, request))?;
        line.push(b'\n');
        self.writer.write_all(&line).await
    }

    /// Waits for the answer to the last request. Giving up and calling again loses nothing.
    pub(super) async fn answer(&mut self) -> io::Result<Reply> {
        loop {
            let mut limited = (&mut self.reader).take(LONGEST_LINE);
            let read = limited.read_until(b'\n', &mut self.line).await?;
            if read == 0 || self.line.last() != Some(&b'\n') {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let answer: AnswerLine = serde_json::from_slice(&self.line)?;
            self.line.clear();
            if answer.id == Some(self.id) {
                return Ok(answer.reply);
            }
        }
    }
}
