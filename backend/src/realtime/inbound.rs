//! What a client's frames may weigh, judged by their declared length before any of the payload is kept:
//! actix-ws buffers a frame whole and measures it afterwards. Knows RFC 6455's framing and nothing else.

use actix_web::{dev::Payload, error::PayloadError};
use bytes::Bytes;
use futures_util::Stream;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// The bytes of a connection, up to the first frame that declares more than the limit.
pub struct Bounded {
    inner: Payload,
    gauge: Gauge,
}

impl Bounded {
    /// Bounds the frames of these bytes.
    pub fn new(inner: Payload, frame_bytes: usize) -> Self {
        Self {
            inner,
            gauge: Gauge::new(frame_bytes),
        }
    }

    /// As a payload that a handshake takes.
    pub fn into_payload(self) -> Payload {
        let stream: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(self);
        stream.into()
    }
}

impl Stream for Bounded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let chunk = ready!(Pin::new(&mut this.inner).poll_next(cx));
        Poll::Ready(match chunk {
            Some(Ok(bytes)) if !this.gauge.pass(&bytes) => Some(Err(PayloadError::Overflow)),
            other => other,
        })
    }
}

/// Follows frame headers through the bytes, however they are cut.
struct Gauge {
    limit: u64,
    header: [u8; 10],
    known: usize,
    /// Bytes of mask and payload that are still to come.
    left: u64,
}

impl Gauge {
    fn new(limit: usize) -> Self {
        Self {
            limit: u64::try_from(limit).unwrap_or(u64::MAX),
            header: [0; 10],
            known: 0,
            left: 0,
        }
    }

    /// False at the first frame that is too large, and ever after.
    fn pass(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.left > 0 {
                let skipped = usize::try_from(self.left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                self.left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header[self.known] = bytes[0];
            self.known += 1;
            bytes = &bytes[1..];
            if let Some(length) = declared(&self.header[..self.known]) {
                if length > self.limit {
                    // The next byte completes this header again.
                    self.known -= 1;
                    return false;
                }
                self.left = length + if self.header[1] & 0x80 == 0 { 0 } else { 4 };
                self.known = 0;
            }
        }
        true
    }
}

/// The payload length that a header declares, once it is all there (RFC 6455, 5.2).
fn declared(header: &[u8]) -> Option<u64> {
    let short = header.get(1)? & 0x7f;
    match short {
        126 => Some(u64::from(u16::from_be_bytes(
            header.get(2..4)?.try_into().ok()?,
        ))),
        127 => Some(u64::from_be_bytes(header.get(2..10)?.try_into().ok()?)),
        _ => Some(u64::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use super::Gauge;
    use proptest::prelude::*;

    fn frame(length: u64, form: u8, payload: bool) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match form {
            0 => bytes.push(0x80 | u8::try_from(length).unwrap()),
            1 => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        if payload {
            bytes.extend([0xff; 4]);
            bytes.resize(bytes.len() + usize::try_from(length).unwrap(), 0xff);
        }
        bytes
    }

    proptest! {
        #[test]
        fn s_ws_5_frames_within_the_limit_pass_and_the_first_beyond_it_does_not_however_they_are_cut(
            small in proptest::collection::vec((0_u64..=100, 0_u8..3), 0..8),
            large in 101_u64..=u64::MAX,
            cut in 1_usize..40,
        ) {
            let mut gauge = Gauge::new(100);
            let within: Vec<u8> = small.iter().flat_map(|&(length, form)| frame(length, form, true)).collect();
            for piece in within.chunks(cut) {
                prop_assert!(gauge.pass(piece));
            }
            let beyond = frame(large, 2, false);
            let passed = beyond.chunks(cut).all(|piece| gauge.pass(piece));
            prop_assert!(!passed);
            prop_assert!(!gauge.pass(&[0]));
        }
    }
}
