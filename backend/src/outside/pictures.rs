//! Making a square picture of whatever image came in: the type from its first bytes, the dimensions before
//! the pixels, bounded memory, everything re-encoded from pixels so that nothing else of the file survives.

use image::{
    DynamicImage, ExtendedColorType, GenericImageView, ImageDecoder, ImageEncoder, ImageError,
    ImageFormat, ImageReader, Limits, RgbaImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::{self, FilterType},
};
use std::io::{BufRead, Read, Seek, SeekFrom};

/// Sides of the two sizes, in pixels.
const LARGE: u32 = 256;
const SMALL: u32 = 64;
/// Largest picture that is decoded (S-UP-3).
const MAX_PIXELS: u64 = 40_000_000;
const MAX_SIDE: u32 = 16_384;
/// Four bytes for each of these pixels, and some room for the decoder.
const MAX_ALLOC: u64 = 176 * 1024 * 1024;
/// Shrinking goes in two steps: a fast one to this side, then a good one.
const HALFWAY: u32 = 2 * LARGE;
const JPEG_QUALITY: u8 = 85;

/// What the picture is stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Photographs.
    Jpeg,
    /// Pictures with transparent parts.
    Png,
}

impl Kind {
    /// The end of its file name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// Two square pictures.
#[derive(Debug)]
pub struct Rendered {
    /// 256 by 256.
    pub large: Vec<u8>,
    /// 64 by 64.
    pub small: Vec<u8>,
    /// What both are encoded as.
    pub kind: Kind,
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No type that is decoded here.
    Type,
    /// More pixels than are decoded here.
    TooLarge,
    /// It says it is an image, but does not decode.
    Broken,
}

/// Reads an image and makes the two sizes of its middle. Takes a second or two for the largest: not for a
/// worker's thread.
///
/// # Errors
/// Why there is no picture.
pub fn render<R: BufRead + Seek>(mut source: R) -> Result<Rendered, Refused> {
    let format = sniff(&mut source)?;
    let mut reader = ImageReader::with_format(source, format);
    let mut bounds = Limits::default();
    bounds.max_image_width = Some(MAX_SIDE);
    bounds.max_image_height = Some(MAX_SIDE);
    bounds.max_alloc = Some(MAX_ALLOC);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_ALLOC {
        return Err(Refused::TooLarge);
    }
    if width == 0 || height == 0 {
        return Err(Refused::Broken);
    }
    // Broken EXIF is no reason to refuse a picture.
    let orientation = decoder.orientation().ok();
    let image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    let mut square = DynamicImage::ImageRgba8(middle(&image));
    drop(image);
    if let Some(orientation) = orientation {
        square.apply_orientation(orientation);
    }
    let square = square.into_rgba8();
    let large = imageops::resize(&square, LARGE, LARGE, FilterType::Lanczos3);
    let small = imageops::resize(&square, SMALL, SMALL, FilterType::Lanczos3);
    let kind = if large.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        Kind::Jpeg
    } else {
        Kind::Png
    };
    Ok(Rendered {
        large: encode(&large, kind)?,
        small: encode(&small, kind)?,
        kind,
    })
}

/// The type by its first bytes, whatever the sender calls it; only those with a decoder compiled in.
fn sniff<R: Read + Seek>(source: &mut R) -> Result<ImageFormat, Refused> {
    let mut start = Vec::with_capacity(12);
    source
        .by_ref()
        .take(12)
        .read_to_end(&mut start)
        .and_then(|_| source.seek(SeekFrom::Start(0)))
        .map_err(|_| Refused::Broken)?;
    match start.as_slice() {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(ImageFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Ok(ImageFormat::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(ImageFormat::Gif),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Ok(ImageFormat::WebP),
        _ => Err(Refused::Type),
    }
}

/// The square in the middle, no larger than needed. Large ones are shrunk straight out of the picture,
/// without a copy of it.
fn middle(image: &DynamicImage) -> RgbaImage {
    let (width, height) = image.dimensions();
    let side = width.min(height);
    let view = image.view((width - side) / 2, (height - side) / 2, side, side);
    if side > HALFWAY {
        imageops::thumbnail(&*view, HALFWAY, HALFWAY)
    } else {
        view.to_image()
    }
}

fn encode(picture: &RgbaImage, kind: Kind) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    let encoded = match kind {
        Kind::Png => PngEncoder::new(&mut bytes).write_image(
            picture,
            width,
            height,
            ExtendedColorType::Rgba8,
        ),
        Kind::Jpeg => {
            let rgb: Vec<u8> = picture
                .pixels()
                .flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]])
                .collect();
            JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(
                &rgb,
                width,
                height,
                ExtendedColorType::Rgb8,
            )
        }
    };
    encoded.map(|()| bytes).map_err(|error| refused(&error))
}

