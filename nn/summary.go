package nn

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/hourglass-codec/hourglass/graph"
)

// Summary writes the table of the model's layers as Keras prints it: names and
// types, shapes, numbers of weights. A model that is not a plain chain also
// shows what each layer is connected to.
func (m *Model) Summary(w io.Writer) error {
	t := &table{w: bufio.NewWriter(w), ends: []int{29, 55, 65}}
	header := []string{"Layer (type)", "Output Shape", "Param #"}
	if !m.chain() {
		t.ends = []int{32, 53, 65, 98}
		header = append(header, "Connected to")
	}
	t.rule('_')
	t.row(header)
	t.rule('=')
	for i, l := range m.layers {
		if i > 0 {
			t.rule('_')
		}
		m.summarise(t, l)
	}
	t.rule('=')
	m.totals(t)
	t.rule('_')
	return t.w.Flush()
}

// chain reports whether each layer is used once, on the one before.
func (m *Model) chain() bool {
	for i, app := range m.order {
		if i > 0 && (len(app.in) != 1 || app.in[0].app != m.order[i-1]) {
			return false
		}
	}
	return true
}

// summarise writes one layer.
func (m *Model) summarise(t *table, l Layer) {
	var shape string
	var links []string
	for _, app := range m.order {
		if app.layer != l {
			continue
		}
		if shape == "" {
			shape = outputShapes(app)
		}
		for _, n := range app.in {
			links = append(links, fmt.Sprintf("%s[%d][%d]", n.app.layer.Name(), m.use(n.app), n.index))
		}
	}
	cells := []string{fmt.Sprintf("%s (%s)", l.Name(), l.Kind()), shape, fmt.Sprint(elements(l.Weights(), nil))}
	if len(t.ends) == 3 {
		t.row(cells)
		return
	}
	links = append(links, "")
	t.row(append(cells, links[0]))
	for _, link := range links[1:max(len(links)-1, 1)] {
		t.row([]string{"", "", "", link})
	}
}

// use counts the earlier applications of app's layer in the model.
func (m *Model) use(app *application) (n int) {
	for _, a := range m.order {
		if a == app {
			break
		}
		if a.layer == app.layer {
			n++
		}
	}
	return n
}

// outputShapes shows one shape, or several or an input's as a list.
func outputShapes(app *application) string {
	var shapes []string
	for _, n := range app.out {
		shapes = append(shapes, n.shape.String())
	}
	_, input := app.layer.(*inputLayer)
	if len(shapes) == 1 && !input {
		return shapes[0]
	}
	return "[" + strings.Join(shapes, ", ") + "]"
}

func (m *Model) totals(t *table) {
	trainable := elements(m.weights, (*graph.Variable).Trainable)
	all := elements(m.weights, nil)
	fmt.Fprintf(t.w, "Total params: %s\nTrainable params: %s\nNon-trainable params: %s\n",
		thousands(all), thousands(trainable), thousands(all-trainable))
}

// elements counts the numbers in the variables that keep accepts; nil accepts
// all.
func elements(vars []*graph.Variable, keep func(*graph.Variable) bool) (n int) {
	for _, v := range vars {
		if keep == nil || keep(v) {
			n += v.Shape().Elements()
		}
	}
	return n
}

// thousands writes n with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// A table has columns that end at given positions.
type table struct {
	w    *bufio.Writer
	ends []int
}

func (t *table) rule(c byte) {
	fmt.Fprintln(t.w, strings.Repeat(string(c), t.ends[len(t.ends)-1]))
}

// row writes the cells, cutting each off one short of the next.
func (t *table) row(cells []string) {
	line := ""
	for i, cell := range cells {
		if i > 0 {
			line = line[:len(line)-1] + " "
		}
		line += cell
		line = fmt.Sprintf("%-*.*s", t.ends[i], t.ends[i], line)
	}
	fmt.Fprintln(t.w, line)
}
