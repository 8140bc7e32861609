//! What a request asks for.

use super::content::Form;
use crate::message::{Ask, Spot};
use crate::record;
use crate::settings::Settings;
use chaos_node::{Request, Value};

/// Where files are that clients make.
const HOME: &str = "/home";
/// Where snapshots of that go.
const SAVE: &str = "/save";
/// A file has so many chunks at most, for those who write at an offset.
const CHUNKS: usize = 64;

/// Bytes for one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which of the file's chunks, and where in it; nothing for a record, which goes to the end.
    pub(super) at: Option<(u64, u64)>,
    pub(super) bytes: Vec<u8>,
}

/// What a request asks for, and what the master is asked first.
pub(super) struct Wish {
    pub(super) path: String,
    pub(super) ask: Ask,
    pub(super) parts: Vec<Part>,
    pub(super) form: Form,
    pub(super) harmless: bool,
    /// Whether a shadow master is asked.
    pub(super) shadow: bool,
}

/// What the request asks for, or what is wrong with it.
pub(super) fn wish(request: &Request, settings: &Settings) -> Result<Wish, String> {
    let Request { session, sequence, op } = request;
    let (session, sequence) = (*session, *sequence);
    let name = op.key.as_text().filter(|name| is_name(name));
    let name = name.ok_or("the name of a file is a text without slashes")?;
    let (home, saved) = (format!("{HOME}/{name}"), format!("{SAVE}/{name}"));
    let parts = match op.f.as_str() {
        "append" => vec![appended(&op.value, settings)?],
        "write" => written(&op.value, settings)?,
        _ => Vec::new(),
    };
    let path = if op.f == "read-snapshot" { saved } else { home };
    let ask = match op.f.as_str() {
        "create" => Ask::Create { path: path.clone(), session, sequence },
        "delete" => Ask::Delete { path: path.clone(), session, sequence },
        "rename" => {
            let other = op.value.as_text().filter(|name| is_name(name));
            let other = other.ok_or("a file is renamed to a text without slashes")?;
            let to = format!("{HOME}/{other}");
            Ask::Rename { from: path.clone(), to, session, sequence }
        }
        "stat" | "shadow-stat" => Ask::Stat { path: path.clone() },
        "append" => Ask::Lead { path: path.clone(), spot: Spot::End { full: None } },
        "write" => {
            let index = parts.first().and_then(|part| part.at).map_or(0, |(index, _)| index);
            Ask::Lead { path: path.clone(), spot: Spot::Index(index) }
        }
        "read" | "content" | "read-snapshot" | "shadow-read" => Ask::Locate { path: path.clone() },
        "snapshot" => Ask::Snapshot { from: HOME.into(), to: SAVE.into(), session, sequence },
        f => return Err(format!("unknown function `{f}`")),
    };
    let form = if op.f == "content" { Form::Bytes } else { Form::Records };
    let harmless = matches!(ask, Ask::Locate { .. } | Ask::Stat { .. });
    let shadow = op.f.starts_with("shadow-");
    Ok(Wish { path, ask, parts, form, harmless, shadow })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/')
}

fn appended(value: &Value, settings: &Settings) -> Result<Part, String> {
    let text = value.as_text().ok_or("a record is a text")?;
    let framed = record::frame(text.as_bytes());
    let bytes = framed.filter(|framed| framed.len() <= settings.chunk_size);
    let bytes = bytes.ok_or_else(|| format!("a record has {} bytes at most", record::MOST))?;
    Ok(Part { at: None, bytes })
}

/// The parts of `[offset, text]`: one a chunk (paper §3.1, at its end).
fn written(value: &Value, settings: &Settings) -> Result<Vec<Part>, String> {
    let size = settings.chunk_size;
    let (offset, text) = match value {
        Value::List(pair) => match &pair[..] {
            [Value::Int(offset), Value::Text(text)] => (offset, text),
            _ => return Err("a write is an offset and a text".to_owned()),
        },
        _ => return Err("a write is an offset and a text".to_owned()),
    };
    let offset = usize::try_from(*offset).map_err(|_| "an offset is not below 0".to_owned())?;
    let end = offset.checked_add(text.len()).filter(|end| *end <= CHUNKS * size);
    if text.is_empty() || end.is_none() {
        return Err(format!("a write has a text, and ends by {}", CHUNKS * size));
    }
    let (mut parts, mut rest, mut at) = (Vec::new(), text.as_bytes(), offset);
    while !rest.is_empty() {
        let (bytes, more) = rest.split_at(rest.len().min(size - at % size));
        parts
            .push(Part { at: Some(((at / size) as u64, (at % size) as u64)), bytes: bytes.into() });
        (rest, at) = (more, at + bytes.len());
    }
    Ok(parts)
}
