package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hourglass-codec/hourglass"
	"github.com/hourglass-codec/hourglass/codec"
	"github.com/hourglass-codec/hourglass/dataset/idx"
	"github.com/hourglass-codec/hourglass/dataset/npy"
)

// testSide is the width and height of the images of these tests.
const testSide = 12

// untrainedModel writes the file of a model that nobody has trained, for images
// of testSide, and says that they take the given bytes.
func untrainedModel(t *testing.T, channels int, expected float64) string {
	t.Helper()
	c := codec.Small(testSide, testSide, channels)
	c.Features, c.Blocks, c.Hidden, c.Groups, c.Global = 8, 1, 8, []int{2, 2}, 4
	n := codec.NewNetwork(c, 1)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, v := range n.Variables() {
		for i := range v.Value().Data {
			v.Value().Data[i] += 0.2 * float32(rng.NormFloat64())
		}
	}
	rates := slices.Repeat([]float64{8 * expected}, len(c.Lambdas))
	var file bytes.Buffer
	if err := codec.WriteModel(&file, n, rates); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, fmt.Sprintf("model-%d.safetensors", channels), file.Bytes())
}

// writeFile writes a file in a folder of its own.
func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// testPixels returns n images that are like no others, (N, H, W).
func testPixels(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	pix := make([]byte, n*testSide*testSide)
	for i := range pix {
		number, place := i/(testSide*testSide), i%(testSide*testSide)
		pix[i] = byte(13*number + place + rng.IntN(9))
	}
	return pix
}

// idxFile writes an idx file.
func idxFile(t *testing.T, name string, data []byte, shape ...int) string {
	t.Helper()
	var b bytes.Buffer
	if err := writeIDX(&b, name, &idx.Array{Shape: shape, Data: data}); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, name, b.Bytes())
}

func imagesFile(t *testing.T, n int) string {
	t.Helper()
	return idxFile(t, "images.idx.gz", testPixels(n), n, testSide, testSide)
}

// testLabels returns the labels of n images.
func testLabels(n int) []byte {
	labels := make([]byte, n)
	for i := range labels {
		labels[i] = byte(i % 10)
	}
	return labels
}

