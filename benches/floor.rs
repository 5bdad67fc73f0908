//! Measures what hyper-util and rustls take, without JavaScript, for the requests of `bench/requests.js`: requests per second, and
//! the CPU time of a request, which is read from Linux. Requires Node, and measures with nginx if it is installed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use pusher_platform_native::trust::{Versions, tls_config};

const AT_ONCE: usize = 64;
const TIME: Duration = Duration::from_secs(3);

/// Starts the server of the benchmark, which ends with its standard input, and prints its port.
const SERVER: &str = "
    require('./bench/server').startServer('/').then(({ port, stop }) => {
      console.log(port);
      process.stdin.resume().on('end', stop);
    })";

fn main() {
    let mut server = Command::new("node")
        .args(["-e", SERVER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node runs");
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut port)
        .unwrap();
    let uri = format!("https://127.0.0.1:{}/small", port.trim());

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(measure(&uri.parse().unwrap()));
    drop(server.stdin.take());
    server.wait().unwrap();
}

async fn measure(uri: &Uri) {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let tls = tls_config(None, Versions::default()).unwrap();
    let client = Client::builder(TokioExecutor::new())
        .build::<_, Full<Bytes>>(HttpsConnector::from((tcp, tls)));

    let (start, cpu) = (Instant::now(), cpu_time());
    let workers = (0..AT_ONCE).map(|_| {
        let (client, uri) = (client.clone(), uri.clone());
        tokio::spawn(async move {
            let mut count = 0;
            while start.elapsed() < TIME {
                let mut request = Request::new(Full::default());
                *request.uri_mut() = uri.clone();
                *request.headers_mut() = headers();
                let answer = client.request(request).await.unwrap();
                assert_eq!(
                    answer.into_body().collect().await.unwrap().to_bytes().len(),
                    100
                );
                count += 1;
            }
            count
        })
    });
    let mut count = 0_u32;
    for worker in workers.collect::<Vec<_>>() {
        count += worker.await.unwrap();
    }
    let rate = f64::from(count) / start.elapsed().as_secs_f64();
    let each = (cpu_time() - cpu).as_secs_f64() * 1e6 / f64::from(count);
    println!("{rate:.0} requests per second, {each:.1} µs of CPU time each");
}

/// Returns the headers that the SDK sends.
fn headers() -> HeaderMap {
    let token = format!("Bearer {}", "a".repeat(300));
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-sdk-product", "bench"),
        ("x-sdk-version", "1.0.0"),
        ("x-sdk-language", "node"),
        ("x-sdk-platform", "server"),
        ("authorization", &token),
        ("accept", "*/*"),
    ] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// Returns the CPU time of this thread, on which everything runs (Linux's `/proc/PID/schedstat`).
fn cpu_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}
