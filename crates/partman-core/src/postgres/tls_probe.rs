//! Asks a server whether it speaks TLS at all: the driver only says that a connection with TLS could not be had.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::settings::Host;

/// PostgreSQL's SSLRequest: its length and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// The answer of a server that has no TLS.
const NO: u8 = b'N';
const WITHIN: Duration = Duration::from_secs(2);

/// Whether the server says that it has none. One that doesn't answer says nothing.
pub(super) async fn has_none(host: &Host) -> bool {
    let asked = async {
        let mut server = match host.address() {
            Some(address) => TcpStream::connect((address, host.port())).await,
            None => TcpStream::connect((host.name(), host.port())).await,
        }?;
        server.write_all(&SSL_REQUEST).await?;
        server.read_u8().await
    };
    matches!(tokio::time::timeout(WITHIN, asked).await, Ok(Ok(NO)))
}
