//! Where a request comes from: the peer, or what a configured proxy says of it; and the network around it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The network that one address stands for: a /24 of IPv4, a /64 of IPv6, which one line usually has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// The network around an address.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self(masked(address, if address.is_ipv4() { 24 } else { 64 }))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, if self.0.is_ipv4() { 24 } else { 64 })
    }
}

/// The client's address: the peer, or the rightmost hop in `X-Forwarded-For` that is no configured
/// proxy, when the peer is one (S-RATE-2). What stands left of it, anyone may have written.
pub fn client<'a>(
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'a str>,
    proxies: &[IpAddr],
) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == address);
    let mut client = peer.to_canonical();
    if !trusted(client) {
        return client;
    }
    for hop in forwarded_for.rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = hop_address(hop.trim()) else {
            break;
        };
        client = address;
        if !trusted(client) {
            break;
        }
    }
    client
}

/// Proxies write addresses bare, with a port, or in brackets.
fn hop_address(hop: &str) -> Option<IpAddr> {
    if let Ok(address) = hop.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Some(rest) = hop.strip_prefix('[') {
        let (address, _) = rest.split_once(']')?;
        return address
            .parse::<Ipv6Addr>()
            .ok()
            .map(|v6| IpAddr::V6(v6).to_canonical());
    }
    let (address, port) = hop.split_once(':')?;
    port.parse::<u16>().ok()?;
    address.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32_u32.saturating_sub(prefix.into()))
                .unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX
                .checked_shl(128_u32.saturating_sub(prefix.into()))
                .unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn seen(peer: &str, header: &[&str], proxies: &[&str]) -> String {
        let proxies: Vec<IpAddr> = proxies.iter().map(|text| ip(text)).collect();
        client(ip(peer), header.iter().copied(), &proxies).to_string()
    }

    #[test]
    fn s_rate_2_the_header_counts_only_from_a_configured_proxy() {
        let header = ["198.51.100.1"];
        assert_eq!(seen("203.0.113.9", &header, &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &header, &["10.1.2.3"]), "203.0.113.9");
        assert_eq!(seen("10.1.2.3", &header, &["10.1.2.3"]), "198.51.100.1");
        assert_eq!(
            seen("::ffff:10.1.2.3", &header, &["10.1.2.3"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn s_rate_2_the_rightmost_untrusted_hop_is_the_client_and_what_it_wrote_itself_is_not() {
        let proxies = ["127.0.0.1", "10.0.0.4", "10.0.0.5"];
        assert_eq!(
            seen("127.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.5"], &proxies),
            "198.51.100.1"
        );
        assert_eq!(
            seen("127.0.0.1", &["1.1.1.1", "198.51.100.1"], &proxies),
            "198.51.100.1"
        );
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, junk"], &proxies), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &[], &proxies), "127.0.0.1");
        assert_eq!(
            seen("127.0.0.1", &["10.0.0.4, 10.0.0.5"], &proxies),
            "10.0.0.4"
        );
        assert_eq!(
            seen("127.0.0.1", &["198.51.100.1:5123"], &proxies),
            "198.51.100.1"
        );
        assert_eq!(
            seen("127.0.0.1", &["[2001:db8::1]:443"], &proxies),
            "2001:db8::1"
        );
    }

    #[test]
    fn s_rate_1_one_line_is_one_network() {
        assert_eq!(
            Network::of(ip("203.0.113.1")),
            Network::of(ip("203.0.113.254"))
        );
        assert_ne!(
            Network::of(ip("203.0.113.1")),
            Network::of(ip("203.0.114.1"))
        );
        assert_eq!(
            Network::of(ip("2001:db8::1")),
            Network::of(ip("2001:db8::ffff:1:2:3"))
        );
        assert_ne!(
            Network::of(ip("2001:db8::1")),
            Network::of(ip("2001:db8:0:1::1"))
        );
        assert_eq!(
            Network::of(ip("::ffff:203.0.113.1")),
            Network::of(ip("203.0.113.9"))
        );
        assert_eq!(Network::of(ip("203.0.113.1")).to_string(), "203.0.113.0/24");
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(header in "\\PC{0,80}") {
            let _ = seen("127.0.0.1", &[&header], &["127.0.0.1"]);
        }
    }
}
