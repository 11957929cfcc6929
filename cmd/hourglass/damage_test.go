package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/internal/container"
)

// damagedArchive packs 40 images in blocks of 8 and damages the payload of
// images 16 to 23.
func damagedArchive(t *testing.T, model string) (archive string, intact []byte) {
	t.Helper()
	images, labels := imagesFile(t, 40), idxFile(t, "labels.idx", testLabels(40), 40)
	archive = filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", images, "--labels", labels, "--model", model, "--out", archive, "--block-size", "8")
	intact = decodedPixels(t, archive, model)
	data := readFile(t, archive)
	r, err := container.Open(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := r.Block(2)
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, block.Payload)+3] ^= 1
	if err := os.WriteFile(archive, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return archive, intact
}

// Damage costs the images of its block, and they are named.
func TestDamagedArchive(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	archive, intact := damagedArchive(t, model)

	for _, checksums := range []bool{true, false} {
		args := []string{"verify", archive, "--model", model, fmt.Sprintf("--checksums=%t", checksums)}
		status, stdout, _ := call(t, args...)
		if status != exitError || !strings.Contains(stdout, "32 of 40 images intact") || !strings.Contains(stdout, "images 16 to 23 lost") {
			t.Errorf("verify: %d, %s", status, stdout)
		}
	}

	out := filepath.Join(t.TempDir(), "out.npy")
	status, _, stderr := call(t, "unpack", archive, "--model", model, "--out", out)
	if status != exitError || !strings.Contains(stderr, "--keep-going") || pathExists(out) {
		t.Errorf("unpack: %d, %s", status, stderr)
	}

	labels := withoutExt(out) + ".idx"
	status, stdout, stderr := call(t, "unpack", archive, "--model", model, "--out", out, "--labels", labels, "--keep-going", "--json")
	if status != exitError || !strings.Contains(stderr, "8 of 40 images are lost") || !strings.Contains(stdout, `"first": 16`) {
		t.Errorf("unpack --keep-going: %d, %s\n%s", status, stderr, stdout)
	}
	const size = testSide * testSide
	want := slices.Concat(intact[:16*size], make([]byte, 8*size), intact[24*size:])
	if data := readFile(t, out); !bytes.HasSuffix(data, want) {
		t.Error("unpack --keep-going: other pixels")
	}
	wantLabels := testLabels(40)
	for i := 16; i < 24; i++ {
		wantLabels[i] = noLabel
	}
	if a := readIDX(t, labels); !bytes.Equal(a.Data, wantLabels) {
		t.Errorf("labels %v", a.Data)
	}

	dir := filepath.Join(t.TempDir(), "out")
	call(t, "unpack", archive, "--model", model, "--out", dir, "--keep-going")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 32 || pathExists(filepath.Join(dir, "00016.png")) || !pathExists(filepath.Join(dir, "00024.png")) {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// An archive that was cut short can be read up to there.
func TestCutArchive(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	dir, _ := picturesFolder(t, 40)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", archive, "--block-size", "8")
	data := readFile(t, archive)
	if err := os.WriteFile(archive, data[:len(data)*3/5], 0o666); err != nil {
		t.Fatal(err)
	}
	var i inspection
	if callJSON(t, &i, "inspect", archive); len(i.Damages) != 1 || i.Images < 16 || i.Images > 24 {
		t.Errorf("inspect: %+v", i)
	}
	status, _, stderr := call(t, "unpack", archive, "--model", model, "--keep-going")
	files, err := os.ReadDir(filepath.Join(withoutExt(archive), "deep"))
	if status != exitError || err != nil || len(files) != i.Images || !strings.Contains(stderr, "truncated") {
		t.Errorf("unpack --keep-going: %d, %d files, %s", status, len(files), stderr)
	}
}

// Names and labels can be lost without their images.
func TestDamagedNames(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	dir, names := picturesFolder(t, 20)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", dir, "--model", model, "--out", archive, "--block-size", "8")
	data := readFile(t, archive)
	data[bytes.Index(data, []byte(names[0]))] ^= 1
	if err := os.WriteFile(archive, data, 0o666); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := call(t, "unpack", archive, "--model", model)
	if status != exitError || !strings.Contains(stderr, "--keep-going") {
		t.Errorf("unpack: %d, %s", status, stderr)
	}
	out := withoutExt(archive)
	status, _, stderr = call(t, "unpack", archive, "--model", model, "--keep-going")
	if status != exitError || strings.Count(stderr, "\n") != 2 || !strings.Contains(stderr, " 0 of 20 images are lost") {
		t.Errorf("unpack --keep-going: %d, %s", status, stderr)
	}
	for _, name := range []string{"00000.png", "00007.png", "deep/008.png", "last.png"} {
		if !pathExists(filepath.Join(out, name)) {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestVerifyImages(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	dir, names := picturesFolder(t, 1)
	good := filepath.Join(dir, "good.hgi")
	mustCall(t, "encode", filepath.Join(dir, names[0]), "--model", model, "--out", good)
	data := readFile(t, good)
	data[12] ^= 1
	bad := writeFile(t, "bad.hgi", data)
	status, stdout, stderr := call(t, "verify", good, bad, "--model", model)
	if status != exitError || !strings.Contains(stdout, "good.hgi: in order, 1 image\n") || !strings.Contains(stdout, "bad.hgi: ") || !strings.Contains(stderr, "1 of 2 files") {
		t.Errorf("verify: %d, %s, %s", status, stdout, stderr)
	}
	if _, stdout, _ := call(t, "verify", good); !strings.Contains(stdout, "--model") {
		t.Errorf("verify without the model: %s", stdout)
	}
	mustCall(t, "verify", good, "--checksums")
}

// TestArchiveMistakes makes mistakes: each gives one line that says what is wrong
// and what to do, and leaves nothing behind.
func TestArchiveMistakes(t *testing.T) {
	alone(t)
	model, colour := untrainedModel(t, 1, 1e6), untrainedModel(t, 3, 1e6)
	pictures, names := picturesFolder(t, 4)
	picture := filepath.Join(pictures, names[0])
	images, labels := imagesFile(t, 5), idxFile(t, "labels.idx", testLabels(4), 4)
	five := idxFile(t, "five.idx", testLabels(5), 5)
	text := writeFile(t, "notes.txt", []byte("no image"))
	dir := t.TempDir()
	archive, labelled := filepath.Join(dir, "a.hga"), filepath.Join(dir, "labelled.hga")
	mustCall(t, "pack", pictures, "--model", model, "--out", archive)
	mustCall(t, "pack", images, "--labels", five, "--model", model, "--out", labelled)
	hgi := filepath.Join(dir, "a.hgi")
	mustCall(t, "encode", picture, "--model", model, "--out", hgi)
	begun := filepath.Join(dir, "begun.hga")
	if err := os.WriteFile(partial(begun), readFile(t, archive)[:200], 0o666); err != nil {
		t.Fatal(err)
	}
	empty, big := t.TempDir(), filepath.Join(t.TempDir(), "big.png")
	small, _ := picturesFolder(t, 1)
	if err := writePNG(big, twiceAsLarge()); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	before := entries(t, dir)

	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"encode", picture}, []string{"which model?", "--model", "a model file"}},
		{[]string{"encode", picture, "--model", "absent"}, []string{"no model absent", "--model wants"}},
		{[]string{"encode", picture, "--model", text}, []string{text, "not a model file"}},
		{[]string{"encode", picture, "--model", dir}, []string{dir, "not the folder of a run"}},
		{[]string{"encode", picture, "--model", model, "--quality", "101", "--out", out}, []string{"quality 101", "from 1 to 100"}},
		{[]string{"encode", big, "--model", model, "--out", out}, []string{big, "24x24 pixels", "12x12"}},
		{[]string{"encode", text, "--model", model, "--out", out}, []string{text, "unknown format"}},
		{[]string{"encode", picture, "--model", model, "--out", hgi}, []string{hgi, "exists", "--force", "--out"}},
		{[]string{"encode", picture, "--model", model, "--out", "-", "--json"}, []string{"--json", "--out -"}},
		{[]string{"encode", picture, "--model", model, "--out", filepath.Join(dir, "no", "x.hgi")}, []string{"no such file"}},
		{[]string{"encode"}, []string{"wants one argument"}},
		{[]string{"decode", hgi, "--out", out}, []string{hgi, "unknown model", "--model"}},
		{[]string{"decode", hgi, "--model", colour, "--out", out}, []string{hgi, "unknown model", "--model"}},
		{[]string{"decode", hgi, "--model", model, "--number", "3", "--out", out}, []string{"--number 3", "no archive"}},
		{[]string{"decode", archive, "--model", model, "--out", out}, []string{"--number", "hourglass unpack"}},
		{[]string{"decode", archive, "--model", model, "--number", "4", "--out", out}, []string{"--number 4", "4 images"}},
		{[]string{"decode", text, "--out", out}, []string{text, "not a file of this type"}},
		{[]string{"pack"}, []string{"wants the images"}},
		{[]string{"pack", pictures}, []string{"which model?"}},
		{[]string{"pack", picture, pictures, "--model", model}, []string{"--out"}},
		{[]string{"pack", pictures, "--model", model, "--out", archive}, []string{archive, "exists", "--append", "--force", "--out"}},
		{[]string{"pack", pictures, "--model", model, "--out", begun}, []string{partial(begun), "--resume", "--force"}},
		{[]string{"pack", pictures, "--model", model, "--out", begun, "--resume", "--no-names"}, []string{partial(begun), "other flags"}},
		{[]string{"pack", images, "--model", colour, "--out", out}, []string{images, "5x12x12", "12x12x3"}},
		{[]string{"pack", images, "--model", model, "--labels", labels, "--out", out}, []string{labels, "4 labels for 5 images"}},
		{[]string{"pack", images, "--model", model, "--labels", images, "--out", out}, []string{images, "one dimension"}},
		{[]string{"pack", empty, "--model", model, "--out", out}, []string{empty, "no pictures"}},
		{[]string{"pack", text, "--model", model, "--out", out}, []string{text, "unknown format"}},
		{[]string{"pack", small, big, "--model", model, "--out", out}, []string{big, "24x24", "12x12"}},
		{[]string{"pack", filepath.Join(dir, "absent"), "--model", model, "--out", out}, []string{"absent"}},
		{[]string{"pack", pictures, "--model", model, "--out", filepath.Join(text, "x")}, []string{text, "by --out"}},
		{[]string{"pack", pictures, "--model", model, "--out", out, "--block-size", "65"}, []string{"65", "1 to 64"}},
		{[]string{"pack", pictures, "--model", model, "--out", out, "--append"}, []string{out}},
		{[]string{"pack", pictures, "--model", model, "--out", archive, "--append", "--force"}, []string{"--force", "--append"}},
		{[]string{"pack", pictures, "--model", model, "--out", "-", "--resume"}, []string{"--resume", "--out"}},
		{[]string{"pack", pictures, "--model", model, "--out", archive, "--append", "--embed-model"}, []string{"--embed-model", "new"}},
		{[]string{"pack", pictures, "--model", model, "--out", archive, "--append", "--quality", "7"}, []string{"quality 50", "7"}},
		{[]string{"pack", pictures, "--out", archive, "--append"}, []string{archive, "unknown model", "--model"}},
		{[]string{"pack", images, "--model", model, "--out", labelled, "--append"}, []string{labelled, "labels", "--labels"}},
		{[]string{"pack", images, "--files-from", text, "--model", model, "--out", out}, []string{"--files-from"}},
		{[]string{"unpack", archive, "--out", out}, []string{archive, "unknown model", "--model"}},
		{[]string{"unpack", archive, "--model", model, "--out", pictures}, []string{pictures, "exists", "--out"}},
		{[]string{"unpack", archive, "--model", model, "--out", out, "--to", "gif"}, []string{"gif", "png, idx and npy"}},
		{[]string{"unpack", archive, "--model", model, "--out", "-"}, []string{"--to idx"}},
		{[]string{"unpack", archive, "--model", model, "--out", out, "--labels", text}, []string{"no labels"}},
		{[]string{"unpack", "-"}, []string{"--out"}},
		{[]string{"unpack", hgi, "--out", out}, []string{hgi, "not a file of this type"}},
		{[]string{"unpack", text, "--out", out}, []string{text, "not a file of this type"}},
		{[]string{"inspect", text}, []string{text, "neither an .hgi nor an .hga file"}},
		{[]string{"inspect", pictures}, []string{pictures, "is a folder"}},
	} {
		status, stdout, stderr := call(t, test.args...)
		if status != exitError || stdout != "" {
			t.Errorf("%q: status %d, output %q", test.args, status, stdout)
		}
		if strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "hourglass: ") {
			t.Errorf("%q: want one line, got\n%s", test.args, stderr)
		}
		for _, part := range test.want {
			if !strings.Contains(stderr, part) {
				t.Errorf("%q: the message lacks %q: %s", test.args, part, stderr)
			}
		}
	}
	if after := entries(t, dir); !slices.Equal(after, before) {
		t.Errorf("files are\n%q, they were\n%q", after, before)
	}
}

// An archive that has changed since something was added to a copy of it is not
// replaced by that copy.
func TestResumeChanged(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	pictures, _ := picturesFolder(t, 12)
	archive := filepath.Join(t.TempDir(), "a.hga")
	args := []string{"pack", pictures, "--model", model, "--out", archive}
	mustCall(t, args...)
	if err := os.WriteFile(partial(archive), readFile(t, archive), 0o666); err != nil {
		t.Fatal(err)
	}
	mustCall(t, append(args, "--force", "--quality", "7")...)
	if pathExists(partial(archive)) {
		t.Error("--force leaves what was begun")
	}
	if err := os.WriteFile(partial(archive), append(readFile(t, archive), 0), 0o666); err != nil {
		t.Fatal(err)
	}
	mustCall(t, append(args, "--append", "--resume")...)
	want := readFile(t, archive)
	if err := os.WriteFile(partial(archive), append([]byte{0}, want...), 0o666); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := call(t, append(args, "--append", "--resume")...)
	if status != exitError || !strings.Contains(stderr, "has changed") || !bytes.Equal(readFile(t, archive), want) {
		t.Errorf("%d, %s", status, stderr)
	}
}

// What was begun with other images is not gone on with.
func TestResumeOthers(t *testing.T) {
	alone(t)
	model := untrainedModel(t, 1, 1e6)
	pictures, names := picturesFolder(t, 12)
	archive := filepath.Join(t.TempDir(), "a.hga")
	mustCall(t, "pack", pictures, "--model", model, "--out", archive, "--block-size", "4")
	data := readFile(t, archive)
	cut := data[:len(data)-30]
	if err := os.Rename(archive, partial(archive)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(partial(archive), cut, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(pictures)
	args := []string{"--model", model, "--out", archive, "--resume", "--block-size", "4"}
	for what, inputs := range map[string][]string{
		"fewer":       names[:3],
		"other order": append(slices.Clone(names[1:]), names[0]),
	} {
		status, _, stderr := call(t, append(append([]string{"pack"}, inputs...), args...)...)
		if status != exitError || !strings.Contains(stderr, "begun with others") || !bytes.Equal(readFile(t, partial(archive)), cut) {
			t.Errorf("%s: %d, %s", what, status, stderr)
		}
	}
	mustCall(t, append(append([]string{"pack"}, names...), args...)...)
	if !bytes.Equal(readFile(t, archive), data) {
		t.Error("gone on with, the archive is another")
	}
}
