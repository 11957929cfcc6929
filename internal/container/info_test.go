package container

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func infoRoundTrip(t *testing.T, infos []Info) (size int) {
	t.Helper()
	h := Header{BlockSize: MaxBlock, Names: true, Labels: true}
	l := (*Limits)(nil).orDefault()
	data := h.appendInfos(nil, 1000, infos)
	first, got, err := h.parseInfos(data, 0, &l)
	if err != nil || first != 1000 || !slices.Equal(got, infos) {
		t.Fatalf("got %d %+v, %v; want %+v", first, got, err, infos)
	}
	return len(data)
}

func TestInfos(t *testing.T) {
	long := strings.Repeat("a", MaxName)
	infoRoundTrip(t, []Info{{}})
	infoRoundTrip(t, []Info{{Name: long, Label: MaxLabel}, {Name: long[1:]}, {Name: "b"}, {}, {Name: long, Label: 1}})
	infoRoundTrip(t, []Info{{Name: "übung/a.png"}, {Name: "übung/ä.png"}, {Name: "ü"}, {Name: "üü"}, {Name: "üüü"}})
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= MaxBlock; n++ {
		infos := make([]Info, n)
		for i := range infos {
			name := strings.Repeat("ab", rng.IntN(4)) + strings.Repeat("a", rng.IntN(3)) + strings.Repeat("ba", rng.IntN(3))
			infos[i] = Info{Name: name, Label: int(rng.Int64N(1 << rng.IntN(32)))}
		}
		infoRoundTrip(t, infos)
	}
}

// Numbered names cost little, equal labels almost nothing.
func TestInfosAreCompact(t *testing.T) {
	infos := make([]Info, MaxBlock)
	for i := range infos {
		infos[i] = Info{Name: fmt.Sprintf("train/img_%05d.png", 4000+i), Label: 7}
	}
	if size := infoRoundTrip(t, infos); size > 200 {
		t.Errorf("%d bytes for 64 numbered names and equal labels", size)
	}
}

func TestInfosErrors(t *testing.T) {
	h := Header{BlockSize: 4, Names: true, Labels: true}
	labels := []byte{0, 0}
	name := func(s string) []byte { return append([]byte{byte(2 * len(s)), 0, 0}, s...) }
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"good", slices.Concat([]byte{0, 1}, labels, name("a/b"), name("")), nil},
		{"too many images", []byte{0, 4}, ErrCorrupt},
		{"wide labels", []byte{0, 0, 0, 32}, ErrCorrupt},
		{"no labels", []byte{0, 0, 0, 31}, ErrCorrupt},
		{"label over the limit", []byte{0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 7, 1, 1, 0}, ErrCorrupt},
		{"bits after the labels", slices.Concat([]byte{0, 0, 0, 1, 2}, name("")), ErrCorrupt},
		{"prefix of nothing", slices.Concat([]byte{0, 0}, labels, []byte{2, 1, 0, 'a'}), ErrCorrupt},
		{"affixes overlap", slices.Concat([]byte{0, 1}, labels, name("ab"), []byte{0, 2, 1}), ErrCorrupt},
		{"not UTF-8", slices.Concat([]byte{0, 0}, labels, name("\xFF")), ErrCorrupt},
		{"out of the folder", slices.Concat([]byte{0, 0}, labels, name("../a")), ErrCorrupt},
		{"absolute", slices.Concat([]byte{0, 0}, labels, name("/a")), ErrCorrupt},
		{"the folder", slices.Concat([]byte{0, 0}, labels, name(".")), ErrCorrupt},
		{"cut", slices.Concat([]byte{0, 0}, labels, []byte{6, 0, 0, 'a'}), ErrCorrupt},
		{"more", slices.Concat([]byte{0, 0}, labels, name("a"), []byte{0}), ErrCorrupt},
		{"over the limit", slices.Concat([]byte{0, 1}, labels, name("abcdef"), name("ghijk")), ErrTooLarge},
		{"image over the limit", []byte{100, 0}, ErrTooLarge},
	} {
		l := (&Limits{MaxNames: 10, MaxImages: 100}).orDefault()
		if _, _, err := h.parseInfos(c.data, 0, &l); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
