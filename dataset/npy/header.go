package npy

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// dictionary is what a header says.
type dictionary struct {
	descr        string
	fortranOrder bool
	shape        []int
}

// parseHeader parses the dictionary literal of a header. Of Python's grammar
// it knows what NumPy writes: quoted strings without escapes, True, False, and
// tuples of decimal integers, in any order of keys and with any spaces.
func parseHeader(text []byte) (d dictionary, err error) {
	p := &parser{rest: string(text)}
	seen := make(map[string]bool)
	p.expect("{")
	for p.err == nil && !p.accept("}") {
		key := p.quoted()
		p.expect(":")
		if seen[key] {
			p.fail("the key " + strconv.Quote(key) + " twice")
		}
		seen[key] = true
		p.value(key, &d)
		if !p.accept(",") && !strings.HasPrefix(p.rest, "}") {
			p.fail("no comma or } after " + strconv.Quote(key))
		}
	}
	if p.skip(); p.err == nil && p.rest != "" {
		p.fail("text after the dictionary")
	}
	if p.err == nil && len(seen) != 3 {
		p.fail("keys are missing")
	}
	return d, p.err
}

// parser consumes rest from the left. Its first error stays.
type parser struct {
	rest string
	err  error
}

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = FormatError("header: " + what)
	}
	p.rest = ""
}

func (p *parser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

// accept consumes token, and spaces on both sides of it, if it comes next.
func (p *parser) accept(token string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, token)
	p.rest = rest
	p.skip()
	return ok
}

func (p *parser) expect(token string) {
	if !p.accept(token) {
		p.fail("no " + token)
	}
}

// value parses the value of key into d.
func (p *parser) value(key string, d *dictionary) {
	switch key {
	case "descr":
		if strings.HasPrefix(p.rest, "[") {
			p.err = UnsupportedError("structured elements")
			return
		}
		d.descr = p.quoted()
	case "fortran_order":
		d.fortranOrder = p.boolean()
	case "shape":
		d.shape = p.tuple()
	default:
		p.fail(fmt.Sprintf("unknown key %q", key))
	}
}

func (p *parser) quoted() string {
	p.skip()
	if p.rest == "" || (p.rest[0] != '\'' && p.rest[0] != '"') {
		p.fail("no string where one is due")
		return ""
	}
	s, rest, ok := strings.Cut(p.rest[1:], p.rest[:1])
	if !ok || strings.ContainsAny(s, "\\\n") {
		p.fail("a string without end")
		return ""
	}
	p.rest = rest
	return s
}

func (p *parser) boolean() bool {
	if p.accept("True") {
		return true
	}
	p.expect("False")
	return false
}

func (p *parser) tuple() []int {
	shape := []int{}
	p.expect("(")
	for comma := true; p.err == nil && !p.accept(")"); comma = p.accept(",") {
		if !comma || len(shape) == maxDims {
			p.fail("a bad shape")
			break
		}
		shape = append(shape, p.size())
	}
	return shape
}

// size parses a decimal integer from 0 to 2^31-1.
func (p *parser) size() int {
	digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
	n, err := strconv.ParseUint(p.rest[:digits], 10, 31)
	if err != nil || n > math.MaxInt32 {
		p.fail("a bad size in the shape")
		return 0
	}
	p.rest = p.rest[digits:]
	return int(n)
}
