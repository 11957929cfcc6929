package main

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hourglass-codec/hourglass/dataset/npy"
)

// packProcess returns a process that packs, slowly enough to be stopped.
func packProcess(t *testing.T, images, model, archive string, more ...string) *exec.Cmd {
	t.Helper()
	return command(t, append([]string{"pack", images, "--model", model, "--out", archive, "--threads", "1"}, more...)...)
}

// signalAtSize sends a signal once a file has so many bytes, and waits for the
// end. It reports false if the process succeeds before.
func (p *process) signalAtSize(t *testing.T, s os.Signal, path string, size int64) (sent bool, err error) {
	t.Helper()
	for {
		if info, err := os.Stat(path); err == nil && info.Size() >= size && !sent {
			if err := p.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			sent = true
		}
		select {
		case err := <-p.exited:
			if err != nil && !sent {
				t.Fatalf("%q: %v\n%s", p.Args, err, p.output.String())
			}
			return sent && err != nil, err
		case <-time.After(100 * time.Microsecond):
		}
	}
}

// TestPackKill kills a process at several points of its run, each time going on,
// and compares the archive with that of a run that was left alone.
func TestPackKill(t *testing.T) {
	alone(t)
	const n = 12000
	model, images := untrainedModel(t, 1, 1e6), imagesFile(t, n)
	dir := t.TempDir()
	left, killed := filepath.Join(dir, "left.hga"), filepath.Join(dir, "killed.hga")
	mustRun(t, packProcess(t, images, model, left))
	whole := readFile(t, left)
	kills := 0
	for _, percent := range []int64{0, 1, 10, 20, 30, 50, 70, 90} {
		size := int64(len(whole)) * percent / 100
		if sent, _ := start(t, packProcess(t, images, model, killed, "--resume")).signalAtSize(t, os.Kill, partial(killed), size); sent {
			kills++
		}
		if pathExists(killed) {
			break
		}
	}
	if kills < 4 {
		t.Errorf("only %d kills before the end", kills)
	}
	mustRun(t, packProcess(t, images, model, killed, "--resume"))
	if !bytes.Equal(readFile(t, killed), whole) {
		t.Error("killed and resumed, the archive is another")
	}
	checkPackFolder(t, dir, "killed.hga", "left.hga")
	mustRun(t, packProcess(t, images, model, killed, "--resume")) // nothing to go on with
}

// checkPackFolder fails if there is anything but the named files in a folder.
func checkPackFolder(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	for _, path := range entries(t, dir)[1:] {
		got = append(got, filepath.Base(path))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

// TestAppendKill kills a process that adds to an archive: the archive is the old
// one until it is the new one.
func TestAppendKill(t *testing.T) {
	alone(t)
	model, few, many := untrainedModel(t, 1, 1e6), imagesFile(t, 100), imagesFile(t, 12000)
	dir := t.TempDir()
	left, killed := filepath.Join(dir, "left.hga"), filepath.Join(dir, "killed.hga")
	for _, archive := range []string{left, killed} {
		mustRun(t, packProcess(t, few, model, archive))
	}
	old := readFile(t, left)
	mustRun(t, packProcess(t, many, model, left, "--append"))
	whole := readFile(t, left)
	kills := 0
	for _, percent := range []int64{0, 5, 30, 60, 90} {
		more := []string{"--append"}
		if pathExists(partial(killed)) {
			more = append(more, "--resume")
		}
		size := int64(len(old)) + int64(len(whole)-len(old))*percent/100
		sent, _ := start(t, packProcess(t, many, model, killed, more...)).signalAtSize(t, os.Kill, partial(killed), size)
		if !sent {
			break
		}
		kills++
		if !bytes.Equal(readFile(t, killed), old) {
			t.Fatalf("killed at %d %%, the old archive has changed", percent)
		}
	}
	if kills < 3 {
		t.Errorf("only %d kills before the end", kills)
	}
	if pathExists(partial(killed)) {
		mustRun(t, packProcess(t, many, model, killed, "--append", "--resume"))
	}
	if !bytes.Equal(readFile(t, killed), whole) {
		t.Error("killed and resumed, the archive is another")
	}
	checkPackFolder(t, dir, "killed.hga", "left.hga")
	c := packProcess(t, many, model, killed, "--append", "--resume")
	if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "there is no "+partial(killed)) {
		t.Errorf("nothing to go on with: %v\n%s", err, out)
	}
}

// TestPackInterrupt stops a process as Ctrl-C does, and while it runs starts
// another one.
func TestPackInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send Ctrl-C to another one here")
	}
	alone(t)
	model, images := untrainedModel(t, 1, 1e6), imagesFile(t, 12000)
	archive := filepath.Join(t.TempDir(), "a.hga")
	p := start(t, packProcess(t, images, model, archive))
	for !pathExists(partial(archive)) {
		time.Sleep(time.Millisecond)
	}
	status, _, stderr := call(t, "pack", images, "--model", model, "--out", archive, "--resume")
	if status != exitError || !strings.Contains(stderr, "another process is packing") {
		t.Errorf("two at once: %d, %s", status, stderr)
	}
	sent, err := p.signalAtSize(t, os.Interrupt, partial(archive), 5000)
	if exit := (*exec.ExitError)(nil); !sent || !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Fatalf("%v\n%s", err, p.output.String())
	}
	if out := p.output.String(); !strings.Contains(out, "--resume") || !strings.Contains(out, "of 12,000 images") {
		t.Errorf("the output does not say how to go on:\n%s", out)
	}
	checkPackFolder(t, filepath.Dir(archive), "a.hga.part")
	mustRun(t, packProcess(t, images, model, archive, "--resume"))
	mustCall(t, "verify", archive, "--model", model)
}

// TestPackPipe goes through standard input and output.
func TestPackPipe(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	pipe := func(in []byte, args ...string) []byte {
		t.Helper()
		c := command(t, args...)
		var out, problem bytes.Buffer
		c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(in), &out, &problem
		if err := c.Run(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, problem.String())
		}
		return out.Bytes()
	}
	images := readFile(t, imagesFile(t, 70))
	archive := pipe(images, "pack", "-", "--model", model, "--out", "-")
	if out := pipe(archive, "verify", "-", "--model", model); !strings.Contains(string(out), "70 images") {
		t.Errorf("verify prints %s", out)
	}
	if runtime.GOOS == "linux" {
		pipe(archive, "verify", "/dev/stdin", "--model", model)
	}
	raw := pipe(archive, "unpack", "-", "--model", model, "--out", "-", "--to", "npy")
	if shape, _, err := npy.Read[uint8](bytes.NewReader(raw), npy.Options{}); err != nil || shape[0] != 70 {
		t.Errorf("%v, %v", shape, err)
	}
	one := pipe(archive, "decode", "-", "--number", "69", "--model", model)
	if out := pipe(one, "encode", "-", "--model", model); string(out[:3]) != "HGI" {
		t.Errorf("encode writes %q", out[:3])
	} else if c, err := png.DecodeConfig(bytes.NewReader(pipe(out, "decode", "-", "--model", model))); err != nil || c.Width != testSide {
		t.Errorf("%v", err)
	}
	dir, names := picturesFolder(t, 3)
	list := filepath.Join(dir, names[0]) + "\n" + filepath.Join(dir, names[1]) + "\n"
	if out := pipe([]byte(list), "pack", "--files-from", "-", "--model", model, "--out", "-"); string(out[:3]) != "HGA" {
		t.Errorf("pack writes %q", out[:3])
	}
}
