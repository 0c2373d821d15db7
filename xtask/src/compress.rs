//! `.br` and `.gz` beside every text-like asset, so that the server sends the smallest form without ever compressing.

use crate::Result;
use crate::workspace::{all_files_below, read_bytes, write};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fonts and pictures are compressed already.
const COMPRESSIBLE: [&str; 9] = [
    "wasm",
    "js",
    "mjs",
    "css",
    "html",
    "svg",
    "json",
    "webmanifest",
    "txt",
];
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW_BITS: u32 = 22;

/// Compresses what can be compressed below `dir`, on all cores. Returns how many files that were.
pub(crate) fn directory(dir: &Path) -> Result<usize> {
    let files: Vec<PathBuf> = all_files_below(dir)
        .into_iter()
        .filter(|path| is_compressible(path))
        .collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            file(path)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| Err("a compressing thread panicked".to_owned()))
            })
            .collect::<Result<Vec<()>>>()
    })?;
    Ok(files.len())
}

/// The length of `content` at the quality used for assets, in bytes.
pub(crate) fn brotli_length(content: &[u8]) -> Result<usize> {
    brotli(content).map(|compressed| compressed.len())
}

/// `index.html` → `index.html.br`
pub(crate) fn sibling(path: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

pub(crate) fn is_compressible(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| COMPRESSIBLE.iter().any(|known| extension == *known))
}

fn file(path: &Path) -> Result<()> {
    let content = read_bytes(path)?;
    write(&sibling(path, "br"), &brotli(&content)?)?;
    write(&sibling(path, "gz"), &gzip(&content)?)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut writer =
        brotli::CompressorWriter::new(Vec::new(), 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW_BITS);
    writer
        .write_all(content)
        .map_err(|error| format!("brotli: {error}"))?;
    Ok(writer.into_inner())
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer
        .write_all(content)
        .and_then(|()| writer.finish())
        .map_err(|error| format!("gzip: {error}"))
}

#[cfg(test)]
mod tests {
    use super::{brotli, gzip, is_compressible, sibling};
    use std::io::Read;
    use std::path::Path;

    #[test]
    fn what_is_compressed_reads_back() {
        let content = b"a line that comes again and again\n".repeat(200);
        let mut read = Vec::new();
        brotli::Decompressor::new(brotli(&content).unwrap().as_slice(), 4096)
            .read_to_end(&mut read)
            .unwrap();
        assert_eq!(read, content);
        read.clear();
        flate2::read::GzDecoder::new(gzip(&content).unwrap().as_slice())
            .read_to_end(&mut read)
            .unwrap();
        assert_eq!(read, content);
    }

    #[test]
    fn fonts_stay_as_they_are() {
        assert!(is_compressible(Path::new("a/app.wasm")));
        assert!(!is_compressible(Path::new("a/inter.woff2")));
        assert_eq!(
            sibling(Path::new("a/app.css"), "br"),
            Path::new("a/app.css.br")
        );
    }
}
