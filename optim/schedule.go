package optim

// A Schedule gives the learning rate of each step.
type Schedule interface {
	// Rate returns the learning rate for the step before which so many were
	// done: 0 is the first.
	Rate(step int64) float64
}

// Constant is the same learning rate for every step.
type Constant float64

// Rate implements [Schedule].
func (c Constant) Rate(int64) float64 { return float64(c) }

// StepDecay multiplies the learning rate by Factor after each Every steps.
type StepDecay struct {
	Initial float64
	Every   int64
	Factor  float64
}

// Rate implements [Schedule].
func (s StepDecay) Rate(step int64) float64 {
	rate, factor := s.Initial, s.Factor
	for n := step / max(s.Every, 1); n > 0; n >>= 1 { // Factor to the power of n, by squaring
		if n&1 == 1 {
			rate *= factor
		}
		factor *= factor
	}
	return rate
}

// Cosine takes the learning rate from Initial to Final along half a wave in so
// many Steps, then keeps it (Loshchilov and Hutter, "SGDR: Stochastic Gradient
// Descent with Warm Restarts", 2017).
type Cosine struct {
	Initial, Final float64
	Steps          int64
}

// Rate implements [Schedule].
func (c Cosine) Rate(step int64) float64 {
	if step >= c.Steps {
		return c.Final
	}
	share := float64(1+cosPi(float64(step)/float64(c.Steps))) / 2 // from 1 to 0
	return c.Final + float64((c.Initial-c.Final)*share)
}

// WarmUp raises the learning rate in equal steps from Then's first one divided
// by Steps to all of it, then follows Then, whose steps count from the end of
// the warm-up.
type WarmUp struct {
	Steps int64
	Then  Schedule
}

// Rate implements [Schedule].
func (w WarmUp) Rate(step int64) float64 {
	if step >= w.Steps {
		return w.Then.Rate(step - w.Steps)
	}
	return float64(w.Then.Rate(0)*float64(step+1)) / float64(w.Steps)
}

// cosPi returns the cosine of pi*x for x in 0 ... 1: the sine of y =
// pi*(1/2 - x) by its Taylor series, whose first term left out is below 1e-17.
// Explicit conversions keep every product from being fused with a sum, which
// would make the result depend on the machine.
func cosPi(x float64) float64 {
	const pi = 3.14159265358979323846264338327950288
	y := float64(pi * (0.5 - x))
	square := float64(y * y)
	sum := 1.0
	for k := 10.0; k >= 1; k-- { // Horner's scheme: 1 - y²/(2·3)·(1 - y²/(4·5)·(...))
		sum = 1 - float64(square/float64(2*k*(2*k+1))*sum)
	}
	return float64(y * sum)
}