fn refused(error: &ImageError) -> Refused {
    match error {
        ImageError::Limits(_) => Refused::TooLarge,
        ImageError::Unsupported(_) => Refused::Type,
        _ => Refused::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;
    use std::io::Cursor;

    fn encoded(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let image = DynamicImage::ImageRgba8(picture.clone());
        let image = if format == ImageFormat::Jpeg {
            DynamicImage::ImageRgb8(image.into_rgb8())
        } else {
            image
        };
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn rendered(bytes: &[u8]) -> Result<Rendered, Refused> {
        render(Cursor::new(bytes))
    }

    fn decoded(bytes: &[u8]) -> RgbaImage {
        image::load_from_memory(bytes).unwrap().into_rgba8()
    }

    const RED: Rgba<u8> = Rgba([200, 0, 0, 255]);
    const BLUE: Rgba<u8> = Rgba([0, 0, 200, 255]);

    #[test]
    fn s_up_4_every_type_on_the_list_becomes_two_squares_made_of_pixels() {
        let picture = RgbaImage::from_pixel(90, 40, RED);
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Gif,
            ImageFormat::WebP,
        ] {
            let rendered = rendered(&encoded(&picture, format)).unwrap();
            assert_eq!(rendered.kind, Kind::Jpeg, "{format:?}");
            assert_eq!(decoded(&rendered.large).dimensions(), (256, 256));
            assert_eq!(decoded(&rendered.small).dimensions(), (64, 64));
        }
    }

    #[test]
    fn the_middle_is_taken_and_the_sides_are_cut() {
        let picture =
            RgbaImage::from_fn(
                300,
                100,
                |x, _| if (100..200).contains(&x) { RED } else { BLUE },
            );
        let large = decoded(
            &rendered(&encoded(&picture, ImageFormat::Png))
                .unwrap()
                .large,
        );
        assert!(
            large
                .pixels()
                .all(|pixel| pixel.0[0] > 150 && pixel.0[2] < 60)
        );
    }

    #[test]
    fn a_large_picture_is_shrunk_in_two_steps_to_the_same_effect() {
        let picture = RgbaImage::from_fn(1400, 1000, |_, y| if y < 500 { RED } else { BLUE });
        let large = decoded(
            &rendered(&encoded(&picture, ImageFormat::Png))
                .unwrap()
                .large,
        );
        assert!(large.get_pixel(128, 20).0[0] > 150);
        assert!(large.get_pixel(128, 235).0[2] > 150);
    }

    #[test]
    fn transparent_parts_stay_transparent() {
        let picture = RgbaImage::from_pixel(50, 50, Rgba([0, 0, 0, 0]));
        let rendered = rendered(&encoded(&picture, ImageFormat::Png)).unwrap();
        assert_eq!(rendered.kind, Kind::Png);
        assert_eq!(decoded(&rendered.small).get_pixel(5, 5).0[3], 0);
    }

    /// A JPEG whose EXIF says "turn me a quarter to the right", with a place in it.
    fn turned() -> Vec<u8> {
        let picture = RgbaImage::from_fn(64, 64, |_, y| if y < 32 { RED } else { BLUE });
        let plain = encoded(&picture, ImageFormat::Jpeg);
        let mut exif =
            b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"GPS 38.7223N 9.1393W");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&plain[..2], &[0xFF, 0xE1], &length, &exif, &plain[2..]].concat()
    }

    #[test]
    fn a_turned_photograph_stands_upright_and_its_place_is_gone() {
        let source = turned();
        let rendered = rendered(&source).unwrap();
        let large = decoded(&rendered.large);
        // The red upper half turns to the right side.
        assert!(
            large.get_pixel(230, 128).0[0] > 150,
            "{:?}",
            large.get_pixel(230, 128)
        );
        assert!(large.get_pixel(25, 128).0[2] > 150);
        for bytes in [&rendered.large, &rendered.small] {
            assert!(
                !bytes
                    .windows(4)
                    .any(|window| window == b"Exif" || window == b"38.7")
            );
        }
    }

    #[test]
    fn s_up_1_the_type_comes_from_the_first_bytes_and_other_types_are_refused() {
        for bad in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            b"<!doctype html><script>alert(1)</script>",
            b"%PDF-1.7",
            b"BM\x36\0\0\0\0\0\0\0",
            b"II*\0\x08\0\0\0",
            b"\0\0\0\x20ftypavif",
            b"\x76\x2f\x31\x01",
            b"qoif",
            b"",
            b"GIF",
        ] {
            assert_eq!(rendered(bad).unwrap_err(), Refused::Type, "{bad:?}");
        }
    }

    #[test]
    fn a_broken_picture_is_refused_and_nothing_panics() {
        let picture = RgbaImage::from_fn(60, 60, |x, y| Rgba([x as u8, y as u8, 7, 255]));
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Gif,
            ImageFormat::WebP,
        ] {
            let whole = encoded(&picture, format);
            for end in (12..whole.len()).step_by(97) {
                let _ = rendered(&whole[..end]);
            }
            let mut scrambled = whole.clone();
            for place in (20..scrambled.len()).step_by(31) {
                scrambled[place] ^= 0x5A;
            }
            let _ = rendered(&scrambled);
        }
        let png = encoded(&picture, ImageFormat::Png);
        assert_eq!(rendered(&png[..60]).unwrap_err(), Refused::Broken);
    }

    /// A PNG that claims these dimensions and holds nothing.
    fn claims(width: u32, height: u32) -> Vec<u8> {
        let mut png = encoded(&RgbaImage::from_pixel(1, 1, RED), ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        png
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    0xEDB8_8320 ^ (crc >> 1)
                } else {
                    crc >> 1
                }
            })
        })
    }

    #[test]
    fn s_up_3_a_bomb_is_refused_by_its_dimensions_before_any_pixel() {
        for (width, height) in [
            (60_000, 60_000),
            (16_385, 1),
            (1, 16_385),
            (8_000, 8_000),
            (10_000, 4_001),
        ] {
            assert_eq!(
                rendered(&claims(width, height)).unwrap_err(),
                Refused::TooLarge,
                "{width}x{height}"
            );
        }
        let mut gif = encoded(&RgbaImage::from_pixel(1, 1, RED), ImageFormat::Gif);
        gif[6..10].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(rendered(&gif).unwrap_err(), Refused::TooLarge);
    }
}
