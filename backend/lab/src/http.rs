//! One HTTP exchange as the web client makes it: 15 s at most, a body that ends early is no answer. Knows no endpoint.

use model::{Failure, Refusal};
use shared::{ErrorCode, Problem, json};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(15);

/// What to ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) cookie: Option<&'a str>,
    pub(crate) body: Option<&'a str>,
}

/// A good answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// `Set-Cookie` lines.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: String,
}

/// Asks, and gives the answer when it is a good one.
pub(crate) async fn ask(to: SocketAddr, ask: &Ask<'_>) -> Result<Answer, Failure> {
    let raw = timeout(PATIENCE, exchange(to, ask))
        .await
        .map_err(|_| Failure::Offline)?
        .map_err(|_| Failure::Offline)?;
    let (status, headers, body) = parse(&raw).ok_or(Failure::Offline)?;
    if status < 400 {
        let cookies = headers.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        return Ok(Answer {
            cookies: cookies.map(|(_, value)| value.to_owned()).collect(),
            body,
        });
    }
    let retry_after_ms = headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("retry-after"))
        .find_map(|(_, seconds)| seconds.parse::<i64>().ok())
        .map(|seconds| seconds.saturating_mul(1_000));
    let refusal = match json::read::<Problem>(&body) {
        Ok(problem) => Refusal {
            code: problem.code,
            detail: problem.detail,
            fields: problem.fields,
            retry_after_ms,
            request_id: problem.request_id,
        },
        Err(_) => plain(ErrorCode::Internal),
    };
    Err(Failure::Refused(Box::new(refusal)))
}

fn plain(code: ErrorCode) -> Refusal {
    Refusal {
        code,
        detail: code.title().to_owned(),
        fields: Vec::new(),
        retry_after_ms: None,
        request_id: String::new(),
    }
}

/// A refusal that was found here.
pub(crate) fn refused(code: ErrorCode) -> Failure {
    Failure::Refused(Box::new(plain(code)))
}

async fn exchange(to: SocketAddr, ask: &Ask<'_>) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\naccept: application/json\r\n",
        ask.method, ask.path
    );
    for (name, value) in [
        ("authorization: Bearer ", ask.token),
        ("cookie: ", ask.cookie),
    ] {
        if let Some(value) = value {
            head += &format!("{name}{value}\r\n");
        }
    }
    match ask.body {
        Some(body) => {
            head += &format!(
                "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
        None => head += "content-length: 0\r\n\r\n",
    }
    stream.write_all(head.as_bytes()).await?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).await?;
    Ok(raw)
}

type Headers<'a> = std::vec::IntoIter<(&'a str, &'a str)>;

/// Status, headers and whole body; `None` for what is no whole answer.
fn parse(raw: &[u8]) -> Option<(u16, Headers<'_>, String)> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&raw[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let value = |name: &str| {
        let found = headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    };
    let rest = &raw[end + 4..];
    let body = if value("transfer-encoding") == Some("chunked") {
        chunks(rest)?
    } else {
        let length: usize = value("content-length").unwrap_or("0").parse().ok()?;
        rest.get(..length)?.to_vec()
    };
    Some((status, headers.into_iter(), String::from_utf8(body).ok()?))
}

fn chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        let chunk = rest.get(end + 2..end + 2 + length)?;
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + length..)?;
        if length == 0 {
            return Some(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn body(raw: &str) -> Option<(u16, String)> {
        parse(raw.as_bytes()).map(|(status, _, body)| (status, body))
    }

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
        assert_eq!(body(whole), Some((200, "body".to_owned())));
        assert_eq!(body(&whole[..whole.len() - 1]), None);
        assert_eq!(
            body("HTTP/1.1 204 No Content\r\n\r\n"),
            Some((204, String::new()))
        );
        assert_eq!(body("HTTP/1.1 200 OK\r\nContent-Le"), None);
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n";
        assert_eq!(body(chunked), Some((200, "body".to_owned())));
        assert_eq!(body(&chunked[..chunked.len() - 5]), None);
    }
}
