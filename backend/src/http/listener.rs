//! The door: how connections are waited for, and what is set on each. Knows nothing of what is said on them.

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

/// Connections that may wait to be accepted; the system has a bound of its own (`somaxconn`, 4,096). One more is
/// not refused but told nothing, and tries again after a second, which is what makes a return of thousands slow.
const WAITING: i32 = 65_535;
/// A peer that acknowledges nothing for this long is gone, or takes no byte: the kernel drops it.
const UNACKED: Duration = Duration::from_secs(30);

/// Waits for connections.
///
/// # Errors
/// The system's: the address is taken, or not ours.
pub fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A restart need not wait for connections of before.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Sets what every connection has.
pub fn tune(stream: &actix_web::rt::net::TcpStream) {
    let socket = SockRef::from(stream);
    let _ = socket.set_tcp_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(UNACKED));
}

#[cfg(test)]
mod tests {
    use super::listen_at;
    use std::{net::TcpStream, time::Duration};

    #[test]
    fn hundreds_may_knock_before_the_first_is_let_in() {
        let listener = listen_at(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
        let most = most.ok().and_then(|most| most.trim().parse().ok());
        let knock = |_| TcpStream::connect_timeout(&address, Duration::from_secs(5));
        let connections: Vec<_> = (0..most.unwrap_or(128).min(500)).map(knock).collect();
        assert!(connections.iter().all(Result::is_ok));
    }
}
