package classical

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hourglass-codec/hourglass/internal/eval"
)

// A tool is a pair of commands that turn a PNG file into another format and
// back.
type tool struct {
	name     string
	settings []eval.Setting
	mosaic   []eval.Setting
	encoder  string
	decoder  string
	debian   string   // the package that has them
	version  []string // arguments with which the encoder prints its version
	options  string   // what Format.Version is to say of the fixed options

	extension string
	encode    func(s eval.Setting, in, out string) []string // arguments of the encoder
	decode    func(in, out string) []string                 // and of the decoder
}

// installed reports whether both commands are there.
func (t tool) installed() bool {
	for _, command := range []string{t.encoder, t.decoder} {
		if _, err := exec.LookPath(command); err != nil {
			return false
		}
	}
	return true
}

// format returns the tool as a Format, or says that it is missing.
func (t tool) format() Format {
	if !t.installed() {
		return unavailable(t.name, fmt.Sprintf("%s and %s are missing (Debian package %s), and so is a library (build tag nodynamic)",
			t.encoder, t.decoder, t.debian))
	}
	return Format{
		Name:     t.name,
		Version:  strings.TrimSpace(t.encoder + " " + t.firstLine() + " " + t.options),
		Settings: t.settings,
		Mosaic:   t.mosaic,
		Slow:     true,
		Encode: func(ctx context.Context, m image.Image, s eval.Setting) (data []byte, err error) {
			var in bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&in, m); err != nil {
				return nil, err
			}
			return convert(ctx, t.encoder, in.Bytes(), ".png", "."+t.extension, func(in, out string) []string {
				return t.encode(s, in, out)
			})
		},
		Decode: func(ctx context.Context, data []byte) (image.Image, error) {
			out, err := convert(ctx, t.decoder, data, "."+t.extension, ".png", t.decode)
			if err != nil {
				return nil, err
			}
			return png.Decode(bytes.NewReader(out))
		},
	}
}

// firstLine is the first line of what the encoder prints of its version.
func (t tool) firstLine() string {
	if t.version == nil {
		return ""
	}
	out, err := exec.Command(t.encoder, t.version...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}

// convert runs a command on a file with the given contents and returns what it
// writes to another.
func convert(ctx context.Context, command string, data []byte, from, to string, arguments func(in, out string) []string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "eval")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "in"+from), filepath.Join(dir, "out"+to)
	if err := os.WriteFile(in, data, 0o600); err != nil {
		return nil, err
	}
	if text, err := exec.CommandContext(ctx, command, arguments(in, out)...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", command, err, bytes.TrimSpace(text))
	}
	return os.ReadFile(out)
}
