package entropytest

import (
	"math"
	"math/rand/v2"

	"github.com/hourglass-codec/hourglass/entropy"
)

// A kind is what an item of a message is coded as.
type kind uint8

const (
	symbol   kind = iota // a value by a table of the set
	plain                // n bits
	adaptive             // a bit by the model n
	tree                 // a number of 5 bits
	number               // a number of any size
	numKinds
)

const (
	numBits  = 4
	treeBits = 5
)

// An item is one call of an encoder, and the matching one of a decoder.
type item struct {
	kind  kind
	n     int // table, number of bits or model
	value int64
}

// A message is a list of items over a set of tables.
type message struct {
	set   *entropy.Set
	items []item
}

// models are the adaptive models of a message under way.
type models struct {
	bits   [numBits]entropy.Bit
	tree   entropy.Tree
	number entropy.Uint
}

func newModels() *models { return &models{tree: entropy.NewTree(treeBits)} }

// put codes the items one by one.
func (m message) put(e entropy.Encoder) {
	s := newModels()
	for _, it := range m.items {
		switch it.kind {
		case symbol:
			e.Put(m.set.Table(it.n), int32(it.value))
		case plain:
			e.PutBits(uint32(it.value), it.n)
		case adaptive:
			e.PutBit(&s.bits[it.n], int(it.value))
		case tree:
			s.tree.Put(e, uint32(it.value))
		case number:
			s.number.Put(e, uint32(it.value))
		}
	}
}

// get decodes as many items of the same kinds.
func (m message) get(d entropy.Decoder) message {
	s := newModels()
	got := message{m.set, make([]item, len(m.items))}
	for i, it := range m.items {
		switch it.kind {
		case symbol:
			it.value = int64(d.Get(m.set.Table(it.n)))
		case plain:
			it.value = int64(d.GetBits(it.n))
		case adaptive:
			it.value = int64(d.GetBit(&s.bits[it.n]))
		case tree:
			it.value = int64(s.tree.Get(d))
		case number:
			it.value = int64(s.number.Get(d))
		}
		got.items[i] = it
	}
	return got
}

// ideal returns the sum of the items' ideal code lengths, in bits.
func (m message) ideal() float64 {
	c := &counter{}
	m.put(c)
	return c.bits
}

// A counter is an encoder that adds up ideal code lengths and writes nothing.
type counter struct{ bits float64 }

func (c *counter) Put(t *entropy.Table, v int32) { c.bits += t.Bits(v) }
func (c *counter) PutAll(t *entropy.Table, src []int32) {
	for _, v := range src {
		c.Put(t, v)
	}
}
func (c *counter) PutEach(s *entropy.Set, ctx []uint16, src []int32) {
	for i, v := range src {
		c.Put(s.Table(int(ctx[i])), v)
	}
}
func (c *counter) PutBits(_ uint32, n int) { c.bits += float64(n) }
func (c *counter) PutBit(m *entropy.Bit, bit int) {
	c.bits += m.Bits(bit)
	entropy.NewRangeEncoder().PutBit(m, bit) // updates the model
}
func (c *counter) Finish(dst []byte) []byte { return dst }
func (c *counter) Reset()                   { c.bits = 0 }

// symbols returns the message's items as arguments of PutEach, if all are
// symbols.
func (m message) symbols() (ctx []uint16, values []int32, ok bool) {
	for _, it := range m.items {
		if it.kind != symbol {
			return nil, nil, false
		}
		ctx = append(ctx, uint16(it.n))
		values = append(values, int32(it.value))
	}
	return ctx, values, true
}

// A source makes messages of any length.
type source struct {
	name string
	set  *entropy.Set
	next func(r *rand.Rand) item
}

func (s source) message(n int) message {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	m := message{set: s.set, items: make([]item, n)}
	for i := range m.items {
		m.items[i] = s.next(r)
	}
	return m
}

