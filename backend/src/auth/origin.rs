//! Which pages may use cookies and sockets: the public URL's own, the configured ones, and where there is no
//! public URL the page that this server served itself. Compared whole: scheme, host and port.

use crate::config::{Config, Origin};

/// The origins that may.
#[derive(Clone, Debug)]
pub struct Origins {
    listed: Vec<Origin>,
    own: bool,
}

impl Origins {
    /// The public URL and the configured origins; without a public URL, or on a loopback address, also the
    /// page that the server served itself.
    pub fn of(config: &Config) -> Self {
        let urls = config.public_url.iter().chain(&config.allowed_origins);
        Self {
            listed: urls
                .filter_map(|url| Origin::parse(url.trim_end_matches('/')))
                .collect(),
            own: config.public_url.is_none() || config.listen.ip().is_loopback(),
        }
    }

    /// Whether a page with this `Origin` header may, on a request with this `Host` header.
    pub fn allow(&self, origin: &str, host: Option<&str>) -> bool {
        let Some(origin) = Origin::parse(origin) else {
            return false;
        };
        if self.listed.contains(&origin) {
            return true;
        }
        self.own
            && origin.is_certain()
            && host.is_some_and(|host| {
                let scheme = if origin.https { "https" } else { "http" };
                Origin::parse(&format!("{scheme}://{host}")).is_some_and(|own| own == origin)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWN: Origins = Origins {
        listed: Vec::new(),
        own: true,
    };

    fn origins() -> Origins {
        Origins {
            listed: vec![
                Origin::parse("https://chat.example.org").unwrap(),
                Origin::parse("http://localhost:8080").unwrap(),
            ],
            own: false,
        }
    }

    #[test]
    fn s_ws_1_the_public_url_and_the_configured_origins_may() {
        for good in [
            "https://chat.example.org",
            "https://chat.example.org:443",
            "https://CHAT.example.org",
            "http://localhost:8080",
        ] {
            assert!(origins().allow(good, None), "{good}");
        }
    }

    #[test]
    fn s_ws_1_nothing_that_only_looks_like_them_may() {
        for bad in [
            "null",
            "",
            "https://",
            "chat.example.org",
            "//chat.example.org",
            "http://chat.example.org",
            "https://chat.example.org:444",
            "https://chat.example.org.evil.com",
            "https://evil.com/https://chat.example.org",
            "https://chat.example.org@evil.com",
            "https://user@chat.example.org",
            "https://chat.example.org/",
            "https://chat.example.org/x",
            "https://chat.example.org?x",
            "https://chat.example.org#x",
            "https://xchat.example.org",
            "https://sub.chat.example.org",
            "https://chat.example.or",
            "https://chat.example.org ",
            " https://chat.example.org",
            "https://chat.example.org\t",
            "https://chat.example.org, https://evil.com",
            "HTTPS://chat.example.org",
            "wss://chat.example.org",
            "file://",
            "https://chat.example.org:",
            "https://chat.example.org:+443",
            "https://chat.example.org:0443x",
            "https://[chat.example.org]",
            "https://chat.example.org:99999",
            "http://localhost",
            "http://localhost:80801",
            "https://chat\\.example.org",
        ] {
            assert!(!origins().allow(bad, Some("chat.example.org")), "{bad}");
        }
    }

    #[test]
    fn s_ws_1_the_page_that_the_server_served_itself_may_and_a_rebound_name_may_not() {
        for own in [
            "localhost:8000",
            "127.0.0.1:8000",
            "[::1]:8000",
            "a.localhost:8000",
            "192.168.1.5:8000",
        ] {
            assert!(OWN.allow(&format!("http://{own}"), Some(own)), "{own}");
        }
        assert!(!OWN.allow("http://localhost:8001", Some("localhost:8000")));
        assert!(!OWN.allow("http://127.0.0.1:8000", Some("localhost:8000")));
        assert!(!OWN.allow("http://evil.com:8000", Some("evil.com:8000")));
        assert!(!OWN.allow("http://localhost:8000", None));
        let public = origins();
        assert!(!public.allow("http://localhost:8000", Some("localhost:8000")));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,60}", host in "\\PC{0,30}") {
            let _ = OWN.allow(&text, Some(&host));
            let _ = OWN.allow(&format!("http://{text}"), Some(&host));
        }
    }
}
