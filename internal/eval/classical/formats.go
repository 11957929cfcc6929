package classical

import (
	"strconv"

	"github.com/hourglass-codec/hourglass/internal/eval"
)

// The tools come first where they can do what the libraries cannot: avifenc
// codes grey images without chroma and can be told to tune for PSNR, cjxl codes
// them without alpha. WebP's library can be given luma in its full range, which
// cwebp squeezes to 219 levels, so there it is the other way round.

// avif is AVIF by avifenc, or else by the library.
func avif(colour bool) Format { return toolOrLibrary(avifTool(colour), colour) }

// webp is WebP by the library, or else by cwebp, which also does colour.
func webp(colour bool) Format {
	if f, ok := library("WebP", colour); ok {
		return f
	}
	return webpTool().format()
}

// jpegXL is JPEG XL by cjxl, or else by the library.
func jpegXL(colour bool) Format { return toolOrLibrary(jpegXLTool(), colour) }

func toolOrLibrary(t tool, colour bool) Format {
	if f, ok := library(t.name, colour); ok && !t.installed() {
		return f
	}
	return t.format()
}

// avifTool is libaom through libavif. The quality is the quantiser, 0 to 63.
// Ten bits code eight-bit images better than eight. The screen tools, of which
// the copying of blocks is the one that matters here, find repeated strokes in
// mosaics of digits; they are slow.
func avifTool(colour bool) tool {
	qualities := []float64{62, 58, 54, 50, 46, 42, 38, 34, 30, 26, 22}
	settings, mosaic := eval.Settings(qualities), eval.Settings(qualities, "screen")
	if colour {
		settings, mosaic = eval.Settings(qualities, "4:4:4", "4:2:0"), nil
	}
	return tool{
		name: "AVIF", encoder: "avifenc", decoder: "avifdec", debian: "libavif-bin",
		version: []string{"--version"}, options: "speed 1, screen speed 4, 10 bits, tune=psnr",
		settings: settings, mosaic: mosaic, extension: "avif",
		encode: func(s eval.Setting, in, out string) []string {
			q := strconv.Itoa(int(s.Quality))
			arguments := []string{"-j", "1", "-d", "10", "--min", q, "--max", q, "-a", "tune=psnr"}
			switch s.Variant {
			case "screen":
				arguments = append(arguments, "-y", "400", "-s", "4", "-a", "tune-content=screen")
			case "":
				arguments = append(arguments, "-y", "400", "-s", "1")
			case "4:4:4":
				arguments = append(arguments, "-y", "444", "-s", "1")
			case "4:2:0":
				arguments = append(arguments, "-y", "420", "-s", "1")
			}
			return append(arguments, in, out)
		},
		decode: func(in, out string) []string { return []string{"-d", "8", in, out} },
	}
}

// webpTool is libwebp without the spatial noise shaping and segments that serve
// the eye and cost PSNR.
func webpTool() tool {
	return tool{
		name: "WebP", encoder: "cwebp", decoder: "dwebp", debian: "webp",
		version: []string{"-version"}, options: "-m 6 -sns 0 -segments 1",
		settings: eval.Settings([]float64{1, 5, 10, 20, 35, 50, 65, 75, 82, 87, 92}), extension: "webp",
		encode: func(s eval.Setting, in, out string) []string {
			return []string{"-quiet", "-m", "6", "-sns", "0", "-segments", "1", "-q", s.String(), in, "-o", out}
		},
		decode: func(in, out string) []string { return []string{"-quiet", in, "-o", out} },
	}
}

// jpegXLTool is libjxl at effort 7. The quality is the Butteraugli distance.
func jpegXLTool() tool {
	return tool{
		name: "JPEG XL", encoder: "cjxl", decoder: "djxl", debian: "libjxl-tools",
		version: []string{"--version"}, options: "effort 7",
		settings: eval.Settings([]float64{0, 0.7, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 13}), extension: "jxl",
		encode: func(s eval.Setting, in, out string) []string {
			return []string{"--quiet", "-e", "7", "-d", s.String(), in, out}
		},
		decode: func(in, out string) []string { return []string{"--quiet", in, out} },
	}
}

// jpeg2000 is OpenJPEG. The quality is the PSNR that it aims at. The reversible
// 5-3 wavelet does better on such images than the 9-7, up to 40 dB.
func jpeg2000() Format {
	t := tool{
		name: "JPEG 2000", encoder: "opj_compress", decoder: "opj_decompress", debian: "libopenjp2-tools",
		options:  "5-3 wavelet, 4 resolutions",
		settings: eval.Settings([]float64{18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42}), extension: "j2k",
		encode: func(s eval.Setting, in, out string) []string {
			return []string{"-n", "4", "-q", s.String(), "-i", in, "-o", out}
		},
		decode: func(in, out string) []string { return []string{"-i", in, "-o", out} },
	}
	return t.format()
}