// sources returns the distributions of the suite: one of each table, and some
// of all.
func sources() []source {
	all := tables()
	var list []source
	drawers := make([]*drawer, all.Len())
	for i, name := range tableNames {
		drawers[i] = newDrawer(all.Table(i))
		list = append(list, source{name, entropy.NewSet(all.Table(i)), func(r *rand.Rand) item {
			return item{symbol, 0, drawers[i].draw(r)}
		}})
	}
	contexts := func(r *rand.Rand) item {
		i := r.IntN(len(drawers))
		return item{symbol, i, drawers[i].draw(r)}
	}
	return append(list,
		source{"contexts", all, contexts},
		source{"escapes", entropy.NewSet(all.Table(geometric)), func(r *rand.Rand) item {
			return item{symbol, 0, int64(int32(r.Uint32()) >> r.IntN(32))}
		}},
		source{"bits", all, func(r *rand.Rand) item {
			n := r.IntN(33)
			return item{plain, n, int64(r.Uint64() & (1<<n - 1))}
		}},
		source{"flags", all, func(r *rand.Rand) item {
			model := r.IntN(numBits)
			return item{adaptive, model, int64(max(0, r.IntN(8<<model)-8<<model+2))}
		}},
		source{"mixture", all, func(r *rand.Rand) item {
			switch k := kind(r.IntN(int(numKinds))); k {
			case plain:
				n := r.IntN(20)
				return item{k, n, int64(r.Uint64() & (1<<n - 1))}
			case adaptive:
				return item{k, r.IntN(numBits), int64(r.IntN(5) / 4)}
			case tree:
				return item{k, 0, int64(r.IntN(3) * r.IntN(16))}
			case number:
				return item{k, 0, int64(r.Uint32N(math.MaxUint32) >> r.IntN(32))}
			default:
				return contexts(r)
			}
		}},
	)
}

// A drawer draws values as a table has them; an escape becomes a value near the
// range.
type drawer struct {
	max    int32
	values []int32 // of each slot but those of the escape, which are the last
}

func newDrawer(t *entropy.Table) *drawer {
	d := &drawer{t.Max(), make([]int32, 0, entropy.Scale)}
	for v := int64(t.Min()); v <= int64(t.Max()); v++ {
		for range t.Freq(int32(v)) {
			d.values = append(d.values, int32(v))
		}
	}
	return d
}

func (d *drawer) draw(r *rand.Rand) int64 {
	if slot := r.IntN(entropy.Scale); slot < len(d.values) {
		return int64(d.values[slot])
	}
	return int64(d.max) + 1 + int64(r.IntN(10))
}

// The tables of the suite, by their numbers in the set.
const (
	certain = iota
	skewed
	rare
	geometric
	bell
	uniform
	wide
)

var tableNames = [...]string{
	certain: "certain", skewed: "skewed", rare: "rare", geometric: "geometric", bell: "bell", uniform: "uniform", wide: "wide",
}

func tables() *entropy.Set {
	return entropy.NewSet([]*entropy.Table{
		certain:   closed(7, 1),
		skewed:    closed(0, 65535, 1),
		rare:      open(0, 1, 65534, 1),
		geometric: open(1, -2, powers(12)...),
		bell:      open(30, -8, 1, 4, 18, 60, 160, 360, 640, 900, 1000, 900, 640, 360, 160, 60, 18, 4, 1),
		uniform:   closed(-128, make([]uint64, 256)...),
		wide:      open(5, -30000, make([]uint64, 60001)...),
	}...)
}

// powers returns n powers of 2, falling.
func powers(n int) []uint64 {
	w := make([]uint64, n)
	for i := range w {
		w[i] = 1 << (n - 1 - i)
	}
	return w
}

func open(escape uint64, min int32, weights ...uint64) *entropy.Table {
	t, err := entropy.NewTable(min, weights, escape)
	return must(t, err)
}

func closed(min int32, weights ...uint64) *entropy.Table {
	t, err := entropy.NewClosedTable(min, weights)
	return must(t, err)
}

func must(t *entropy.Table, err error) *entropy.Table {
	if err != nil {
		panic(err)
	}
	return t
}
