package main

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hourglass-codec/hourglass/dataset/npy"
	"github.com/hourglass-codec/hourglass/metrics"
)

// TestWorkflow uses the commands one after the other on a small run.
func TestWorkflow(t *testing.T) {
	alone(t)
	dir := filepath.Join(t.TempDir(), "a run") // a space, for the advice
	var trained trainResult
	callJSON(t, &trained, "train", "--model", "dense-2", "--dataset", "glyphs", "--limit", "500", "--epochs", "3", "--out", dir)
	if trained.Run != dir || trained.Epochs != 3 || trained.Steps != 6 || trained.ValidationLoss == nil {
		t.Errorf("train prints %+v", trained)
	}

	t.Run("evaluate", func(t *testing.T) {
		var e evaluation
		callJSON(t, &e, "evaluate", dir, "--limit", "500")
		if e.Model != "dense-2" || e.Images != 500 || e.Code != 2 || !slices.Equal(e.Shape, []int{28, 28, 1}) {
			t.Errorf("evaluate prints %+v", e)
		}
		// The best epoch of three so small ones is the last.
		if math.Abs(e.Loss-*trained.ValidationLoss) > 1e-6 {
			t.Errorf("evaluate finds the loss %v, training %v", e.Loss, *trained.ValidationLoss)
		}
		// Clipping to black and white makes the error of 8-bit pixels smaller.
		if r := e.MSE / (255 * 255) / e.Loss; e.PSNR != metrics.PSNRFromMSE(e.MSE) || r < 0.8 || r > 1.001 {
			t.Errorf("MSE %v, PSNR %v, loss %v do not fit together", e.MSE, e.PSNR, e.Loss)
		}
		var file evaluation
		callJSON(t, &file, "evaluate", trained.Model, "--dataset", "glyphs", "--limit", "500", "--threads", "1")
		if file.MSE != e.MSE || file.Loss != e.Loss {
			t.Errorf("the model's file gives %+v, the run %+v", file, e)
		}
		text := mustCall(t, "evaluate", dir, "--limit", "20", "--split", "train")
		if !regexp.MustCompile(`(?s)20 train images of glyphs.*MSE +[0-9.]+\nPSNR +[0-9.]+ dB\n$`).MatchString(text) {
			t.Errorf("evaluate prints\n%s", text)
		}
	})

	t.Run("predict", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "out")
		mustCall(t, "predict", dir, "--limit", "7", "--out", out)
		codes := readNPY(t, filepath.Join(out, "codes.npy"), 7, 2)
		y := readNPY(t, filepath.Join(out, "reconstructions.npy"), 7, 28, 28, 1)
		if codes[0] == codes[2] && codes[1] == codes[3] {
			t.Error("two images have the same code")
		}
		pngs := filepath.Join(t.TempDir(), "pngs")
		mustCall(t, "predict", dir, "--limit", "7", "--out", pngs, "--png")
		f, err := os.Open(filepath.Join(pngs, "00003.png"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		want := pixels(y[3*784 : 4*784])
		for i, p := range want {
			if r, _, _, _ := m.At(i%28, i/28).RGBA(); uint8(r>>8) != p {
				t.Fatalf("pixel %d of the PNG is %d, of the array %d", i, r>>8, p)
			}
		}
	})

	t.Run("plot", func(t *testing.T) {
		printed := strings.Fields(strings.ReplaceAll(mustCall(t, "plot", dir, "--limit", "500"), dir, "RUN"))
		var want []string
		for _, kind := range kinds() {
			want = append(want, "RUN/pictures/"+kind+".png", "RUN/pictures/"+kind+".svg")
		}
		if !slices.Equal(printed, want) {
			t.Errorf("plot prints %q, want %q", printed, want)
		}
		for _, name := range want {
			checkPicture(t, strings.Replace(name, "RUN", dir, 1))
		}
	})

	t.Run("resume", func(t *testing.T) {
		status, _, stderr := call(t, "train", "--resume", dir)
		if status != exitError || !strings.Contains(stderr, "the run is finished") {
			t.Errorf("resuming a finished run: %d, %s", status, stderr)
		}
	})
}

// checkPicture fails unless a figure is there and is what its name says.
func checkPicture(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	if filepath.Ext(path) == ".svg" {
		if !bytes.Contains(data, []byte("<svg")) {
			t.Errorf("%s is no SVG", path)
		}
		return
	}
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || c.Width < 500 || c.Height < 300 {
		t.Errorf("%s: %dx%d pixels, %v", path, c.Width, c.Height, err)
	}
}

func readNPY(t *testing.T, path string, shape ...int) []float32 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, data, err := npy.Read[float32](f, npy.Options{})
	if err != nil || !slices.Equal(got, shape) {
		t.Fatalf("%s has shape %v, want %v: %v", path, got, shape, err)
	}
	return data
}

func TestDemo(t *testing.T) {
	alone(t)
	t.Chdir(t.TempDir())
	for _, dir := range []string{"hourglass-demo", "hourglass-demo-2"} {
		out := mustCall(t, "demo", "--limit", "300")
		if !strings.Contains(out, dir+string(filepath.Separator)+"README.md") {
			t.Errorf("demo prints %s", out)
		}
		readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		pictures := regexp.MustCompile(`!\[.*\]\((.*)\)`).FindAllSubmatch(readme, -1)
		if len(pictures) != 8 {
			t.Errorf("the README.md shows %d pictures, want 8", len(pictures))
		}
		for _, p := range pictures {
			checkPicture(t, filepath.Join(dir, string(p[1])))
		}
		noLeftovers(t, ".")
	}
	first, second := weights(t, "hourglass-demo/conv-128"), weights(t, "hourglass-demo-2/conv-128")
	if !bytes.Equal(first, second) {
		t.Error("a second demo has other weights")
	}
}

func TestLists(t *testing.T) {
	alone(t)
	var models []modelInfo
	callJSON(t, &models, "models")
	if len(models) != 6 || models[0].Name != "dense-2" || models[0].Parameters != 472986 {
		t.Errorf("models prints %+v", models)
	}
	var sets []datasetInfo
	callJSON(t, &sets, "datasets")
	if len(sets) != 3 || sets[0].Here || sets[1].Here || !sets[2].Here || sets[2].Train != 60000 {
		t.Errorf("datasets prints %+v", sets)
	}
	if text := mustCall(t, "datasets"); !strings.Contains(text, "downloaded when needed") || !strings.Contains(text, "built in") {
		t.Errorf("datasets prints\n%s", text)
	}
	var v versionInfo
	callJSON(t, &v, "version")
	if v.Version == "" || !strings.HasPrefix(v.Go, "go1.") {
		t.Errorf("version prints %+v", v)
	}
	for _, name := range modelNames() {
		if text := mustCall(t, "summary", name); !strings.Contains(text, "Total params") {
			t.Errorf("summary %s prints\n%s", name, text)
		}
		if text := mustCall(t, "models"); !strings.Contains(text, name) {
			t.Errorf("models prints\n%s", text)
		}
	}
}
