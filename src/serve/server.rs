//! [`Server`]: listens on this machine's own address and answers each connection on a thread of its own.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::ServeError;
use super::files::Folder;
use super::request::{Refused, Request};
use super::response::{Response, Status};

/// The first port that is tried where none is asked for, and how many.
const FIRST_PORT: u16 = 8000;
const PORTS: u16 = 20;
/// How long a connection may say nothing, and how long it may last.
const SILENCE: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(300);
/// Connections at a time; a browser opens six.
const MOST_CONNECTIONS: usize = 64;

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The first free one from 8000, so that the address is mostly the same; any free one where those are taken.
    Any,
    /// This one; 0 for any free one.
    This(u16),
}

/// A folder at an address of this machine that other machines cannot reach.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    folder: Folder,
}

impl Server {
    /// Takes a port for a report's folder. From then on requests wait to be answered by [`Self::run`].
    ///
    /// # Errors
    /// [`ServeError`] if the folder holds no report or the port cannot be had.
    pub fn bind(folder: &Path, port: Port) -> Result<Self, ServeError> {
        let folder = Folder::open(folder)?;
        let listener = match port {
            Port::This(port) => listen(port)?,
            Port::Any => (FIRST_PORT..FIRST_PORT + PORTS)
                .find_map(|port| listen(port).ok())
                .map_or_else(|| listen(0), Ok)?,
        };
        let address = listener
            .local_addr()
            .map_err(|source| ServeError::Port { port: 0, source })?;
        Ok(Self {
            listener,
            address,
            folder,
        })
    }

    /// The address to open in a browser.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers requests until the program is ended.
    pub fn run(&self) -> ! {
        let open = Arc::new(AtomicUsize::new(0));
        loop {
            let Ok((stream, from)) = self.listener.accept() else {
                // Out of file handles, say; waiting a little is all that helps.
                std::thread::sleep(Duration::from_millis(50));
                continue;
            };
            // The system sends nothing else to a loopback address; asked all the same, for it must hold.
            if !from.ip().is_loopback() || open.load(Ordering::Relaxed) >= MOST_CONNECTIONS {
                continue;
            }
            open.fetch_add(1, Ordering::Relaxed);
            let (folder, count) = (self.folder.clone(), Open(Arc::clone(&open)));
            // Where no thread is to be had, the connection is dropped and the browser asks again.
            let _ = std::thread::Builder::new()
                .name("connection".into())
                .spawn(move || {
                    let _count = count;
                    // Whoever hangs up gets no answer; that is no fault of the server's.
                    let _ = converse(&folder, stream);
                });
        }
    }
}

/// Counts an open connection until it is dropped.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn listen(port: u16) -> Result<TcpListener, ServeError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|source| ServeError::Port { port, source })
}

/// Answers the requests of one connection, one after the other.
fn converse(folder: &Folder, mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    stream.set_nodelay(true)?;
    let (begun, mut left) = (Instant::now(), Vec::new());
    loop {
        match Request::read(&mut stream, &mut left) {
            Ok(request) => {
                let keep_alive = request.keep_alive && begun.elapsed() < LONGEST;
                let response = folder.answer(&request.target);
                send(&response, &mut stream, request.head_only, keep_alive)?;
                if !keep_alive {
                    return stream.shutdown(Shutdown::Both);
                }
            }
            Err(Refused::Gone) => return Ok(()),
            Err(Refused::With(status)) => return refuse(status, &mut stream),
        }
    }
}

fn send(
    response: &Response,
    stream: &mut TcpStream,
    head_only: bool,
    keep_alive: bool,
) -> io::Result<()> {
    let mut buffer = io::BufWriter::with_capacity(64 << 10, stream);
    response.write(&mut buffer, head_only, keep_alive)?;
    buffer.flush()
}

/// Says why and closes. What the other side still sends is read for a moment, for closing on unread bytes would
/// cut the answer off.
fn refuse(status: Status, stream: &mut TcpStream) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(1);
    send(&Response::empty(status), stream, false, false)?;
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let (begun, mut rest) = (Instant::now(), [0; 4096]);
    while begun.elapsed() < PATIENCE && io::Read::read(stream, &mut rest)? > 0 {}
    Ok(())
}
