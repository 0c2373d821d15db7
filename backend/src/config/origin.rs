//! A web origin: scheme, host and port, read strictly and compared whole.

use std::net::IpAddr;

/// A web origin (RFC 6454): what stands in an `Origin` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether the scheme is `https`; it is `http` otherwise.
    pub https: bool,
    /// Host name or address, lower case, IPv6 in brackets.
    pub host: String,
    /// The port; the scheme's own when none is written.
    pub port: u16,
}

impl Origin {
    /// Reads exactly `http(s)://host[:port]`; nothing before, nothing after, no user.
    pub fn parse(text: &str) -> Option<Self> {
        let (https, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (true, rest)
        } else {
            (false, text.strip_prefix("http://")?)
        };
        let (host, port) = split_port(rest)?;
        let port = match port {
            Some(port) => port,
            None if https => 443,
            None => 80,
        };
        Some(Self {
            https,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Whether the host is this machine by name, or any machine by address. Not a name that merely resolves
    /// to an address: such a page may be anybody's (DNS rebinding).
    pub fn is_certain(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || bare.parse::<IpAddr>().is_ok()
    }

    /// Whether the host is this machine and nothing else.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || bare
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

/// Splits `host[:port]`; refuses everything that is not a plain host name or address.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']')?;
        text[1..end].parse::<std::net::Ipv6Addr>().ok()?;
        (&text[..=end], text[end + 1..].strip_prefix(':'))
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !host.starts_with('[') && (host.is_empty() || !host.bytes().all(plain)) {
        return None;
    }
    if host.len() + port.map_or(0, |port| port.len() + 1) != text.len() {
        return None;
    }
    match port {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some((host, Some(port.parse().ok()?)))
        }
        Some(_) => None,
        None => Some((host, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn s_ws_1_an_origin_is_scheme_host_and_port_and_nothing_else() {
        let origin = Origin::parse("https://Chat.Example.org").expect("an origin");
        assert_eq!(
            (origin.host.as_str(), origin.port),
            ("chat.example.org", 443)
        );
        assert_eq!(Origin::parse("http://[::1]:8000").expect("v6").port, 8000);
        assert_eq!(Origin::parse("http://[::1]").expect("v6").port, 80);
        for text in [
            "null",
            "",
            "https://",
            "ftp://a.org",
            "https://user@a.org",
            "https://a.org/path",
            "https://a.org:port",
            "https://a.org?x",
            "https://a.org#x",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }
}