func readIDX(t *testing.T, path string) *idx.Array {
	t.Helper()
	a, err := idx.Read(bytes.NewReader(readFile(t, path)), idx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// picturesFolder writes n PNG files to a folder, one of them below another.
func picturesFolder(t *testing.T, n int) (dir string, names []string) {
	t.Helper()
	dir = t.TempDir()
	pix := testPixels(n)
	const size = testSide * testSide
	for i := range n {
		name := fmt.Sprintf("deep/%03d.png", i)
		if i == n-1 {
			name = "last.png"
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		m := &image.Gray{Pix: pix[i*size : (i+1)*size], Stride: testSide, Rect: image.Rect(0, 0, testSide, testSide)}
		if err := writePNG(path, m); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return dir, names
}

// twiceAsLarge returns a picture that is too large for the models of these tests.
func twiceAsLarge() image.Image { return image.NewGray(image.Rect(0, 0, 2*testSide, 2*testSide)) }

// decodedPixels returns the pixels of all images of an archive, (N, H, W, C).
func decodedPixels(t *testing.T, archive, model string) (all []byte) {
	t.Helper()
	o, err := decodeOptions(model, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := openFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	a, err := hourglass.OpenArchive(f, f.size, o)
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range a.All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, item.Pix...)
	}
	return all
}

// An idx file with labels goes into an archive and comes out as idx, npy and PNG.
func TestPackArray(t *testing.T) {
	alone(t)
	const n = 150
	model := untrainedModel(t, 1, 1e6)
	images, labels := imagesFile(t, n), idxFile(t, "labels.idx.gz", testLabels(n), n)
	dir := t.TempDir()
	archive := filepath.Join(dir, "a.hga")
	var packed packResult
	callJSON(t, &packed, "pack", images, "--labels", labels, "--model", model, "--out", archive, "--quality", "70", "--embed-model")
	info, err := os.Stat(archive)
	if err != nil || packed.Images != n || packed.Packed != n || packed.Bytes != info.Size() || packed.Quality != 70 || packed.BytesPerImage != float64(info.Size())/n {
		t.Errorf("pack prints %+v, %v", packed, err)
	}
	want := decodedPixels(t, archive, "")

	t.Run("unpack idx", func(t *testing.T) {
		out, outLabels := filepath.Join(dir, "out.idx.gz"), filepath.Join(dir, "labels.idx")
		mustCall(t, "unpack", archive, "--out", out, "--labels", outLabels)
		if a := readIDX(t, out); !slices.Equal(a.Shape, []int{n, testSide, testSide}) || !bytes.Equal(a.Data, want) {
			t.Errorf("an array of %v, or other pixels", a.Shape)
		}
		if a := readIDX(t, outLabels); !slices.Equal(a.Shape, []int{n}) || !bytes.Equal(a.Data, testLabels(n)) {
			t.Errorf("labels %v", a.Data)
		}
	})
	t.Run("unpack npy", func(t *testing.T) {
		out := filepath.Join(dir, "out.npy")
		mustCall(t, "unpack", archive, "--out", out)
		shape, pix, err := npy.Read[uint8](bytes.NewReader(readFile(t, out)), npy.Options{})
		if err != nil || !slices.Equal(shape, []int{n, testSide, testSide, 1}) || !bytes.Equal(pix, want) {
			t.Errorf("an array of %v, or other pixels, %v", shape, err)
		}
		again := filepath.Join(dir, "again.hga")
		mustCall(t, "pack", out, "--model", model, "--out", again)
		if got := decodedPixels(t, again, model); len(got) != len(want) {
			t.Errorf("%d pixels of the packed .npy file", len(got))
		}
	})
	t.Run("unpack png", func(t *testing.T) {
		mustCall(t, "unpack", archive)
		for _, i := range []int{0, 149} {
			f, err := os.Open(filepath.Join(dir, "a", fmt.Sprintf("%05d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			m, err := png.Decode(f)
			const size = testSide * testSide
			if g, ok := m.(*image.Gray); err != nil || !ok || !bytes.Equal(g.Pix, want[i*size:(i+1)*size]) {
				t.Errorf("image %d has other pixels, %v", i, err)
			}
		}
		noLeftovers(t, dir)
	})
	t.Run("decode one", func(t *testing.T) {
		out := filepath.Join(dir, "one.png")
		mustCall(t, "decode", archive, "--number", "77", "--out", out)
		if !bytes.Equal(readFile(t, out), readFile(t, filepath.Join(dir, "a", "00077.png"))) {
			t.Error("it is another than unpack writes")
		}
	})
	t.Run("inspect", func(t *testing.T) {
		var i inspection
		callJSON(t, &i, "inspect", archive)
		sum, parts := int64(0), map[string]int64{}
		for _, p := range i.Parts {
			sum += p.Bytes
			parts[p.Part] = p.Bytes
		}
		if i.Images != n || i.Blocks != 3 || i.Quality != 70 || !i.Embedded || !i.Labels || i.Names || i.Model != packed.Model || sum != packed.Bytes {
			t.Errorf("inspect prints %+v", i)
		}
		file, _ := os.Stat(model)
		if parts["model"] != file.Size() || parts["header"] != 45 || parts["other chunks"] != 0 || parts["index"] == 0 {
			t.Errorf("parts %v", parts)
		}
		if text := mustCall(t, "inspect", archive); !strings.Contains(text, "150 in 3 blocks") || !strings.Contains(text, "in the file") {
			t.Errorf("inspect prints\n%s", text)
		}
		var of inspection
		if callJSON(t, &of, "inspect", model); of.Kind != "model" || of.Model != packed.Model {
			t.Errorf("inspect of the model prints %+v", of)
		}
	})
	t.Run("verify", func(t *testing.T) {
		var v []verification
		callJSON(t, &v, "verify", archive)
		if len(v) != 1 || !v[0].OK || v[0].Images != n || v[0].Total != n {
			t.Errorf("verify prints %+v", v)
		}
	})
}

// A folder goes into an archive and comes out with the same names; the same
// pictures as a list, in a file or as arguments, are the same archive.
func TestPackFolder(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	dir, names := picturesFolder(t, 9)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", archive)
	mustCall(t, "unpack", archive, "--model", model)
	var got []string
	for _, path := range entries(t, withoutExt(archive)) {
		if name, err := filepath.Rel(withoutExt(archive), path); err == nil && filepath.Ext(name) == ".png" {
			got = append(got, filepath.ToSlash(name))
		}
	}
	if !slices.Equal(got, names) {
		t.Errorf("unpacked %q, want %q", got, names)
	}

	t.Chdir(dir)
	list := writeFile(t, "list", []byte(strings.Join(names, "\r\n")+"\n\n"))
	for what, args := range map[string][]string{"list": {"--files-from", list}, "arguments": names} {
		out := filepath.Join(t.TempDir(), "b.hga")
		mustCall(t, append([]string{"pack", "--model", model, "--out", out}, args...)...)
		if !bytes.Equal(readFile(t, out), readFile(t, archive)) {
			t.Errorf("by %s it is another archive", what)
		}
	}
	var i inspection
	out := filepath.Join(t.TempDir(), "c.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", out, "--no-names")
	if callJSON(t, &i, "inspect", out); i.Names {
		t.Error("--no-names keeps names")
	}
}

// Colours come back as they were decoded, in order, and of images with one name
// none is lost.
func TestPackColours(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 3, 1e6)
	dir, _ := picturesFolder(t, 3)
	other, _ := picturesFolder(t, 3)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", filepath.Join(dir, "last.png"), filepath.Join(other, "last.png"), "--model", model, "--out", archive)
	mustCall(t, "unpack", archive, "--model", model)
	for _, name := range []string{"last.png", "last-2.png"} {
		data := readFile(t, filepath.Join(withoutExt(archive), name))
		if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != testSide {
			t.Errorf("%s: %v", name, err)
		}
	}
	npyFile := filepath.Join(t.TempDir(), "a.npy")
	mustCall(t, "unpack", archive, "--model", model, "--out", npyFile)
	shape, pix, err := npy.Read[uint8](bytes.NewReader(readFile(t, npyFile)), npy.Options{})
	if err != nil || !slices.Equal(shape, []int{2, testSide, testSide, 3}) || !bytes.Equal(pix, decodedPixels(t, archive, model)) {
		t.Errorf("an array of %v, %v", shape, err)
	}
}

func TestPackAppend(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	dir, _ := picturesFolder(t, 5)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", archive, "--embed-model", "--quality", "80")
	before := readFile(t, archive)
	var r packResult
	callJSON(t, &r, "pack", dir, "--append", "--out", archive)
	if r.Images != 10 || r.Packed != 5 || r.Quality != 80 {
		t.Errorf("pack --append prints %+v", r)
	}
	if !bytes.HasPrefix(readFile(t, archive), before) {
		t.Error("the old archive was changed")
	}
	mustCall(t, "verify", archive)
	pix := decodedPixels(t, archive, "")
	if !bytes.Equal(pix[:len(pix)/2], pix[len(pix)/2:]) {
		t.Error("the same pictures have other pixels")
	}
	noLeftovers(t, filepath.Dir(archive))
}

// The number of threads makes no difference.
func TestPackThreads(t *testing.T) {
	alone(t)
	model, images := untrainedModel(t, 1, 1e6), imagesFile(t, 300)
	var first []byte
	for _, threads := range []string{"1", "2", "7"} {
		out := filepath.Join(t.TempDir(), "a.hga")
		mustCall(t, "pack", images, "--model", model, "--out", out, "--threads", threads)
		if first == nil {
			first = readFile(t, out)
		}
		if !bytes.Equal(readFile(t, out), first) {
			t.Errorf("another archive by %s threads", threads)
		}
	}
}

// Images of another kind are packed with a warning, those of the kind without.
func TestRateWarning(t *testing.T) {
	alone(t)
	images := imagesFile(t, 64)
	dir, names := picturesFolder(t, 1)
	for expected, warned := range map[float64]bool{1: true, 1e6: false} {
		model := untrainedModel(t, 1, expected)
		out := filepath.Join(t.TempDir(), "a")
		_, _, stderr := call(t, "pack", images, "--model", model, "--out", out+".hga", "--quality", "100")
		if got := strings.Contains(stderr, "is it the right model?"); got != warned {
			t.Errorf("%v bytes expected: pack warns: %v\n%s", expected, got, stderr)
		}
		_, _, stderr = call(t, "encode", filepath.Join(dir, names[0]), "--model", model, "--out", out+".hgi", "--quality", "100", "--embed-model")
		if got := strings.Contains(stderr, "is it the right model?"); got != warned {
			t.Errorf("%v bytes expected: encode warns: %v\n%s", expected, got, stderr)
		}
	}
}

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
