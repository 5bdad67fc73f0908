//! Fuzzes responses: whatever bytes a server sends, reading them must end with a response or a failure.

#![no_main]

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use libfuzzer_sys::fuzz_target;
use pusher_platform_native::request::transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

thread_local! {
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
}

fuzz_target!(|bytes: &[u8]| {
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let (client, mut server) = tokio::io::duplex(bytes.len().max(1024));
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(client))
                    .await
                    .unwrap();
            let connection = tokio::spawn(connection);
            let request = http::Request::get("/").body(Empty::<Bytes>::new()).unwrap();
            let answer = async {
                let answer = sender.send_request(request).await.ok()?;
                transport::read_whole(answer).await.ok()
            };
            // The server waits for the request, because bytes that arrive earlier are not a response.
            let serve = async {
                let mut head = [0; 256];
                let _ = server.read(&mut head).await;
                let _ = server.write_all(bytes).await;
                let _ = server.shutdown().await;
            };
            let _ = tokio::join!(answer, serve);
            connection.abort();
        });
    });
});
