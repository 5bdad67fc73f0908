//! Measures what the requests of `bench/requests.js` take without JavaScript, over this project's connection pool and over
//! hyper-util's client, in turns: requests per second, and the CPU time of a request, which is read from Linux. Requires Node, and
//! measures with nginx if it is installed.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use pusher_platform_native::request::connector::Connector;
use pusher_platform_native::request::pool::Pool;
use pusher_platform_native::request::resolver::Resolver;
use pusher_platform_native::request::target::Origin;
use pusher_platform_native::trust::{Versions, tls_config};

const AT_ONCE: usize = 64;
const TURN: Duration = Duration::from_millis(200);
const TURNS: usize = 15;

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
    runtime.block_on(compare(&uri.parse().unwrap()));
    drop(server.stdin.take());
    server.wait().unwrap();
}

async fn compare(uri: &Uri) {
    let tls = || tls_config(None, Versions::default()).unwrap();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(HttpsConnector::from((tcp, tls())));
    let connector = Connector::new(Resolver::new(None), tls(), None).unwrap();
    let pool = Pool::new(connector);
    let origin = Origin::of(&uri.to_string().parse().unwrap()).unwrap();

    let path: Uri = uri.path().parse().unwrap();
    let uri = uri.clone();
    let by_client = move || by_client(client.clone(), uri.clone());
    let by_pool = move || by_pool(pool.clone(), origin.clone(), path.clone());
    // The connections are opened before the measurement.
    measure(by_client.clone()).await;
    measure(by_pool.clone()).await;
    let mut times = [Times::default(), Times::default()];
    for _ in 0..TURNS {
        times[0].add(measure(by_pool.clone()).await);
        times[1].add(measure(by_client.clone()).await);
    }
    println!("this project's pool: {}", times[0]);
    println!("hyper-util's client: {}", times[1]);
}

async fn by_client(client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>, uri: Uri) -> Bytes {
    let answer = client.request(request(uri)).await.unwrap();
    answer.into_body().collect().await.unwrap().to_bytes()
}

async fn by_pool(pool: Pool, origin: Origin, path: Uri) -> Bytes {
    let mut request = request(path);
    request
        .headers_mut()
        .insert(header::HOST, origin.host().clone());
    let Ok(answer) = pool.send(&origin, request).await else {
        panic!("the request failed");
    };
    let body = answer.response.into_body().collect().await.unwrap();
    answer.lease.release();
    body.to_bytes()
}

/// Elapsed time, CPU time and the number of requests.
#[derive(Default)]
struct Times(Duration, Duration, u32);

impl Times {
    fn add(&mut self, other: Self) {
        self.0 += other.0;
        self.1 += other.1;
        self.2 += other.2;
    }
}

impl fmt::Display for Times {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let count = f64::from(self.2);
        let (rate, each) = (
            count / self.0.as_secs_f64(),
            self.1.as_secs_f64() * 1e6 / count,
        );
        write!(
            formatter,
            "{rate:.0} requests per second, {each:.1} µs of CPU time each"
        )
    }
}

/// Sends requests for a turn, many at once.
async fn measure<F: Future<Output = Bytes> + Send + 'static>(
    send: impl Fn() -> F + Clone + Send + 'static,
) -> Times {
    let (start, cpu) = (Instant::now(), cpu_time());
    let workers = (0..AT_ONCE).map(|_| {
        let send = send.clone();
        tokio::spawn(async move {
            let mut count = 0;
            while start.elapsed() < TURN {
                assert_eq!(send().await.len(), 100);
                count += 1;
            }
            count
        })
    });
    let mut count = 0;
    for worker in workers.collect::<Vec<_>>() {
        count += worker.await.unwrap();
    }
    Times(start.elapsed(), cpu_time() - cpu, count)
}

fn request(uri: Uri) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri;
    *request.headers_mut() = headers();
    request
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
