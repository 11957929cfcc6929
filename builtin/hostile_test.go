package builtin

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/internal/container"
)

// TestHostileFile decodes files of 100 bytes that are whole by their checksum
// and hold nonsense, the first of them before any model has been parsed: each
// costs less than 16 MB.
func TestHostileFile(t *testing.T) {
	for _, name := range Names() {
		m, err := Model(name)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := hourglass.ParseModel(bytes.Clone(m.File()))
		if err != nil {
			t.Fatal(err)
		}
		c := m.Config()
		for _, fill := range []byte{0, 0x55, 0xff} {
			var file bytes.Buffer
			payload := bytes.Repeat([]byte{fill}, 84)
			err := container.WriteImage(&file, &container.Image{
				Model: container.ShortID(idOf(m)), Shape: container.Shape{Width: c.Width, Height: c.Height, Channels: m.Channels()},
				Quality: 100, Payload: payload,
			})
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err = hourglass.DecodeWith(&file, &hourglass.DecodeOptions{Models: []*hourglass.Model{fresh}})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, hourglass.ErrCorrupt) && !errors.Is(err, hourglass.ErrTruncated) {
				t.Errorf("%s, bytes %#x: %v", name, fill, err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
				t.Errorf("%s, bytes %#x: %d bytes allocated", name, fill, n)
			} else {
				t.Logf("%s, bytes %#x: %d bytes allocated in %v: %v", name, fill, n, took, err)
			}
		}
	}
}

// idOf returns the beginning of a model's name.
func idOf(m *hourglass.Model) container.ShortID { return container.ModelID(m.ID()).Short() }
