// Command elementwise writes the assembly of the elementwise operations,
// reductions, optimiser updates and random numbers of package kernel, and the
// Go file that declares it, for one instruction set. Run it through go
// generate in that package.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/hourglass-codec/hourglass/internal/kernel/asm/vec"
	"github.com/mmcloughlin/avo/build"
)

func main() {
	decl := flag.String("decl", "", "Go file to write")
	level := flag.String("level", "", "instruction set: avx512, avx2 or neon")
	flag.Parse()
	switch *level {
	case "avx512":
		amd64(vec.AVX512, *decl)
	case "avx2":
		amd64(vec.AVX2, *decl)
	case "neon":
		write(*decl, declarations(vec.NEON, "arm64 && !noasm"))
		write(flag.Lookup("out").Value.String(), neonFile())
	default:
		log.Fatalf("no level %q", *level)
	}
}

// amd64 writes the files for an instruction set through avo.
func amd64(t vec.Target, decl string) {
	write(decl, declarations(t, "amd64 && !noasm"))
	build.ConstraintExpr("amd64,!noasm")
	for _, k := range mapKernels(t) {
		k.write(t)
	}
	for _, r := range reductions(t) {
		r.columns(t)
		r.row(t)
	}
	for _, k := range randomKernels {
		k.write(t)
	}
	t.Data()
	build.Generate()
}

func write(name, text string) {
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}

// unrollLimit is the number of instructions up to which a loop is unrolled.
const unrollLimit = 8

// mapKernels returns the kernels that map streams of elements to others.
func mapKernels(t vec.Target) []mapKernel {
	var ks []mapKernel
	for _, o := range vec.Ops {
		ks = append(ks, opKernel(t, o))
	}
	return append(ks, updates(t)...)
}

// opKernel returns the kernel of an elementwise operation.
func opKernel(t vec.Target, o vec.Operation) mapKernel {
	k := mapKernel{
		name: opName(o, t), f: o.Func(t), out: []string{"dst"}, in: []string{"x"}, p: "p float32",
		doc: fmt.Sprintf("%s sets n elements of dst to %s of the inputs.", opName(o, t), o.Name),
	}
	if o.Arity > 1 {
		k.in = []string{"a", "b", "c"}[:o.Arity]
		k.steps = true
		k.doc += " An input with step 0 is one vector long and stands for all."
	}
	return k
}

func opName(o vec.Operation, t vec.Target) string { return "op" + o.Name + t.Suffix() }
