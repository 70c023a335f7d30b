//! Free TCP ports of the loopback address.
//!
//! They are taken from below the range that the kernel hands out to outgoing connections, so that a server
//! that is down for a moment finds its port free again. Whoever binds one is not protected from another
//! process doing so first: cluster start-up tries again with the next.

use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;

use crate::error::{Error, Result};

const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

/// A port that nothing listened on a moment ago.
pub(crate) fn free() -> Result<u16> {
    let start = RandomState::new().hash_one(std::process::id());
    (0..200_u64)
        .map(|i| FIRST + u16::try_from((start.wrapping_add(i * 7)) % u64::from(COUNT)).unwrap_or(0))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .ok_or_else(|| Error::new("200 ports of 127.0.0.1 were tried and none is free"))
}
