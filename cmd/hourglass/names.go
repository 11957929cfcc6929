package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hourglass-codec/hourglass/dataset"
	"github.com/hourglass-codec/hourglass/zoo"
)

// modelNames returns the names of the zoo's models.
func modelNames() (names []string) {
	for _, e := range zoo.Entries() {
		names = append(names, e.Name)
	}
	return names
}

// trainableNames returns the names of models and codecs.
func trainableNames() []string {
	names := modelNames()
	for _, c := range zoo.Codecs() {
		names = append(names, c.Name)
	}
	return names
}

// datasetNames returns the names of the sets that need no path.
func datasetNames() []string {
	return []string{dataset.NameFashionMNIST, dataset.NameMNIST, dataset.NameGlyphs}
}

// lookup finds a model of the zoo, and for a name that is nearly one's says
// whose.
func lookup(name string) (zoo.Entry, error) {
	e, err := zoo.Lookup(name)
	if unknown := (*zoo.UnknownError)(nil); errors.As(err, &unknown) {
		if near := nearest(name, modelNames()); near != "" {
			err = &adviceError{err, fmt.Sprintf("did you mean %s?", near)}
		}
	}
	return e, err
}

// nearest returns which of names the user may have meant, or "".
func nearest(name string, names []string) string {
	name = strings.ToLower(name)
	best, distance := "", 1+len(name)/2
	for _, n := range names {
		d := editDistance(name, n)
		if strings.HasPrefix(n, name) && name != "" {
			d = 1
		}
		if d < distance {
			best, distance = n, d
		}
	}
	return best
}

// editDistance returns how many letters must be put in, left out or changed to
// make b of a (Levenshtein, 1966).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1) // distances of a[:i] to each b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// complete makes names the completions of a flag.
func complete(c *cobra.Command, flag string, names []string) {
	if err := c.RegisterFlagCompletionFunc(flag, oneOf(names)); err != nil {
		panic(err) // no such flag
	}
}

// oneOf completes a word with names.
func oneOf(names []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, prefix string) (found []string, _ cobra.ShellCompDirective) {
		for _, n := range names {
			if strings.HasPrefix(n, prefix) {
				found = append(found, n)
			}
		}
		return found, cobra.ShellCompDirectiveDefault
	}
}
