//! `layerscope serve`: the program itself, asked over a socket by friends and others.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::layerscope;

/// A running server, ended when dropped.
struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn site(place: &Path) -> std::path::PathBuf {
    let root = place.join("site");
    fs::create_dir_all(root.join("layers")).expect("a folder");
    fs::write(place.join("secret.txt"), "secret").expect("a file");
    fs::write(root.join("index.html"), "<p>home").expect("a file");
    fs::write(root.join("layers/index.html"), "<p>layers").expect("a file");
    fs::write(root.join("script.js"), "1").expect("a file");
    fs::write(root.join("tiles.webp"), "2").expect("a file");
    root
}

fn serve(root: &Path, more: &[&str], path: Option<&Path>) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerscope"));
    command
        .arg("serve")
        .arg(root)
        .args(["--port", "0"])
        .args(more);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("its output");
    BufReader::new(out).read_line(&mut line).expect("a line");
    let address = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_else(|| panic!("no address in {line:?}"));
    let address = address.parse().expect("an address");
    Serving { child, address }
}

/// What comes back for these bytes, until the server closes.
fn ask(serving: &Serving, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(serving.address).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time");
    // A refusal may come before all is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(serving: &Serving, target: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    ask(serving, request.as_bytes())
}

#[test]
fn pages_come_with_their_types_and_only_to_this_machine() {
    let place = tempfile::tempdir().expect("a folder");
    let serving = serve(&site(place.path()), &[], None);
    assert!(serving.address.ip().is_loopback());
    let home = get(&serving, "/");
    assert!(
        home.starts_with("HTTP/1.1 200 OK\r\n") && home.ends_with("\r\n\r\n<p>home"),
        "{home}"
    );
    for (target, kind) in [
        ("/index.html", "text/html; charset=utf-8"),
        ("/script.js", "text/javascript; charset=utf-8"),
        ("/tiles.webp", "image/webp"),
    ] {
        let answer = get(&serving, target);
        assert!(
            answer.contains(&format!("Content-Type: {kind}\r\n")),
            "{target}: {answer}"
        );
        assert!(answer.contains("X-Content-Type-Options: nosniff\r\n"));
    }
    assert!(get(&serving, "/layers").contains("Location: /layers/\r\n"));
    let two = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD /layers/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answers = ask(&serving, two.as_bytes());
    assert_eq!(answers.matches("200 OK").count(), 2, "{answers}");
    assert!(
        answers.ends_with("\r\n\r\n"),
        "HEAD has no content: {answers}"
    );
}

#[test]
fn nothing_else_is_served_whatever_is_asked() {
    let place = tempfile::tempdir().expect("a folder");
    let root = site(place.path());
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", root.join("link.txt")).expect("a link");
    let serving = serve(&root, &[], None);
    for target in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/layers/..%5c..%5csecret.txt",
        "/link.txt",
        "/nowhere",
    ] {
        let answer = get(&serving, target);
        assert!(
            answer.starts_with("HTTP/1.1 404 Not Found") && !answer.contains("secret"),
            "{target}: {answer}"
        );
    }
    let refused = [
        (&b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"[..], "421"),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
            "413",
        ),
        (b"DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
        (b"\0\0\0\0\r\n\r\n", "400"),
    ];
    for (request, status) in refused {
        let answer = ask(&serving, request);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    let mut long = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec();
    long.resize(8 << 20, b'a');
    assert!(ask(&serving, &long).starts_with("HTTP/1.1 431 "));
    // And after all that it still serves.
    assert!(get(&serving, "/").ends_with("<p>home"));
}

#[test]
fn what_cannot_be_served_ends_with_2_and_says_why() {
    let place = tempfile::tempdir().expect("a folder");
    let root = site(place.path());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let root = root.to_string_lossy();
    for (arguments, words) in [
        (vec!["serve", "nowhere"], "nowhere could not be read"),
        (vec!["serve", "secret.txt"], "secret.txt is a file"),
        (vec!["serve", "."], "holds no index.html"),
        (
            vec!["serve", &root, "--port", &port],
            "Choose another with --port",
        ),
    ] {
        let output = layerscope(place.path(), &arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(words), "{arguments:?}: {message}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn open_hands_the_address_to_the_browser() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().expect("a folder");
    let root = site(place.path());
    let (browser, seen) = (place.path().join("xdg-open"), place.path().join("seen"));
    let script = format!(
        "#!/bin/sh\necho \"$1\" > {}.new && /bin/mv {0}.new {0}\n",
        seen.display()
    );
    fs::write(&browser, script).expect("a script");
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("a mode");
    let serving = serve(&root, &["--open"], Some(place.path()));
    let address = format!("http://{}/\n", serving.address);
    let found = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        fs::read_to_string(&seen).ok()
    });
    assert_eq!(found, Some(address));
}
