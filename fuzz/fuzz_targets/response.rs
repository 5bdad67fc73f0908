//! Fuzzes responses: whatever bytes a server sends, reading them must end with a response or a failure.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pusher_platform_native::request::response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

thread_local! {
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
}

fuzz_target!(|bytes: &[u8]| {
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .unwrap();
            let answer = async {
                let answer = client.get(url).send().await.ok()?;
                response::read(answer).await.ok()
            };
            // The server waits for the request, because bytes that arrive earlier are not a response.
            let serve = async {
                let Ok((mut socket, _)) = listener.accept().await else {
                    return;
                };
                let mut head = [0; 256];
                let _ = socket.read(&mut head).await;
                let _ = socket.write_all(bytes).await;
                let _ = socket.shutdown().await;
            };
            let _ = tokio::join!(answer, serve);
        });
    });
});
