//! The first load: every byte that a browser fetches before somebody can read. It has a limit, and this file keeps it.

use crate::compress::{brotli_length, is_compressible, sibling};
use crate::workspace::{all_files_below, dist, read, read_bytes};
use crate::{Result, print};
use std::path::{Path, PathBuf};

/// Page, loader, module, styles and main font together, as sent. `docs/performance.md` tells where the weight is.
const LIMIT_BYTES: usize = 400 * 1024;

struct Asset {
    name: String,
    raw: usize,
    sent: usize,
}

/// Prints the table of the first load.
pub(crate) fn show() -> Result<()> {
    table().map(|_| ())
}

/// Prints the table and fails above the limit.
pub(crate) fn check() -> Result<()> {
    let sent = table()?;
    if sent > LIMIT_BYTES {
        return Err(format!(
            "the first load is {} and must not be above {}",
            kib(sent),
            kib(LIMIT_BYTES)
        ));
    }
    Ok(())
}

/// Prints the table; the sum of what is sent, in bytes.
fn table() -> Result<usize> {
    let assets = assets(&dist())?;
    let width = assets
        .iter()
        .map(|asset| asset.name.len())
        .max()
        .unwrap_or(0)
        .max(10);
    print(format!(
        "{:width$}  {:>11}  {:>11}",
        "first load", "file", "sent"
    ));
    for asset in &assets {
        print(format!(
            "{:width$}  {:>11}  {:>11}",
            asset.name,
            kib(asset.raw),
            kib(asset.sent)
        ));
    }
    let (raw, sent) = assets.iter().fold((0, 0), |(raw, sent), asset| {
        (raw + asset.raw, sent + asset.sent)
    });
    print(format!(
        "{:width$}  {:>11}  {:>11}  of {}",
        "together",
        kib(raw),
        kib(sent),
        kib(LIMIT_BYTES)
    ));
    Ok(sent)
}

fn assets(dist: &Path) -> Result<Vec<Asset>> {
    let index = dist.join("index.html");
    let page = read(&index)?;
    let files: Vec<(String, PathBuf)> = all_files_below(dist)
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_none_or(|extension| extension != "br" && extension != "gz")
        })
        .map(|path| {
            (
                path.strip_prefix(dist)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .replace('\\', "/"),
                path,
            )
        })
        .collect();
    let mut loaded: Vec<&(String, PathBuf)> = files
        .iter()
        .filter(|(name, path)| *path == index || page.contains(name.as_str()))
        .collect();
    if !loaded.iter().any(|(name, _)| is_font(name)) {
        let styles = loaded.iter().filter(|(name, _)| has_extension(name, "css"));
        let styles = styles
            .map(|(_, path)| read(path))
            .collect::<Result<String>>()?;
        loaded.extend(main_font(&files, &styles));
    }
    loaded
        .into_iter()
        .map(|(name, path)| measure(name, path))
        .collect()
}

/// The font that the styles name first.
fn main_font<'a>(files: &'a [(String, PathBuf)], styles: &str) -> Option<&'a (String, PathBuf)> {
    files
        .iter()
        .filter(|(name, _)| is_font(name))
        .filter_map(|file| Some((styles.find(file.0.rsplit('/').next()?)?, file)))
        .min_by_key(|(place, _)| *place)
        .map(|(_, file)| file)
}

fn measure(name: &str, path: &Path) -> Result<Asset> {
    let content = read_bytes(path)?;
    let sent = if !is_compressible(path) {
        content.len()
    } else if let Ok(compressed) = std::fs::metadata(sibling(path, "br")) {
        usize::try_from(compressed.len()).unwrap_or(usize::MAX)
    } else {
        brotli_length(&content)?
    };
    Ok(Asset {
        name: name.to_owned(),
        raw: content.len(),
        sent,
    })
}

fn is_font(name: &str) -> bool {
    has_extension(name, "woff2")
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|own| own == extension)
}

fn kib(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1024, bytes % 1024 * 10 / 1024)
}

#[cfg(test)]
mod tests {
    use super::{kib, main_font};
    use std::path::PathBuf;

    #[test]
    fn the_main_font_is_the_one_that_the_styles_name_first() {
        let files = [
            ("a.woff2".to_owned(), PathBuf::from("a")),
            ("fonts/b.woff2".to_owned(), PathBuf::from("b")),
            ("c.css".to_owned(), PathBuf::from("c")),
        ];
        let styles = "@font-face{src:url(/fonts/b.woff2)} @font-face{src:url(/a.woff2)}";
        assert_eq!(
            main_font(&files, styles).map(|font| font.0.as_str()),
            Some("fonts/b.woff2")
        );
        assert!(main_font(&files, "").is_none());
    }

    #[test]
    fn sizes_are_shown_with_one_digit() {
        assert_eq!(kib(1536), "1.5 KB");
        assert_eq!(kib(400 * 1024), "400.0 KB");
    }
}
