package kernel

import "fmt"

// An Activation is a function that a matrix product or a convolution applies
// to each output element. Those listed have a gradient that can be had from
// the output alone, so that the input need not be kept.
type Activation uint8

// The activations; each is the elementwise operation of the same name.
const (
	ActNone Activation = iota
	ActRelu
	ActLeakyRelu
	ActSigmoid
	ActTanh
	ActElu
)

var activationNames = [...]string{"none", "relu", "leaky relu", "sigmoid", "tanh", "elu"}

// activationOps holds the elementwise operation of each activation.
var activationOps = [...]Op{ActRelu: Relu, ActLeakyRelu: LeakyRelu, ActSigmoid: Sigmoid, ActTanh: Tanh, ActElu: Elu}

// String returns the name of a.
func (a Activation) String() string { return activationNames[a] }

// An Epilogue says what becomes of each finished sum of products acc in
// output column or channel j: y = act(acc + bias[j]). The zero value is
// y = acc.
type Epilogue[T Float] struct {
	Bias  bool // add bias[j]
	Act   Activation
	Alpha T // slope of ActLeakyRelu for x < 0, scale of ActElu
}

// apply finishes rows of n sums each, stored one after the other in y.
func (e Epilogue[T]) apply(y, bias []T, n int) {
	if e.Bias {
		for r := 0; r < len(y); r += n {
			row := y[r : r+n]
			for j, b := range bias[:n] {
				row[j] += b
			}
		}
	}
	e.activate(y)
}

// activate applies the activation to y in place.
func (e Epilogue[T]) activate(y []T) {
	if e.Act != ActNone {
		Apply1(activationOps[e.Act], y, y, e.Alpha)
	}
}

// to32 returns e for float32.
func (e Epilogue[T]) to32() Epilogue[float32] {
	return Epilogue[float32]{e.Bias, e.Act, float32(e.Alpha)}
}

// inKernel reports whether the micro-kernels can do the activation. The others
// are left to the elementwise kernels, once the sums are stored.
func (e Epilogue[T]) inKernel() bool {
	return e.Act == ActNone || e.Act == ActRelu || e.Act == ActLeakyRelu && 0 <= e.Alpha && e.Alpha <= 1
}

// checkBias panics unless bias has the length that e asks for n columns.
func (e Epilogue[T]) checkBias(kernel string, bias []T, n int) {
	if !e.Bias {
		n = 0
	}
	checkLen(kernel, "bias", len(bias), n)
}

// checkLen panics unless an argument of a kernel has the planned length.
func checkLen(kernel, name string, got, want int) {
	if got != want {
		panic(fmt.Sprintf("kernel: %s: %s has %d elements, planned for %d", kernel, name, got, want))
	}
}
